/* The one thing that we want of EXIF: which way is up. */
#ifndef LN_IMAGE_EXIF_H
#define LN_IMAGE_EXIF_H

#include <stddef.h>

/* The orientation, 1 to 8, in an EXIF block (a TIFF header and its first directory, with or without
 * "Exif\0\0" before it): 0 where it says none, or is broken before it comes to that; 1, "as stored", where it
 * says nonsense. */
int ln_exif_orientation(const unsigned char *data, size_t size);
/* The same from an XMP packet, tiff:Orientation="6" or <tiff:Orientation>6: where PIL looks when EXIF says
 * none. */
int ln_xmp_orientation(const char *text, size_t size);

#endif
