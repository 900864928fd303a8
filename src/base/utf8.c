/* UTF-8, and foreign text made safe for a terminal. Foreign means that it comes from a file, a folder or the command
 * line, and may hold any bytes. Nothing here allocates, so that the error record can use it.
 */
#include "base/utf8.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- UTF-8 (RFC 3629, section 4) ----------------------------------------------------------------------- */

static bool in_range(uint32_t code, uint32_t first, uint32_t last) {
    return code >= first && code <= last;
}

size_t ln_utf8_decode(const char *s, size_t n, uint32_t *code) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* a shorter form exists below it */
    unsigned char lead = n ? (unsigned char)s[0] : 0xff;
    size_t length = lead < 0x80   ? 1
                    : lead < 0xc2 ? 0
                    : lead < 0xe0 ? 2
                    : lead < 0xf0 ? 3
                    : lead < 0xf5 ? 4
                                  : 0;
    if (length == 0 || length > n) return 0;
    *code = length == 1 ? lead : lead & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80) return 0;
        *code = *code << 6 | ((unsigned char)s[i] & 0x3f);
    }
    bool surrogate = in_range(*code, 0xd800, 0xdfff);
    return *code < least[length] || *code > 0x10ffff || surrogate ? 0 : length;
}

size_t ln_utf8_cut(const char *s, size_t n, size_t most) {
    uint32_t code;
    if (n <= most) return n;
    for (size_t back = 1; back <= 3 && back <= most; back++)
        if (ln_utf8_decode(s + most - back, n - most + back, &code) > back) return most - back;
    return most;
}

/* ---- for a terminal ------------------------------------------------------------------------------------ */

/* Characters that a terminal obeys or hides: controls (C0, DEL, C1), line separators, noncharacters, and
 * what Unicode calls Default_Ignorable_Code_Point (DerivedCoreProperties.txt, version 15), bidirectional
 * overrides among them. Variation selectors are ignorable too, and stay: they choose the form of a visible
 * character. */
static bool is_harmful(uint32_t code) {
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c},
        {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
        {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xe01f0, 0xe0fff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (in_range(code, ranges[i].first, ranges[i].last)) return true;
    return (code & 0xfffe) == 0xfffe;
}

size_t ln_text_escape(const char *s, size_t n, char *out, size_t size) {
    static const char hex[] = "0123456789abcdef";
    size_t at = 0, i = 0;
    if (size == 0) return 0;
    while (i < n) {
        uint32_t code;
        size_t length = ln_utf8_decode(s + i, n - i, &code);
        bool shown = length && !is_harmful(code);
        if (length == 0) length = 1; /* a byte that is not UTF-8 */
        if (at + (shown ? length : 4 * length) >= size) break;
        for (size_t end = i + length; i < end; i++) {
            unsigned char byte = (unsigned char)s[i];
            if (!shown) {
                memcpy(out + at, (const char[]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
                at += 4;
            } else {
                out[at++] = s[i];
            }
        }
    }
    out[at] = '\0';
    return i;
}

const char *ln_text_printable(const char *s, size_t n, char *out, size_t size) {
    size_t done = ln_text_escape(s, ln_utf8_cut(s, n, LN_TEXT_SHOWN), out, size);
    size_t length = size ? strlen(out) : 0;
    if (done < n && length < size) snprintf(out + length, size - length, "...");
    return out;
}
