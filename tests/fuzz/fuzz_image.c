/* Decodes images of every format under small limits, then rotates and resizes them. */
#include "image/image.h"
#include "image/resize.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A picture that a decoder has let through has to be whole: each byte is read. */
static void use(const struct ln_image *image) {
    static unsigned char out[16 * 16 * 3];
    const struct ln_resize_opts opts = {.filter = LN_BICUBIC, .width = 16, .height = 16};
    const size_t n = (size_t)image->width * image->height * image->channels;
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += image->pixels[i];
    if (image->channels != 3 || image->width < 1 || image->height < 1) abort();
    if (ln_resize(image, &opts, out) != LINNET_OK || (sum == 0 && out[0] != 0)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct ln_image_limits limits = {.pixels = 1 << 16, .scans = 20};
    struct ln_image image;
    ln_error_clear();
    const int status = ln_image_decode(data, size, "fuzz", &limits, &image);
    if (status == LINNET_OK) {
        use(&image);
        ln_image_fini(&image);
    } else if (image.pixels || ln_error_get()->status != status ||
               (status == LINNET_ERR_INPUT && !ln_error_get()->code[0])) {
        abort();
    }
    return 0;
}
