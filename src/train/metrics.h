/* What is counted over images: loss, top-1, top-5, the confusion matrix. */
#ifndef LN_TRAIN_METRICS_H
#define LN_TRAIN_METRICS_H

#include "base/status.h"

#include <linnet/linnet.h>

struct ln_tally {
    int64_t count, correct, top5;
    double loss; /* sum of cross-entropies */
};

/* One image's logits [classes] and its label. */
void ln_tally_add(struct ln_tally *tally, const float *logits, int classes, int32_t label);
/* One mixed image's: its loss is the mean for both labels, `share` of it for the first; it is right where the
 * label with the larger share is predicted. other: -1 where nothing was mixed. */
void ln_tally_add_mixed(struct ln_tally *tally, const float *logits, int classes, int32_t label,
                        int32_t other, float share);
double ln_tally_loss(const struct ln_tally *tally); /* means; nan where nothing was counted */
double ln_tally_acc(const struct ln_tally *tally);
double ln_tally_top5(const struct ln_tally *tally, int classes); /* nan below 5 classes */

int ln_argmax(const float *values, int count); /* the first of equals */
/* p[k] = exp(x[k] / T) / sum of exp(x[j] / T), T the temperature; in double, without overflow. */
void ln_softmax(const float *logits, int classes, double temperature, float *probabilities);

/* See linnet_metrics_class(). */
struct linnet_class_metrics ln_class_metrics(const struct linnet_metrics *metrics, int label);

/* The 95 % interval of a proportion: Wilson, "Probable inference, the law of succession, and statistical
 * inference", Journal of the American Statistical Association 22 (1927). */
void ln_wilson(int64_t correct, int64_t count, double *low, double *high);

#endif
