/* UTF-8 (RFC 3629), and foreign text in messages.
 *
 *     char shown[160];
 *     ln_fail(LINNET_ERR_INPUT, "data-class", "class '%s' is empty",
 *             ln_text_printable(name, strlen(name), shown, sizeof shown));
 */
#ifndef LN_BASE_UTF8_H
#define LN_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The well-formed character at the start of s[0..n): its length in bytes, and its code point in *code;
 * 0 if those bytes are not a character. */
size_t ln_utf8_decode(const char *s, size_t n, uint32_t *code);
/* The length of the longest beginning of s[0..n) that has at most `most` bytes and splits no character. */
size_t ln_utf8_cut(const char *s, size_t n, size_t most);

/* Bytes of foreign text that a message shows, and the arguments that cut a string there: for "%.*s". */
enum { LN_TEXT_SHOWN = 100 };
#define LN_TEXT_CUT(s) (int)ln_utf8_cut(s, strlen(s), LN_TEXT_SHOWN), (s)

/* Foreign text for a message, into out[size]: printable UTF-8 stays; control characters, bytes that are not UTF-8,
 * bidirectional overrides and invisible format characters become \xNN, byte by byte. Cut after at most LN_TEXT_SHOWN
 * bytes of s, at a character's end, followed by "...". Returns out. */
const char *ln_text_printable(const char *s, size_t n, char *out, size_t size);

/* Escapes without the cut: as many whole characters of s[0..n) as fit into out[size], and a NUL. Returns the number
 * of bytes of s that fit. */
size_t ln_text_escape(const char *s, size_t n, char *out, size_t size);

#endif
