/* Mixing the images of a batch. */
#include "data/mix.h"
#include "base/simd.h"
#include <math.h>
#include <string.h>

/* ---- draw ---------------------------------------------------------------------------------------------- */

/* The logarithm of a Gamma(shape) variate: Marsaglia and Tsang, "A simple method for generating gamma
 * variables" (2000), with section 8 for shapes below 1: Gamma(a) = Gamma(a + 1) U^(1/a). Working with
 * logarithms keeps small shapes from underflowing a double. */
static double log_gamma(struct ln_rng *rng, double shape) {
    const double d = shape + 1 - 1.0 / 3, c = 1 / sqrt(9 * d);
    const double small = log(1 - ln_rng_double(rng)) / shape;
    for (;;) {
        const double x = ln_rng_normal(rng), root = 1 + c * x, v = root * root * root;
        const double u = 1 - ln_rng_double(rng);
        if (root > 0 && log(u) < 0.5 * x * x + d - d * v + d * log(v)) return log(d * v) + small;
    }
}

double ln_rng_beta(struct ln_rng *rng, double alpha) {
    const double a = log_gamma(rng, alpha), b = log_gamma(rng, alpha);
    return 1 / (1 + exp(b - a));
}

static int clamp(int v, int high) {
    return v < 0 ? 0 : v > high ? high : v;
}

/* A rectangle of area 1 - share around a random pixel, clipped to the image; the share is then corrected to
 * the area that was really kept. */
static void draw_rectangle(struct ln_rng *rng, int width, int height, struct ln_mix_draw *draw) {
    const int x = (int)ln_rng_below(rng, (uint32_t)width), y = (int)ln_rng_below(rng, (uint32_t)height);
    const double half = 0.5 * sqrt(1.0 - draw->share);
    const int across = (int)(half * width), down = (int)(half * height);
    draw->cut = true;
    draw->left = clamp(x - across, width);
    draw->right = clamp(x + across, width);
    draw->top = clamp(y - down, height);
    draw->bottom = clamp(y + down, height);
    const double area = (double)(draw->right - draw->left) * (draw->bottom - draw->top);
    draw->share = (float)(1 - area / ((double)width * height));
}

void ln_mix_draw(const struct ln_mix *mix, int width, int height, uint64_t seed, uint32_t step,
                 struct ln_mix_draw *draw) {
    struct ln_rng rng;
    ln_rng_init(&rng, seed, LN_RNG_BATCH, 0, step);
    const bool cut = mix->cutmix > 0 && (mix->mixup == 0 || ln_rng_below(&rng, 2));
    *draw = (struct ln_mix_draw){.share = (float)ln_rng_beta(&rng, cut ? mix->cutmix : mix->mixup)};
    if (cut) draw_rectangle(&rng, width, height, draw);
}

/* ---- apply --------------------------------------------------------------------------------------------- */

LN_KERNEL(void, blend, (float *restrict image, const float *restrict before, float share, size_t n),
          (image, before, share, n)) {
    for (size_t i = 0; i < n; i++) image[i] = share * image[i] + (1 - share) * before[i];
}

static void paste(const struct ln_mix_draw *d, const struct ln_mix_batch *b, float *image,
                  const float *before) {
    const size_t bytes = (size_t)(d->right - d->left) * sizeof *image;
    for (int c = 0; c < b->channels; c++)
        for (int y = d->top; y < d->bottom; y++) {
            const size_t at =
                ((size_t)c * (size_t)b->height + (size_t)y) * (size_t)b->width + (size_t)d->left;
            memcpy(image + at, before + at, bytes);
        }
}

/* Goes from the last image to the first, so that the previous one is still unmixed. The previous image of the
 * first is the last, which is saved in scratch, unless another one is given. */
void ln_mix_apply(const struct ln_mix_draw *draw, const struct ln_mix_batch *b) {
    const size_t n = (size_t)b->channels * (size_t)b->height * (size_t)b->width;
    const int last = b->count - 1;
    const float *previous = b->previous ? b->previous : b->scratch;
    const int32_t label = b->previous ? b->previous_label : b->labels[last];
    if (!b->previous) memcpy(b->scratch, b->images + (size_t)last * n, n * sizeof *b->scratch);
    for (int i = last; i >= 0; i--) {
        float *image = b->images + (size_t)i * n;
        const float *before = i > 0 ? image - n : previous;
        if (draw->cut)
            paste(draw, b, image, before);
        else
            blend(image, before, draw->share, n);
        b->other[i] = i > 0 ? b->labels[i - 1] : label;
    }
}
