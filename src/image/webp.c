/* WebP (RIFF chunks, see Google's container specification) by libwebp: still pictures, lossy and lossless,
 * and the first frame of animations. Alpha is dropped, like PIL's convert("RGB").
 *
 *     RIFF size WEBP  VP8  or VP8L                                               simple format
 *     RIFF size WEBP  VP8X  [ICCP] [ANIM ANMF...] [ALPH] VP8/VP8L [EXIF] [XMP]   extended format
 */
#include "base/size.h"
#include "image/exif.h"
#include "image/format.h"
#include <string.h>
#include <webp/decode.h>

extern const struct ln_image_format ln_image_format_webp;
static const struct ln_image_format *const self = &ln_image_format_webp;

enum {
    COST = 3 + 4 + 2, /* RGB; ARGB as well for lossless; libwebp's work buffers */
    RIFF_HEADER = 12,
    CHUNK_HEADER = 8,
    EXIF_FLAG = 8,     /* a flag in VP8X; libwebp's demuxer, and so PIL, ignores an EXIF chunk without it */
    FRAME_HEADER = 16, /* bytes of an ANMF chunk before the chunks of its frame */
};

/* A range of bytes in the file. */
struct piece {
    const unsigned char *data;
    size_t size;
};

struct container {
    struct piece exif;
    struct piece picture; /* the input for libwebp: the whole file, or the chunks of the first frame */
    bool animated, says_exif;
    int canvas_width, canvas_height; /* animation: the frame lies at (left, top) of this canvas */
    int left, top;
};

static bool webp_sniff(const unsigned char *data, size_t size) {
    return size >= RIFF_HEADER && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0;
}

static uint32_t little(const unsigned char *p, int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint32_t)p[i] << 8 * i;
    return value;
}

static void read_canvas(const struct piece *vp8x, struct container *c) {
    if (vp8x->size < 10) return;
    c->says_exif = vp8x->data[0] & EXIF_FLAG;
    c->canvas_width = (int)little(vp8x->data + 4, 3) + 1;
    c->canvas_height = (int)little(vp8x->data + 7, 3) + 1;
}

static void read_frame(const struct piece *anmf, struct container *c) {
    if (c->animated || anmf->size < FRAME_HEADER) return;
    c->animated = true;
    c->left = 2 * (int)little(anmf->data, 3);
    c->top = 2 * (int)little(anmf->data + 3, 3);
    c->picture = (struct piece){anmf->data + FRAME_HEADER, anmf->size - FRAME_HEADER};
}

/* Walks the chunks; false if the last one is truncated. */
static bool read_chunks(const struct ln_image_input *in, struct container *c) {
    const uint64_t end = (uint64_t)little(in->data + 4, 4) + CHUNK_HEADER;
    const size_t size = end < in->size ? (size_t)end : in->size;
    size_t at = RIFF_HEADER;
    *c = (struct container){.picture = {in->data, size}};
    if (size < RIFF_HEADER) return false;
    while (size - at >= CHUNK_HEADER) {
        const unsigned char *name = in->data + at;
        const struct piece chunk = {name + CHUNK_HEADER, little(name + 4, 4)};
        if (!ln_size_slice(size, at + CHUNK_HEADER, chunk.size)) return false;
        if (memcmp(name, "VP8X", 4) == 0) read_canvas(&chunk, c);
        if (memcmp(name, "ANMF", 4) == 0) read_frame(&chunk, c);
        if (memcmp(name, "EXIF", 4) == 0 && !c->exif.data) c->exif = chunk;
        at += CHUNK_HEADER + chunk.size + chunk.size % 2;
        if (at > size) break; /* only the padding of the last chunk is missing */
    }
    return end <= in->size;
}

/* ---- decoding ------------------------------------------------------------------------------------------ */

static int fail(const struct ln_image_input *in, VP8StatusCode code, int64_t row, int64_t height) {
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return ln_fail_memory(in->size);
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return ln_image_truncated(in, self, row, height);
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return ln_image_unsupported(in, self, "with a feature that libwebp does not know");
    default: return ln_image_damaged(in, self, row, height, "libwebp cannot decode it");
    }
}

/* Decodes into `rgb`, `stride` bytes per row and `room` bytes in all. Uses libwebp's incremental decoder
 * because it reports how many rows it decoded. */
static int decode_picture(const struct ln_image_input *in, const struct piece *picture, unsigned char *rgb,
                          size_t stride, size_t room, int height) {
    WebPDecBuffer buffer;
    if (!WebPInitDecBuffer(&buffer))
        return ln_fail(LINNET_ERR_INTERNAL, "img-webp", "libwebp has an incompatible version");
    buffer.colorspace = MODE_RGB;
    buffer.is_external_memory = 1;
    buffer.u.RGBA.rgba = rgb;
    buffer.u.RGBA.stride = (int)stride;
    buffer.u.RGBA.size = room;
    WebPIDecoder *decoder = WebPINewDecoder(&buffer);
    if (!decoder) return ln_fail_memory(in->size);
    const VP8StatusCode code = WebPIUpdate(decoder, picture->data, picture->size);
    int row = 0;
    if (code != VP8_STATUS_OK) (void)WebPIDecGetRGB(decoder, &row, NULL, NULL, NULL);
    WebPIDelete(decoder);
    return code == VP8_STATUS_OK ? LINNET_OK : fail(in, code, row > 0 ? row : 0, height);
}

static int webp_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct container c;
    WebPBitstreamFeatures picture;
    const bool whole = read_chunks(in, &c);
    const VP8StatusCode code = WebPGetFeatures(c.picture.data, c.picture.size, &picture);
    if (code == VP8_STATUS_NOT_ENOUGH_DATA) return ln_image_truncated(in, self, 0, 0);
    if (code != VP8_STATUS_OK) return fail(in, code, 0, 0);
    if (!c.animated) {
        c.canvas_width = picture.width;
        c.canvas_height = picture.height;
    } else if (c.left + picture.width > c.canvas_width || c.top + picture.height > c.canvas_height) {
        return ln_image_malformed(in, self, "the frame reaches beyond the canvas");
    }
    LN_TRY(ln_image_create(in, self, c.canvas_width, c.canvas_height, COST, image));
    const size_t stride = 3 * (size_t)image->width, bytes = stride * (size_t)image->height;
    const size_t start = (size_t)c.top * stride + 3 * (size_t)c.left;
    if (c.animated) memset(image->pixels, 0, bytes); /* the area around the frame */
    LN_TRY(decode_picture(in, &c.picture, image->pixels + start, stride, bytes - start, picture.height));
    if (!whole) return ln_image_truncated(in, self, image->height, image->height);
    if (c.says_exif && c.exif.data) *orientation = ln_exif_orientation(c.exif.data, c.exif.size);
    return LINNET_OK;
}

const struct ln_image_format ln_image_format_webp = {
    .name = "WebP", .sniff = webp_sniff, .decode = webp_decode};
