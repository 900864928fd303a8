/* The chunks of a PNG (ISO/IEC 15948, section 5) as Pillow reads them. Before the image data every chunk must be
 * whole and its checksum right. In the image data and after it checksums do not count, and a file that ends between
 * two chunks is read; one that ends inside a chunk after the image data is not. A chunk that Pillow does not know is
 * ignored, even a critical one.
 *
 * png.c passes only a header, a palette and the image data to libspng.
 */
#ifndef LN_IMAGE_PNG_CHUNKS_H
#define LN_IMAGE_PNG_CHUNKS_H

#include "image/format.h"

enum { LN_PNG_SIGNATURE = 8, LN_PNG_CHUNK_HEADER = 8, LN_PNG_IHDR = 13 /* bytes */ };

struct ln_png_chunk {
    const unsigned char *name; /* [4] */
    const unsigned char *data;
    uint64_t length; /* as the chunk states it */
    size_t bytes;    /* of its data, in the file */
    bool has_crc;
    uint32_t crc; /* as the file has it */
    size_t next;  /* where the next chunk begins; the size of the file if this one is cut */
};

enum ln_png_step {
    LN_PNG_WHOLE,
    LN_PNG_CUT,      /* the file ends in the data */
    LN_PNG_END,      /* too few bytes for a chunk are left */
    LN_PNG_NAMELESS, /* the bytes there do not name a chunk */
};

/* The chunk at `at`. */
enum ln_png_step ln_png_chunk_at(const struct ln_image_input *in, size_t at, struct ln_png_chunk *chunk);
bool ln_png_chunk_is(const struct ln_png_chunk *chunk, const char *name);

/* A text chunk's text, or EXIF; data NULL: none. */
struct ln_png_text {
    const unsigned char *data;
    size_t size;
    bool deflated;
};

struct ln_png {
    unsigned char header[LN_PNG_IHDR];
    const unsigned char *palette; /* [palette_bytes], red, green, blue; NULL: none */
    size_t palette_bytes;
    struct ln_png_text exif, raw_profile, xmp;
    uint32_t frames;  /* of an animation */
    bool shows_image; /* the image data is its first frame */
    size_t image;     /* where the first IDAT chunk begins */
};

/* Everything before the image data. */
LN_MUST_CHECK int ln_png_read_head(const struct ln_image_input *in, struct ln_png *png);
/* The chunks from `at` on, after the image data. */
LN_MUST_CHECK int ln_png_read_tail(const struct ln_image_input *in, size_t at, struct ln_png *png);
/* The orientation, 1 to 8, or 0 if the file states none, in Pillow's order: EXIF or else the raw profile, then XMP
 * if these state none. A negative status if memory runs out. */
int ln_png_orientation(const struct ln_png *png);
uint32_t ln_png_number(const unsigned char *bytes); /* big-endian, of 4 bytes */

#endif
