/* The JSON writer. */
#include "base/json.h"
#include <stdio.h>
#include <string.h>

/* ---- strings -------------------------------------------------------------------------------------------- */

typedef void write_fn(void *user, const char *bytes, size_t count);

/* Characters that a terminal obeys: controls, line separators, and the marks that reorder text. */
static bool is_obeyed(uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Bytes at the start of s[0..n) that stand in a JSON string as they are. */
static size_t plain_length(const char *s, size_t n) {
    size_t at = 0;
    uint32_t code;
    for (size_t length; at < n && (length = ln_utf8_decode(s + at, n - at, &code)); at += length)
        if (code == '"' || code == '\\' || is_obeyed(code)) break;
    return at;
}

/* A file name need not be UTF-8, but JSON must be: each invalid byte becomes U+FFFD, the replacement character. */
static void quote(write_fn *write, void *user, const char *s) {
    const char *end = s + strlen(s);
    char escape[12];
    write(user, "\"", 1);
    for (;;) {
        const size_t plain = plain_length(s, (size_t)(end - s));
        if (plain) write(user, s, plain);
        s += plain;
        if (s == end) break;
        uint32_t code = 0xfffd;
        const size_t length = ln_utf8_decode(s, (size_t)(end - s), &code);
        if (code == '"' || code == '\\')
            write(user, (const char[]){'\\', *s}, 2);
        else
            write(user, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", length ? code : 0xfffd));
        s += length ? length : 1;
    }
    write(user, "\"", 1);
}

static void add_bytes(void *text, const char *bytes, size_t count) {
    ln_text_add_bytes(text, bytes, count);
}

void ln_text_add_json(struct ln_text *text, const char *s) {
    quote(add_bytes, text, s);
}

enum { DEPTH_MAX = 31 }; /* levels; `filled` has one bit more, for level 0 */

/* ---- values --------------------------------------------------------------------------------------------- */

struct linnet_json ln_json_into(struct ln_text *text, int lines) {
    return (struct linnet_json){.write = add_bytes, .user = text, .lines = lines};
}

static void put(struct linnet_json *json, const char *s) {
    json->write(json->user, s, strlen(s));
}

static void put_line(struct linnet_json *json, int depth) {
    put(json, "\n");
    for (int i = 0; i < depth; i++) put(json, "  ");
}

/* Writes what precedes a value: comma, line break, key. */
static void begin_value(struct linnet_json *json, const char *key) {
    const uint32_t level = 1U << json->depth;
    const bool own_line = json->depth > 0 && json->depth <= json->lines;
    if (json->filled & level) put(json, own_line ? "," : ", ");
    if (own_line) put_line(json, json->depth);
    if (json->depth > 0) json->filled |= level;
    if (!key) return;
    quote(json->write, json->user, key);
    put(json, ": ");
}

void ln_json_begin(struct linnet_json *json, const char *key, char bracket) {
    begin_value(json, key);
    if (json->depth < DEPTH_MAX) json->depth++;
    const uint32_t level = 1U << json->depth;
    json->filled &= ~level;
    json->arrays = bracket == '[' ? json->arrays | level : json->arrays & ~level;
    put(json, bracket == '[' ? "[" : "{");
}

void ln_json_end(struct linnet_json *json) {
    const uint32_t level = 1U << json->depth;
    const bool own_line = json->depth <= json->lines && json->filled & level;
    json->depth--;
    if (own_line) put_line(json, json->depth);
    put(json, json->arrays & level ? "]" : "}");
    if (json->depth == 0 && json->lines >= 0) put(json, "\n");
}

void ln_json_string(struct linnet_json *json, const char *key, const char *string) {
    begin_value(json, key);
    if (string)
        quote(json->write, json->user, string);
    else
        put(json, "null");
}

void ln_json_int(struct linnet_json *json, const char *key, int64_t value) {
    char digits[24];
    begin_value(json, key);
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    put(json, digits);
}

void ln_json_double(struct linnet_json *json, const char *key, double value) {
    char digits[LN_REAL_MAX];
    begin_value(json, key);
    put(json, ln_text_real(value, json->digits, digits));
}

void ln_json_bool(struct linnet_json *json, const char *key, bool value) {
    begin_value(json, key);
    put(json, value ? "true" : "false");
}
