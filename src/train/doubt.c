/* Per image, the sum of its label's probabilities; each epoch ranks the images by their means. */
#include "train/doubt.h"
#include "base/alloc.h"
#include "train/metrics.h"

#include <math.h>
#include <stdlib.h>

/* Positions in the run, 0..1. An untrained network's probabilities say nothing. */
static const double noted_from = 0.15, left_out_from = 0.4, late_from = 0.7;

int ln_doubt_init(struct ln_doubt *d, double share, size_t images, int batch) {
    *d = (struct ln_doubt){.share = share, .count = images, .batch = batch};
    if (share <= 0) return LINNET_OK;
    d->images = ln_calloc(images, sizeof *d->images);
    d->order = ln_calloc(images, sizeof *d->order);
    d->labels = ln_calloc((size_t)batch, sizeof *d->labels);
    return d->images && d->order && d->labels ? LINNET_OK : LINNET_ERR_LIMIT;
}

void ln_doubt_fini(struct ln_doubt *d) {
    ln_free(d->images);
    ln_free(d->order);
    ln_free(d->labels);
    *d = (struct ln_doubt){0};
}

static double mean_of(const struct ln_doubt_mean *m) {
    return m->times > 0 ? m->sum / m->times : -1;
}

static void add(struct ln_doubt_mean *m, double value) {
    m->sum += value;
    m->times++;
}

static int by_mean(const void *a, const void *b, void *images_) {
    const struct ln_doubt_image *images = images_;
    const uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const double x = mean_of(&images[i].all), y = mean_of(&images[k].all);
    if (x != y) return x < y ? -1 : 1;
    return i < k ? -1 : i > k;
}

void ln_doubt_choose(struct ln_doubt *d, int epoch, double position) {
    size_t known = 0;
    if (d->share <= 0 || position < left_out_from || epoch == d->epoch) return;
    d->epoch = epoch;
    for (size_t i = 0; i < d->count; i++) {
        d->images[i].left_out = false;
        if (d->images[i].all.times > 0) d->order[known++] = (uint32_t)i;
    }
    qsort_r(d->order, known, sizeof *d->order, by_mean, d->images);
    const size_t most = (size_t)(d->share * (double)known);
    for (size_t i = 0; i < most; i++) d->images[d->order[i]].left_out = true;
}

const int32_t *ln_doubt_labels(struct ln_doubt *d, const struct ln_batch *batch) {
    if (d->share <= 0) return batch->labels;
    for (int i = 0; i < d->batch; i++)
        d->labels[i] = i >= batch->count || d->images[batch->indices[i]].left_out ? -1 : batch->labels[i];
    return d->labels;
}

void ln_doubt_note(struct ln_doubt *d, const struct ln_batch *batch, const float *logits, int classes,
                   double position) {
    if (d->share <= 0 || position < noted_from) return;
    for (int i = 0; i < batch->count; i++) {
        struct ln_doubt_image *image = &d->images[batch->indices[i]];
        const float *row = logits + (size_t)i * (size_t)classes;
        const double probability = exp(ln_log_softmax(row, classes, batch->labels[i]));
        add(&image->all, probability);
        if (position >= late_from) add(&image->late, probability);
    }
}

double ln_doubt_opinion(const struct ln_doubt *d, uint32_t image) {
    const struct ln_doubt_image *i = &d->images[image];
    return mean_of(i->late.times > 0 ? &i->late : &i->all);
}
