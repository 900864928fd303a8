/* Training that does not learn labels which are probably wrong. The trainer keeps, for each training image, the mean probability of
 * its label over the epochs. From two fifths of the run on, the images with the lowest means are left out of the loss; they are still
 * computed, so an image comes back if others have a lower mean. Networks learn right labels before they memorise wrong ones (Arpit
 * et al., "A Closer Look at Memorization in Deep Networks", 2017); the mean over epochs separates the two better than one epoch's value
 * (Pleiss et al., "Identifying mislabeled data using the area under the margin ranking", 2020); and leaving out the largest losses
 * is what Shen and Sanghavi do ("Learning with bad training data via iterative trimmed loss minimization", 2019).
 *
 *     ln_doubt_init(&doubt, share, images, batch);
 *     for each step:
 *         ln_doubt_choose(&doubt, epoch, position);
 *         ... a step with the labels ln_doubt_labels(&doubt, &batch) ...
 *         ln_doubt_note(&doubt, &batch, logits, classes, position);
 *     opinion = ln_doubt_opinion(&doubt, image)
 *     ln_doubt_fini(&doubt);
 */
#ifndef LN_TRAIN_DOUBT_H
#define LN_TRAIN_DOUBT_H

#include "data/loader.h"

struct ln_doubt_mean {
    double sum; /* of the label's probabilities */
    uint32_t times;
};

struct ln_doubt_image {
    struct ln_doubt_mean all, late; /* late: of the end of the run */
    bool left_out;
};

struct ln_doubt {
    double share;                  /* of the images that are left out; 0: none, and nothing is kept */
    size_t count;                  /* images of the data set */
    struct ln_doubt_image *images; /* [count] */
    uint32_t *order;               /* [count] images whose label has a mean, the lowest first */
    int32_t *labels;               /* [batch] */
    int batch;
    int epoch; /* in which images were last chosen */
};

/* LINNET_ERR_LIMIT; call ln_doubt_fini in any case. */
LN_MUST_CHECK int ln_doubt_init(struct ln_doubt *doubt, double share, size_t images, int batch);
void ln_doubt_fini(struct ln_doubt *doubt);

/* Chooses the images to leave out, once in each epoch (from 1). position: in the run, 0..1. */
void ln_doubt_choose(struct ln_doubt *doubt, int epoch, double position);
/* The batch's labels, [batch], -1 for an image that is left out and for rows without an image. They are valid until the next call. */
const int32_t *ln_doubt_labels(struct ln_doubt *doubt, const struct ln_batch *batch);
/* Records the probability of each image's label. logits: [batch->count][classes]. */
void ln_doubt_note(struct ln_doubt *doubt, const struct ln_batch *batch, const float *logits, int classes,
                   double position);
/* The mean probability of the image's label, at the end of the run if it was seen there. If the image was left out, this is nearly the
 * opinion of a network that was not trained on it. Negative if it was not seen. */
double ln_doubt_opinion(const struct ln_doubt *doubt, uint32_t image);

#endif
