/* Foreign bytes in a message: what is printable stays, the rest becomes \xNN. Takes no memory, so that the
 * error record may use it.
 */
#include "base/text.h"
#include <stdio.h>
#include <string.h>

size_t ln_text_escape(const char *s, size_t n, char *out, size_t size) {
    static const char hex[] = "0123456789abcdef";
    size_t at = 0, i = 0;
    if (size == 0) return 0;
    for (; i < n; i++) {
        unsigned char byte = (unsigned char)s[i];
        bool plain = byte >= 0x20 && byte <= 0x7e;
        if (at + (plain ? 1 : 4) >= size) break;
        if (plain) {
            out[at++] = (char)byte;
            continue;
        }
        memcpy(out + at, (const char[]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
        at += 4;
    }
    out[at] = '\0';
    return i;
}

enum { PRINTABLE_MAX = 100 };

const char *ln_text_printable(const char *s, size_t n, char *out, size_t size) {
    size_t done = ln_text_escape(s, n < PRINTABLE_MAX ? n : PRINTABLE_MAX, out, size);
    size_t length = size ? strlen(out) : 0;
    if (done < n && length < size) snprintf(out + length, size - length, "...");
    return out;
}
