/* Folds of a data set: every image of its parts belongs to one of them, and each has the classes in nearly equal
 * shares (stratified cross-validation; Kohavi, "A study of cross-validation and bootstrap for accuracy
 * estimation and model selection", IJCAI 1995).
 */
#ifndef LN_TRAIN_FOLDS_H
#define LN_TRAIN_FOLDS_H

#include "data/dataset.h"

enum { LN_FOLDS_MOST = 100 };

struct ln_folds {
    int count;
    uint32_t *images; /* [total] samples, fold by fold */
    size_t total;
    size_t begin[LN_FOLDS_MOST + 1]; /* fold k is images[begin[k]] to images[begin[k + 1] - 1] */
};

/* Deals the images by the seed alone. Near-identical images that the data set knows of (ds->groups) share a fold.
 * LINNET_ERR_USAGE "clean-folds" for fewer than 2 folds, more than LN_FOLDS_MOST, or more than images. */
LN_MUST_CHECK int ln_folds_init(struct ln_folds *folds, const struct ln_dataset *ds, int count,
                                uint64_t seed);
void ln_folds_fini(struct ln_folds *folds);

/* The data set with fold k as its test part and the other folds as its training part; there is no validation
 * part. It borrows from ds, and its two parts, which point into index [total], from the caller. */
struct ln_dataset ln_folds_view(const struct ln_folds *folds, int k, const struct ln_dataset *ds,
                                uint32_t *index);

#endif
