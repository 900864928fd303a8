/* What a picture looks like, in a few bytes: so that the same photo, saved again, smaller, lighter or in
 * grey, is found among many.
 *
 * The perceptual hash is that of C. Zauner, "Implementation and benchmarking of perceptual image hash
 * functions" (2010), section 3.2.1: of the picture at 32 x 32 in grey, the lowest frequencies of the cosine
 * transform, each above their median or not. Pictures that differ in few bits are compared by their
 * thumbnails before they are called near-identical.
 */
#ifndef LN_IMAGE_PHASH_H
#define LN_IMAGE_PHASH_H

#include "image/image.h"
#include <stdbool.h>

enum {
    LN_PHASH_THUMB = 16, /* pixels a side */
    LN_PHASH_NEAR = 10,  /* bits of 64 in which near-identical pictures differ, at most */
};

struct ln_phash {
    uint64_t bits;
    unsigned char thumb[LN_PHASH_THUMB * LN_PHASH_THUMB]; /* grey */
    bool blank; /* of one colour, or nearly: it looks like nothing, and like no other */
    bool small; /* less than 64 pixels a side: not much to tell one from the other */
};

LN_MUST_CHECK int ln_phash_of(const struct ln_image *image, struct ln_phash *out);
int ln_phash_distance(const struct ln_phash *a, const struct ln_phash *b); /* bits */
/* Near-identical: LN_PHASH_NEAR bits at most, and thumbnails that correlate by 0.9 at least, by 0.998 where
 * one is small. Blank ones never are. */
bool ln_phash_near(const struct ln_phash *a, const struct ln_phash *b);

#endif
