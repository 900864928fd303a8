/* Base64: three bytes are four digits. */
#include "base64.h"
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
enum { NO_DIGIT = 64 };

char *cli_base64_encode(const unsigned char *bytes, size_t count) {
    char *text = malloc((count + 2) / 3 * 4 + 1), *at = text;
    if (!text) return NULL;
    for (size_t i = 0; i < count; i += 3) {
        const size_t left = count - i;
        const unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? bytes[i + 2] : 0);
        *at++ = digits[group >> 18];
        *at++ = digits[group >> 12 & 63];
        *at++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *at++ = left > 2 ? digits[group & 63] : '=';
    }
    *at = 0;
    return text;
}

size_t cli_base64_decode(char *text, size_t length) {
    unsigned char values[256];
    memset(values, NO_DIGIT, sizeof values);
    for (unsigned char i = 0; i < 64; i++) values[(unsigned char)digits[i]] = i;
    while (length && text[length - 1] == '=' && length % 4 != 1) length--;
    if (length % 4 == 1) return SIZE_MAX;
    size_t n = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char value = values[(unsigned char)text[i]];
        if (value == NO_DIGIT) return SIZE_MAX;
        bits = bits << 6 | value;
        if (i % 4 == 0) continue;
        text[n++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    return n;
}
