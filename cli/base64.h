/* Base64, RFC 4648, section 4. */
#ifndef CLI_BASE64_H
#define CLI_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* The text of bytes[count], which the caller frees; NULL: out of memory. */
char *cli_base64_encode(const unsigned char *bytes, size_t count);
/* Decodes in place, with or without padding. Returns the number of bytes, or SIZE_MAX if the text is not base64. */
size_t cli_base64_decode(char *text, size_t length);

#endif
