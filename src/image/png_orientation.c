/* The orientation of a PNG, from EXIF in its own chunk, EXIF in ImageMagick's text chunk, or XMP. */
#include "base/alloc.h"
#include "image/exif.h"
#include "image/png_chunks.h"
#include <ctype.h>
#include <string.h>
#include <zlib.h>

enum { TEXT_BYTES = 1 << 20 /* of a text, inflated; Pillow's limit too */ };

static void *zlib_alloc(void *user, unsigned n, unsigned size) {
    return ln_calloc(n, size);
}

static void zlib_free(void *user, void *block) {
    ln_free(block);
}

/* The first TEXT_BYTES of the text, inflated into *out, newly allocated; empty if the data is damaged. A
 * text that ends too early is used as far as it goes. */
static int inflate_text(const struct ln_png_text *text, unsigned char **out, size_t *size) {
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free, .next_in = (Bytef *)(uintptr_t)text->data};
    if (!(*out = ln_alloc(TEXT_BYTES))) return LINNET_ERR_LIMIT;
    z.avail_in = text->size < TEXT_BYTES ? (uInt)text->size : TEXT_BYTES;
    z.next_out = *out;
    z.avail_out = TEXT_BYTES;
    if (inflateInit(&z) != Z_OK) {
        ln_free(*out);
        return ln_fail_memory(TEXT_BYTES);
    }
    const int result = inflate(&z, Z_SYNC_FLUSH);
    *size = result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? TEXT_BYTES - z.avail_out : 0;
    inflateEnd(&z);
    return LINNET_OK;
}

static unsigned hex_value(unsigned char digit) {
    return digit <= '9' ? digit - (unsigned)'0' : (digit | 0x20u) - 'a' + 10;
}

/* ImageMagick's form from before eXIf was specified: a line feed, the profile's name, its length, then
 * hexadecimal. */
static int raw_profile_orientation(const unsigned char *text, size_t size) {
    unsigned char *block = ln_calloc(size / 2 + 1, 1);
    size_t digits = 0;
    int lines = 0;
    if (!block) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n') lines++;
        if (lines < 3 || !isxdigit(text[i])) continue;
        const unsigned value = hex_value(text[i]);
        block[digits / 2] |= (unsigned char)(digits % 2 ? value : value << 4);
        digits++;
    }
    const int orientation = ln_exif_orientation(block, digits / 2);
    ln_free(block);
    return orientation;
}

static int xmp_orientation(const unsigned char *text, size_t size) {
    return ln_xmp_orientation((const char *)text, size);
}

/* Calls `read` with the text, inflated if it is deflated. */
static int look_in(const struct ln_png_text *text, int (*read)(const unsigned char *text, size_t size)) {
    unsigned char *inflated;
    size_t size = 0; /* gcc does not see that inflate_text() sets it */
    if (!text->data) return 0;
    if (!text->deflated) return read(text->data, text->size);
    LN_TRY(inflate_text(text, &inflated, &size));
    const int orientation = read(inflated, size);
    ln_free(inflated);
    return orientation;
}

int ln_png_orientation(const struct ln_png *png) {
    const int orientation = png->exif.data ? look_in(&png->exif, ln_exif_orientation)
                                           : look_in(&png->raw_profile, raw_profile_orientation);
    return orientation ? orientation : look_in(&png->xmp, xmp_orientation);
}
