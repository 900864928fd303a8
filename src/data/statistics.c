/* Mean and standard deviation of a data set's pixels per channel, from exact integer sums. */
#include "data/source.h"
#include <math.h>

enum { DECODED_MOST = 1000 }; /* photos sampled: enough to know the mean to about a hundredth */

struct sums {
    uint64_t n, x, xx; /* number of values, their sum, and the sum of their squares: no overflow below 2^48
                          pixels */
};

static struct sums sum_up(const unsigned char *p, size_t step, size_t n) {
    struct sums s = {.n = n};
    for (size_t i = 0; i < n; i++) {
        unsigned v = p[i * step];
        s.x += v;
        s.xx += v * v;
    }
    return s;
}

static void add_image(struct sums sums[3], const struct ln_image *image) {
    size_t pixels = (size_t)image->width * (size_t)image->height, channels = (size_t)image->channels;
    struct sums s = {0};
    for (size_t c = 0; c < 3; c++) {
        if (channels == 3)
            s = sum_up(image->pixels + c, 3, pixels);
        else if (c == 0) /* a grey image counts in all three channels */
            s = sum_up(image->pixels, 1, pixels);
        sums[c].n += s.n;
        sums[c].x += s.x;
        sums[c].xx += s.xx;
    }
}

static void finish(const struct sums *sums, float *mean, float *std) {
    double n = (double)sums->n, m = (double)sums->x / n / 255;
    double variance = (double)sums->xx / n / (255.0 * 255.0) - m * m;
    *mean = (float)m;
    *std = variance > 1e-12 ? (float)sqrt(variance) : 1;
}

int ln_dataset_statistics(const struct ln_dataset *ds, float mean[3], float std[3]) {
    const struct ln_part *part = &ds->parts[LINNET_TRAIN];
    if (part->count == 0)
        return ln_fail(
            LINNET_ERR_INPUT, "data-count",
            "%s: the training part has no images, so its mean and standard deviation are undefined",
            ds->path);
    size_t looks = part->count;
    if (!ds->source->in_memory && looks > DECODED_MOST) looks = DECODED_MOST;
    struct sums sums[3] = {0};
    int status = LINNET_OK;
    for (size_t i = 0; i < looks; i++) {
        struct ln_sample sample;
        status = ln_dataset_read(ds, part->index[i * part->count / looks], &sample);
        if (status == LINNET_ERR_INPUT) continue;
        LN_TRY(status);
        add_image(sums, &sample.image);
        ln_sample_fini(&sample);
    }
    if (sums[0].n == 0) return status; /* no image was readable: the error of the first one is recorded */
    ln_error_clear();
    for (int c = 0; c < 3; c++) finish(&sums[c], &mean[c], &std[c]);
    return LINNET_OK;
}
