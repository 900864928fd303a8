/* Reads what a HEIF file asks its decoder to do. libheif itself is not called: its decoders are fuzzed by their projects. */
#include "fuzz.h"
#include "image/heif_boxes.h"

extern const struct ln_image_format ln_image_format_heif;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct ln_image_input in = {.data = data,
                                      .size = size,
                                      .name = "fuzz",
                                      .opts = {.limits = {.pixels = 1 << 20, .scans = 1, .bytes = 1 << 30}}};
    struct ln_heif_layout layout;
    if (!ln_image_format_heif.sniff(data, size)) return 0;
    ln_error_clear();
    const int status = ln_heif_inspect(&in, &ln_image_format_heif, &layout);
    if (status == LINNET_OK) {
        check(layout.width > 0 && layout.height > 0 && layout.tile_width > 0 && layout.tile_height > 0);
        check(layout.work > 0 && layout.slices > 0 && layout.pictures > 0 && layout.bytes <= (int64_t)size);
    } else {
        check(ln_error_get()->status == status && ln_error_get()->code[0]);
    }
    return 0;
}
