/* Decodes images of one format, which the build chooses, under small limits, rotates and resizes them, and decodes them at a reduced
 * size. */
#include "fuzz.h"
#include "image/format.h"
#include "image/resize.h"

extern const struct ln_image_format LN_FUZZ_FORMAT;

/* Reads every byte: a picture that a decoder accepts must be complete. */
static void use(const struct ln_image *image) {
    static unsigned char out[16 * 16 * 3];
    const struct ln_resize_opts opts = {.filter = LN_BICUBIC, .width = 16, .height = 16};
    const size_t n = (size_t)image->width * image->height * image->channels;
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += image->pixels[i];
    if (image->channels != 3 || image->width < 1 || image->height < 1) abort();
    if (ln_resize(image, &opts, out) != LINNET_OK || (sum == 0 && out[0] != 0)) abort();
}

static int shrink_by_two(void *user, int width, int height) {
    check(width > 0 && height > 0);
    return 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_error damage;
    const struct ln_decode_opts opts = {.limits = {.pixels = 1 << 16, .scans = 20},
                                        .damage = &damage,
                                        .shrink = size % 2 ? shrink_by_two : NULL};
    struct ln_image image;
    const char *format = ln_image_format_name(data, size);
    if (!format || strcmp(format, LN_FUZZ_FORMAT.name) != 0) return 0;
    ln_error_clear();
    const int status = ln_image_decode_with(data, size, "fuzz", &opts, &image);
    if (status == LINNET_OK) {
        use(&image);
        ln_image_fini(&image);
    } else if (image.pixels || ln_error_get()->status != status ||
               (status == LINNET_ERR_INPUT && !ln_error_get()->code[0])) {
        abort();
    }
    return 0;
}
