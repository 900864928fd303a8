/* The only EXIF field that Linnet reads: the orientation. */
#ifndef LN_IMAGE_EXIF_H
#define LN_IMAGE_EXIF_H

#include <stddef.h>

/* The orientation, 1 to 8, from an EXIF block (a TIFF header and its first directory, optionally preceded by
 * "Exif\0\0"). 0 if the block has none or is damaged before it; 1, "as stored", if the value is invalid. */
int ln_exif_orientation(const unsigned char *data, size_t size);
/* The same from an XMP packet, tiff:Orientation="6" or <tiff:Orientation>6. PIL uses it if EXIF has none. */
int ln_xmp_orientation(const char *text, size_t size);

#endif
