/* Text for people. Display widths depend on the locale, which main.c sets. */
#include "text.h"
#include <linnet/linnet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Decodes the first character of s: stores its bytes in *length and returns its columns, or -1 if it cannot
 * be printed. An invalid byte counts as one character, so that a name in another encoding still has a width.
 * Combining characters have no columns of their own, most characters of Chinese, Japanese and Korean have
 * two. */
static int character(const char *s, mbstate_t *state, size_t *length) {
    wchar_t wide;
    size_t n = mbrtowc(&wide, s, strlen(s), state);
    *length = 1;
    if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
        memset(state, 0, sizeof *state);
        return -1;
    }
    *length = n;
    return iswprint((wint_t)wide) ? wcwidth(wide) : -1;
}

const char *cli_text_printable(const char *s, char out[CLI_SHOWN]) {
    /* Escaped in full if it fits, else up to the room that "..." leaves. An escape is never cut in its
     * middle. */
    static const char dots[] = "...";
    size_t n = strlen(s), done = linnet_text_escape(s, n, out, CLI_SHOWN);
    if (done == n) return out;
    linnet_text_escape(s, n, out, CLI_SHOWN + 1 - sizeof dots);
    return strcat(out, dots);
}

int cli_text_width(const char *s) {
    mbstate_t state = {0};
    int width = 0;
    for (size_t length; *s; s += length) {
        int columns = character(s, &state, &length);
        width += columns >= 0 ? columns : 1;
    }
    return width;
}

size_t cli_text_fit(const char *s, int columns) {
    mbstate_t state = {0};
    size_t at = 0;
    for (size_t length; s[at]; at += length) {
        int wide = character(s + at, &state, &length);
        columns -= wide >= 0 ? wide : 1;
        if (columns < 0) break;
    }
    return at;
}

const char *cli_text_count(int64_t n, char out[CLI_NUMBER]) {
    char digits[CLI_NUMBER];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)n), at = 0;
    for (int i = 0; i < length; i++) {
        out[at++] = digits[i];
        int left = length - 1 - i;
        if (left > 0 && left % 3 == 0 && digits[i] != '-') out[at++] = ',';
    }
    out[at] = 0;
    return out;
}

const char *cli_text_amount(double n, char out[CLI_NUMBER]) {
    static const char *const units[] = {"", " k", " M", " G", " T"};
    int unit = 0;
    while (n >= 999.5 && unit < 4) n /= 1000, unit++;
    /* Three digits after rounding: 9.996 becomes 10.0, not 10.00. */
    int decimals = unit == 0 || n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2;
    snprintf(out, CLI_NUMBER, "%.*f%s", decimals, n, units[unit]);
    return out;
}

const char *cli_text_loss(double loss, char out[CLI_NUMBER]) {
    snprintf(out, CLI_NUMBER, loss < 1e4 ? "%.4f" : "%.3g", loss);
    return out;
}

const char *cli_text_duration(double seconds, char out[CLI_NUMBER]) {
    /* A time left that is estimated from nothing may be absurd; it must not overflow the conversion. */
    long long whole = seconds < 1e9 ? (long long)(seconds + 0.5) : 1000000000;
    if (isnan(seconds))
        snprintf(out, CLI_NUMBER, "-");
    else if (seconds < 59.95)
        snprintf(out, CLI_NUMBER, "%.1fs", seconds);
    else if (whole < 3600)
        snprintf(out, CLI_NUMBER, "%lldm%02llds", whole / 60, whole % 60);
    else
        snprintf(out, CLI_NUMBER, "%lldh%02lldm", whole / 3600, whole / 60 % 60);
    return out;
}

const char *cli_text_percent(double share, char out[CLI_NUMBER]) {
    if (isnan(share))
        snprintf(out, CLI_NUMBER, "-");
    else
        snprintf(out, CLI_NUMBER, "%.2f%%", 100 * share);
    return out;
}
