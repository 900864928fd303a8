/* Files that people take for pictures that we read, and formats of pictures that we do not. */
#ifndef LN_IMAGE_FOREIGN_H
#define LN_IMAGE_FOREIGN_H

#include <stddef.h>

/* "HEIC", "a PDF document", ...: what the first bytes say; NULL where they say nothing that we know. */
const char *ln_foreign_name(const unsigned char *data, size_t size);

#endif
