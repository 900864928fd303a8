/* The growing string, and how text is quoted in JSON and in CSV. */
#include "base/text.h"
#include "base/alloc.h"
#include "base/size.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for `extra` more bytes and the NUL. */
static bool text_reserve(struct ln_text *text, size_t extra) {
    size_t needed;
    if (text->failed) return false;
    if (!ln_size_add(text->length, extra, &needed) || !ln_size_add(needed, 1, &needed)) needed = SIZE_MAX;
    if (needed <= text->capacity) return true;
    size_t capacity = text->capacity < 32 ? 64 : 2 * text->capacity;
    if (capacity < needed) capacity = needed;
    char *data = ln_realloc_array(text->data, capacity, 1);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void ln_text_add(struct ln_text *text, const char *s) {
    ln_text_add_bytes(text, s, strlen(s));
}

void ln_text_add_bytes(struct ln_text *text, const void *bytes, size_t n) {
    if (!text_reserve(text, n)) return;
    if (n) memcpy(text->data + text->length, bytes, n);
    text->length += n;
    text->data[text->length] = '\0';
}

/* vsnprintf that writes 0.5 as "0.5" whatever LC_NUMERIC the program has set. */
static int format_plain(char *out, size_t size, const char *fmt, va_list args) LN_PRINTF(3, 0);
static int format_plain(char *out, size_t size, const char *fmt, va_list args) {
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(plain);
    int length = vsnprintf(out, size, fmt, args);
    uselocale(before);
    if (plain) freelocale(plain);
    return length;
}

void ln_text_addf(struct ln_text *text, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int length = format_plain(NULL, 0, fmt, args);
    if (length < 0) text->failed = true;
    if (length >= 0 && text_reserve(text, (size_t)length)) {
        format_plain(text->data + text->length, (size_t)length + 1, fmt, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

static void print_plain(char *out, size_t size, const char *fmt, ...) LN_PRINTF(3, 4);
static void print_plain(char *out, size_t size, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    format_plain(out, size, fmt, args);
    va_end(args);
}

void ln_text_add_real(struct ln_text *text, double value) {
    char digits[32] = "null";
    double back;
    for (int n = 15; n <= 17 && isfinite(value); n++) {
        print_plain(digits, sizeof digits, "%.*g", n, value);
        if (ln_text_to_double(digits, -DBL_MAX, DBL_MAX, &back) && back == value) break;
    }
    ln_text_add(text, digits);
}

int ln_text_take(struct ln_text *text, char **out) {
    if (!text->data) ln_text_add(text, "");
    if (text->failed) {
        size_t wanted = 2 * text->capacity;
        ln_text_fini(text);
        return ln_fail_memory(wanted);
    }
    *out = text->data;
    *text = (struct ln_text){0};
    return LINNET_OK;
}

void ln_text_fini(struct ln_text *text) {
    ln_free(text->data);
    *text = (struct ln_text){0};
}

/* Bytes of the well-formed UTF-8 character at s (RFC 3629, section 4), 0 where there is none. */
static size_t utf8_length(const unsigned char *s) {
    if (s[0] < 0x80) return 1;
    size_t length = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] > 0x9f;
    bool beyond = s[0] == 0xf4 && s[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : length;
}

/* A file name need not be UTF-8, JSON must: a stray byte becomes U+FFFD. */
void ln_text_add_json(struct ln_text *text, const char *s) {
    ln_text_add(text, "\"");
    while (*s) {
        size_t length = utf8_length((const unsigned char *)s);
        if (length == 0)
            ln_text_add(text, "\\ufffd");
        else if (*s == '"' || *s == '\\')
            ln_text_addf(text, "\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            ln_text_addf(text, "\\u%04x", (unsigned)*s);
        else
            ln_text_add_bytes(text, s, length);
        s += length ? length : 1;
    }
    ln_text_add(text, "\"");
}

void ln_text_add_csv(struct ln_text *text, const char *s) {
    if (!s[strcspn(s, ",\"\r\n")]) {
        ln_text_add(text, s);
        return;
    }
    ln_text_add(text, "\"");
    for (; *s; s++) ln_text_add_bytes(text, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    ln_text_add(text, "\"");
}
