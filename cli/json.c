/* The JSON writer (RFC 8259). */
#include "json.h"
#include <assert.h>
#include <math.h>

/* Bytes of the UTF-8 sequence at s (RFC 3629), 0 where it is none. */
static int utf8_length(const unsigned char *s) {
    if (s[0] < 0x80) return 1;
    int length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    /* No overlong form, no surrogate, nothing past U+10FFFF: the second byte's bounds depend on the first. */
    unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high) return 0;
    for (int i = 2; i < length; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    return length;
}

static void put_string(FILE *out, const char *string) {
    const unsigned char *s = (const unsigned char *)string;
    putc('"', out);
    for (int length; *s; s += length ? length : 1) {
        length = utf8_length(s);
        if (length == 0)
            fputs("\\ufffd", out);
        else if (*s == '"' || *s == '\\')
            fprintf(out, "\\%c", *s);
        else if (*s < 0x20)
            fprintf(out, "\\u%04x", *s);
        else
            fwrite(s, 1, (size_t)length, out);
    }
    putc('"', out);
}

/* What stands before a value: comma, new line, key. */
static void value_begin(struct cli_json *json, const char *key) {
    if (json->depth > 0) {
        bool *filled = &json->filled[json->depth - 1];
        bool own_line = json->lines && json->depth == 1;
        if (*filled) putc(',', json->out);
        if (own_line)
            putc('\n', json->out);
        else if (*filled)
            putc(' ', json->out);
        *filled = true;
    }
    if (!key) return;
    put_string(json->out, key);
    fputs(": ", json->out);
}

void cli_json_begin(struct cli_json *json, const char *key, char bracket) {
    value_begin(json, key);
    assert(json->depth < CLI_JSON_DEPTH);
    if (json->depth == 0) json->lines = bracket == '[';
    json->filled[json->depth++] = false;
    putc(bracket, json->out);
}

void cli_json_end(struct cli_json *json, char bracket) {
    json->depth--;
    if (json->depth == 0 && json->lines) putc('\n', json->out);
    putc(bracket, json->out);
    if (json->depth == 0) putc('\n', json->out);
}

void cli_json_string(struct cli_json *json, const char *key, const char *s) {
    value_begin(json, key);
    if (s)
        put_string(json->out, s);
    else
        fputs("null", json->out);
}

void cli_json_int(struct cli_json *json, const char *key, int64_t n) {
    value_begin(json, key);
    fprintf(json->out, "%lld", (long long)n);
}

void cli_json_double(struct cli_json *json, const char *key, double x) {
    value_begin(json, key);
    if (isfinite(x))
        fprintf(json->out, "%.9g", x);
    else
        fputs("null", json->out);
}

void cli_json_bool(struct cli_json *json, const char *key, bool b) {
    value_begin(json, key);
    fputs(b ? "true" : "false", json->out);
}
