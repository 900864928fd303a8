/* Reading text: numbers, prefixes and suffixes. */
#include "base/text.h"
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool ln_text_to_i64(const char *s, int64_t min, int64_t max, int64_t *out) {
    if (!*s || s[strspn(s, "0123456789+-")]) return false;
    char *end;
    errno = 0;
    long long value = strtoll(s, &end, 10);
    if (end == s || *end || errno || value < min || value > max) return false;
    *out = value;
    return true;
}

/* Decimal only: not "inf", "nan" or hexadecimal; with a '.' for any LC_NUMERIC. */
bool ln_text_to_double(const char *s, double min, double max, double *out) {
    if (!*s || s[strspn(s, "0123456789+-.eE")]) return false;
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain) return false;
    char *end;
    double value = strtod_l(s, &end, plain);
    freelocale(plain);
    if (end == s || *end || !isfinite(value) || !(value >= min && value <= max)) return false;
    *out = value;
    return true;
}

bool ln_text_starts(const char *s, const char *prefix) {
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool ln_text_ends(const char *s, const char *suffix) {
    size_t length = strlen(s), tail = strlen(suffix);
    return tail <= length && memcmp(s + length - tail, suffix, tail) == 0;
}
