/* Metrics over images: loss, top-1, top-5, and those of the confusion matrix. */
#ifndef LN_TRAIN_METRICS_H
#define LN_TRAIN_METRICS_H

#include "base/status.h"

#include <linnet/linnet.h>

struct ln_tally {
    int64_t count, correct, top5;
    double loss; /* sum of cross-entropies */
};

/* Adds one image with its logits [classes] and its label. */
void ln_tally_add(struct ln_tally *tally, const float *logits, int classes, int32_t label);
/* Adds one mixed image. Its loss is the mean of both labels' losses, weighted by `share` and 1 - share. It counts as
 * correct if the label with the larger share is predicted. other: the second label; -1 if the image was not mixed. */
void ln_tally_add_mixed(struct ln_tally *tally, const float *logits, int classes, int32_t label,
                        int32_t other, float share);
double ln_tally_loss(const struct ln_tally *tally); /* means; nan if no image was counted */
double ln_tally_acc(const struct ln_tally *tally);
double ln_tally_top5(const struct ln_tally *tally, int classes); /* nan below 5 classes */

int ln_argmax(const float *values, int count); /* the first one of equal values */
/* p[k] = exp(x[k] / T) / sum of exp(x[j] / T), T the temperature; in double, without overflow. */
void ln_softmax(const float *logits, int classes, double temperature, float *probabilities);
/* log p[label] with T = 1. */
double ln_log_softmax(const float *logits, int classes, int label);

/* See linnet_metrics_class(). */
struct linnet_class_metrics ln_class_metrics(const struct linnet_metrics *metrics, int label);

/* The 95 % interval of a proportion: Wilson, "Probable inference, the law of succession, and statistical
 * inference", Journal of the American Statistical Association 22 (1927). */
void ln_wilson(int64_t correct, int64_t count, double *low, double *high);

#endif
