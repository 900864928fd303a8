/* The growing string, numbers in it, and writing it to a file. */
#include "base/text.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/size.h"
#include "base/text_float.h"
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
    if (text->data && needed <= text->capacity) return true;
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

/* vsnprintf that writes 0.5 as "0.5" for any LC_NUMERIC. */
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

const char *ln_text_real(double value, int digits, char out[LN_REAL_MAX]) {
    double back;
    if (digits == 9 && (double)(float)value == value && ln_text_float((float)value, out)) return out;
    snprintf(out, LN_REAL_MAX, "null");
    if (digits && isfinite(value)) print_plain(out, LN_REAL_MAX, "%.*g", digits, value);
    for (int n = 15; n <= 17 && !digits && isfinite(value); n++) {
        print_plain(out, LN_REAL_MAX, "%.*g", n, value);
        if (ln_text_to_double(out, -DBL_MAX, DBL_MAX, &back) && back == value) break;
    }
    return out;
}

void ln_text_add_real(struct ln_text *text, double value) {
    char digits[LN_REAL_MAX];
    ln_text_add(text, ln_text_real(value, 0, digits));
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

int ln_text_write(struct ln_text *text, const char *dir, const char *name) {
    char *data = NULL, *path = ln_file_join(dir, name);
    int status = path ? ln_text_take(text, &data) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = ln_file_write(path, data, strlen(data));
    ln_text_fini(text);
    ln_free(data);
    ln_free(path);
    return status;
}
