/* Random erasing. */
#include "data/erasing.h"
#include "data/crop.h"
#include <math.h>
#include <string.h>

enum { TRIES = 10 }; /* torchvision's */

void ln_erasing_draw(double p, int width, int height, struct ln_rng *rng, struct ln_erasing_draw *draw) {
    static const struct ln_range scale = {0.02, 0.33};
    const struct ln_range log_ratio = {log(0.3), log(3.3)}; /* height / width */
    *draw = (struct ln_erasing_draw){0};
    if (ln_rng_double(rng) >= p) return;
    for (int i = 0; i < TRIES; i++) {
        const double area = (double)width * height * ln_rng_between(rng, scale);
        const double ratio = exp(ln_rng_between(rng, log_ratio));
        const long h = lrint(sqrt(area * ratio)), w = lrint(sqrt(area / ratio));
        if (h >= height || w >= width) continue;
        draw->top = (int)ln_rng_below(rng, (uint32_t)(height - h + 1));
        draw->left = (int)ln_rng_below(rng, (uint32_t)(width - w + 1));
        draw->width = (int)w;
        draw->height = (int)h;
        return;
    }
}

void ln_erasing_apply(const struct ln_erasing_draw *draw, int channels, int height, int width, float *image) {
    for (int c = 0; c < channels; c++)
        for (int y = 0; y < draw->height; y++) {
            const size_t row = (size_t)c * (size_t)height + (size_t)(draw->top + y);
            memset(image + row * (size_t)width + draw->left, 0, (size_t)draw->width * sizeof *image);
        }
}
