/* The reader of JSON. */
#include "serve_json.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 32 };

static bool fail(struct serve_json *j) {
    j->failed = true;
    j->at = j->end;
    return false;
}

char serve_json_peek(struct serve_json *j) {
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r')) j->at++;
    return j->at < j->end ? *j->at : 0;
}

static bool take(struct serve_json *j, char c) {
    if (serve_json_peek(j) != c || j->at == j->end) return fail(j);
    j->at++;
    return true;
}

void serve_json_begin(struct serve_json *j, char bracket) {
    if (take(j, bracket)) j->fresh = true;
}

/* Takes the comma before a value, or the closing bracket. */
static bool another(struct serve_json *j, char close) {
    if (j->failed) return false;
    if (serve_json_peek(j) == close) {
        j->at++;
        j->fresh = false;
        return false;
    }
    if (!j->fresh && !take(j, ',')) return false;
    j->fresh = false;
    return true;
}

bool serve_json_item(struct serve_json *j) {
    return another(j, ']');
}

bool serve_json_key(struct serve_json *j, char *key, size_t size) {
    size_t length = 0;
    if (!another(j, '}')) return false;
    const char *text = serve_json_string(j, &length);
    if (!text || !take(j, ':')) return false;
    if (length >= size) length = size - 1;
    memcpy(key, text, length);
    key[length] = 0;
    return true;
}

/* ---- strings ---------------------------------------------------------------------------------------------- */

/* Four hexadecimal digits at s, -1 if they are not. */
static int hex4(const char *s, const char *end) {
    int code = 0;
    if (end - s < 4) return -1;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF", *at = s[i] ? strchr(digits, s[i]) : NULL;
        if (!at) return -1;
        code = code * 16 + (int)(at - digits) % 16;
    }
    return code;
}

static char *put_utf8(char *out, int c) {
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 63));
        *out++ = (char)(0x80 | (c & 63));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 63));
        *out++ = (char)(0x80 | (c >> 6 & 63));
        *out++ = (char)(0x80 | (c & 63));
    }
    return out;
}

/* The escape at j->at, behind its backslash. What it stands for is never longer than the escape. A lone surrogate becomes
 * U+FFFD. */
static char *unescape(struct serve_json *j, char *out) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (j->at == j->end) return out;
    const char c = *j->at++;
    if (c != 'u') {
        const char *at = c ? strchr(names, c) : NULL;
        if (!at) fail(j);
        if (at) *out++ = values[at - names];
        return out;
    }
    int code = hex4(j->at, j->end);
    if (code < 0) {
        fail(j);
        return out;
    }
    j->at += 4;
    if (code >= 0xd800 && code < 0xdc00 && j->end - j->at >= 6 && j->at[0] == '\\' && j->at[1] == 'u') {
        const int low = hex4(j->at + 2, j->end);
        if (low >= 0xdc00 && low < 0xe000) {
            j->at += 6;
            return put_utf8(out, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
        }
    }
    return put_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}

char *serve_json_string(struct serve_json *j, size_t *length) {
    if (!take(j, '"')) return NULL;
    char *begin = j->at, *out = j->at;
    while (j->at < j->end && *j->at != '"') {
        const char c = *j->at++;
        if ((unsigned char)c < 0x20) fail(j);
        if (c == '\\')
            out = unescape(j, out);
        else
            *out++ = c;
    }
    if (j->failed || j->at == j->end) {
        fail(j);
        return NULL;
    }
    j->at++;
    *out = 0; /* on the closing quote, or before it */
    *length = (size_t)(out - begin);
    return begin;
}

/* ---- other values ------------------------------------------------------------------------------------------ */

int64_t serve_json_int(struct serve_json *j) {
    const bool minus = serve_json_peek(j) == '-';
    int64_t value = 0;
    int digits = 0;
    for (j->at += minus; j->at < j->end && *j->at >= '0' && *j->at <= '9' && digits < 16; digits++)
        value = value * 10 + (*j->at++ - '0');
    if (digits == 0 || digits > 15 || (j->at < j->end && strchr(".eE", *j->at) && *j->at)) {
        fail(j);
        return 0;
    }
    return minus ? -value : value;
}

/* A number, true, false or null: not checked further, because the value is not used. */
static void skip_word(struct serve_json *j) {
    const char *begin = j->at;
    while (j->at < j->end && *j->at && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *j->at)) j->at++;
    if (j->at == begin) fail(j);
}

/* Takes `word` if it is the next value. */
static bool take_word(struct serve_json *j, const char *word) {
    const size_t n = strlen(word);
    serve_json_peek(j);
    if ((size_t)(j->end - j->at) < n || memcmp(j->at, word, n) != 0) return false;
    j->at += n;
    return true;
}

double serve_json_double(struct serve_json *j) {
    char text[64], *end;
    if (take_word(j, "null")) return NAN;
    const char *begin = j->at;
    while (j->at < j->end && *j->at && strchr("+-.0123456789eE", *j->at)) j->at++;
    const size_t n = (size_t)(j->at - begin);
    if (!n || n >= sizeof text) return fail(j), NAN;
    memcpy(text, begin, n);
    text[n] = 0;
    const double value = strtod(text, &end);
    if (*end || end == text) fail(j);
    return value;
}

bool serve_json_bool(struct serve_json *j) {
    if (take_word(j, "true")) return true;
    if (!take_word(j, "false")) fail(j);
    return false;
}

void serve_json_skip(struct serve_json *j) {
    char open[DEPTH_MOST], key[1];
    int depth = 0;
    size_t length;
    do {
        const char c = serve_json_peek(j);
        if (c == '{' || c == '[') {
            if (depth == DEPTH_MOST) fail(j);
            if (j->failed) return;
            serve_json_begin(j, c);
            open[depth++] = c;
        } else if (c == '"') {
            serve_json_string(j, &length);
        } else {
            skip_word(j);
        }
        while (depth && !(open[depth - 1] == '{' ? serve_json_key(j, key, sizeof key) : serve_json_item(j))) {
            if (j->failed) return;
            depth--;
        }
    } while (depth && !j->failed);
}

bool serve_json_end(struct serve_json *j) {
    serve_json_peek(j);
    return !j->failed && j->at == j->end;
}
