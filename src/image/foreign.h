/* Recognises formats that Linnet does not read, and files that are often mistaken for pictures. */
#ifndef LN_IMAGE_FOREIGN_H
#define LN_IMAGE_FOREIGN_H

#include <stddef.h>

/* A description such as "JPEG XL" or "a PDF document", from the first bytes; NULL if they are not recognised. */
const char *ln_foreign_name(const unsigned char *data, size_t size);

#endif
