/* HEIF (ISO/IEC 23008-12), the container of HEIC (HEVC) and AVIF (AV1), by libheif: the primary picture, coded or a grid of coded
 * tiles. Alpha is dropped, like PIL's convert("RGB").
 *
 * libheif crops, rotates and mirrors by the properties `clap`, `irot` and `imir`. Phones write an EXIF orientation as
 * well, but the standard makes it only a copy of these properties, so EXIF is ignored.
 */
#include "base/size.h"
#include "image/format.h"
#include "image/heif_boxes.h"
#include "image/heif_library.h"
#include <string.h>

extern const struct ln_image_format ln_image_format_heif;
static const struct ln_image_format *const self = &ln_image_format_heif;

enum {
    /* Peak memory in bytes per pixel, including our 3. A coded picture needs the decoder's memory, YCbCr, and RGB in
     * planes and interleaved, with two bytes per sample if it has more than 8 bits. A grid needs RGB in planes, and
     * again rotated or interleaved. */
    COST_CODED = 8,
    COST_DEEP = 13,
    COST_GRID = 9,
    /* Decoded pixels per pixel of the picture, tiles counted whole: alpha doubles them, and so does a second layer of AV1. */
    WORK_MAX = 4,
    SLICES_MAX = 32, /* a hostile stream may let each slice cover the picture */
};

static bool heif_sniff(const unsigned char *data, size_t size) {
    static const char brands[][5] = {"heic", "heix", "heim", "heis", "hevc", "hevx",
                                     "mif1", "mif2", "msf1", "avif", "avis"};
    if (size < 12 || memcmp(data + 4, "ftyp", 4) != 0) return false;
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        if (memcmp(data + 8, brands[i], 4) == 0) return true;
    return false;
}

static int cost_of(const struct ln_heif_layout *layout) {
    if (layout->grid) return layout->deep ? COST_DEEP : COST_GRID;
    return layout->deep ? COST_DEEP : COST_CODED;
}

/* Bounds memory and time before libheif sees the file. */
static int check_layout(const struct ln_image_input *in, const struct ln_heif_layout *l) {
    LN_TRY(ln_image_check(in, self, l->width, l->height, cost_of(l)));
    LN_TRY(ln_image_check(in, self, l->tile_width, l->tile_height, l->deep ? COST_DEEP : COST_CODED));
    const int64_t pixels = (l->width + l->tile_width) * (l->height + l->tile_height);
    if (l->work > WORK_MAX * pixels || l->slices > SLICES_MAX * pixels)
        return ln_image_malformed(in, self, "its streams hold many times the pixels of the picture");
    return LINNET_OK;
}

static int fail(const struct ln_image_input *in, const struct ln_heif_error *error) {
    if (error->code == LN_HEIF_MEMORY && error->subcode != LN_HEIF_SECURITY_LIMIT)
        return ln_fail_memory(in->size);
    if (error->subcode == LN_HEIF_UNSUPPORTED_CODEC)
        return ln_image_unsupported(
            in, self,
            "whose decoder libheif lacks (Debian 13: libheif-plugin-libde265 for HEIC, "
            "libheif-plugin-dav1d for AVIF)");
    if (error->code == LN_HEIF_UNSUPPORTED_FILE || error->code == LN_HEIF_UNSUPPORTED_FEATURE)
        return ln_image_unsupported(in, self, "of a variant that libheif does not read");
    return ln_image_malformed(in, self, "libheif cannot decode it");
}

/* libheif's decoded picture, copied. */
static int copy_pixels(const struct ln_image_input *in, const struct ln_heif *heif,
                       const struct ln_heif_layout *layout, const struct heif_image *decoded,
                       struct ln_image *image) {
    const int width = heif->image_width(decoded, LN_HEIF_CHANNEL_RGB);
    const int height = heif->image_height(decoded, LN_HEIF_CHANNEL_RGB);
    int stride = 0;
    const uint8_t *pixels = heif->plane(decoded, LN_HEIF_CHANNEL_RGB, &stride);
    if (!pixels) return ln_image_malformed(in, self, "libheif gives no pixels");
    LN_TRY(ln_image_create(in, self, width, height, cost_of(layout), image));
    for (int y = 0; y < height; y++)
        memcpy(image->pixels + 3 * (size_t)width * (size_t)y, pixels + (size_t)stride * (size_t)y,
               3 * (size_t)width);
    return LINNET_OK;
}

static int decode_handle(const struct ln_image_input *in, const struct ln_heif *heif,
                         const struct ln_heif_layout *layout, const struct heif_image_handle *handle,
                         struct ln_image *image) {
    struct heif_image *decoded = NULL;
    LN_TRY(ln_image_check(in, self, heif->width(handle), heif->height(handle), cost_of(layout)));
    const struct ln_heif_error error =
        heif->decode(handle, &decoded, LN_HEIF_COLORSPACE_RGB, LN_HEIF_CHROMA_RGB, NULL);
    const int status =
        error.code == LN_HEIF_OK ? copy_pixels(in, heif, layout, decoded, image) : fail(in, &error);
    if (decoded) heif->image_release(decoded);
    return status;
}

static int decode_context(const struct ln_image_input *in, const struct ln_heif *heif,
                          const struct ln_heif_layout *layout, struct heif_context *context,
                          struct ln_image *image) {
    struct heif_image_handle *handle = NULL;
    heif->set_size_limit(context, (int)ln_larger(ln_larger(layout->width, layout->height),
                                                 ln_larger(layout->tile_width, layout->tile_height)) +
                                      1);
    heif->set_threads(context, 0); /* tiles are decoded in this thread: the loader has threads of its own */
    struct ln_heif_error error = heif->read(context, in->data, in->size, NULL);
    if (error.code == LN_HEIF_OK) error = heif->primary(context, &handle);
    const int status =
        error.code == LN_HEIF_OK ? decode_handle(in, heif, layout, handle, image) : fail(in, &error);
    if (handle) heif->handle_release(handle);
    return status;
}

static int decode_with(const struct ln_image_input *in, const struct ln_heif *heif,
                       const struct ln_heif_layout *layout, struct ln_image *image) {
    struct heif_context *context = heif->context_alloc();
    if (!context) return ln_fail_memory(in->size);
    const int status = decode_context(in, heif, layout, context, image);
    heif->context_free(context);
    return status;
}

static int heif_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct ln_heif_layout layout;
    struct ln_heif heif;
    LN_TRY(ln_heif_inspect(in, self, &layout));
    LN_TRY(check_layout(in, &layout));
    int status = ln_heif_open(&heif, in->name);
    if (status == LINNET_OK) status = decode_with(in, &heif, &layout, image);
    ln_heif_close(&heif);
    return status;
}

const struct ln_image_format ln_image_format_heif = {
    .name = "HEIF", .sniff = heif_sniff, .decode = heif_decode};
