/* A fingerprint of a picture's content, which finds the same photo after it was saved again, resized,
 * brightened or turned grey.
 *
 * The perceptual hash is from C. Zauner, "Implementation and benchmarking of perceptual image hash functions"
 * (2010), section 3.2.1: reduce the picture to 32 x 32 grey pixels, take the lowest frequencies of the cosine
 * transform, and set one bit per frequency if it is above their median. Pictures whose hashes differ in few
 * bits must also have correlated thumbnails to count as near-identical.
 */
#ifndef LN_IMAGE_PHASH_H
#define LN_IMAGE_PHASH_H

#include "image/image.h"
#include <stdbool.h>

enum {
    LN_PHASH_THUMB = 16, /* pixels per side */
    LN_PHASH_NEAR = 10,  /* near-identical pictures differ in at most this many of 64 bits */
};

struct ln_phash {
    uint64_t bits;
    unsigned char thumb[LN_PHASH_THUMB * LN_PHASH_THUMB]; /* grey */
    bool blank; /* of one colour, or nearly: too little content to compare */
    bool small; /* less than 64 pixels per side: too little detail to tell similar pictures apart */
};

LN_MUST_CHECK int ln_phash_of(const struct ln_image *image, struct ln_phash *out);
int ln_phash_distance(const struct ln_phash *a, const struct ln_phash *b); /* bits */
/* Near-identical: at most LN_PHASH_NEAR differing bits, and thumbnails with a correlation of at least 0.9, or
 * 0.998 if one is small. Blank pictures are never near-identical. */
bool ln_phash_near(const struct ln_phash *a, const struct ln_phash *b);

#endif
