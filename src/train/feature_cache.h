/* The features of the training images behind a frozen backbone: what its last layer reads of each image, for
 * each of a few augmented views. They are computed once; after that the last layer trains without the
 * backbone. */
#ifndef LN_TRAIN_FEATURE_CACHE_H
#define LN_TRAIN_FEATURE_CACHE_H

#include "data/dataset.h"

struct ln_feature_cache {
    int views; /* 0: there is no cache */
    size_t count, width;
    uint32_t *row_of;     /* [samples of the data set] row of a training image */
    float *values;        /* [views][count][width] */
    int32_t *labels;      /* [count] */
    unsigned char *known; /* [views][count] */
    size_t *known_count;  /* [views] */
    /* What ln_feature_cache_gather fills for one batch. */
    float *batch;            /* [batch][width] features */
    int32_t *batch_labels;   /* [batch] */
    uint32_t *batch_indices; /* [batch] into the data set's samples */
};

/* For the training part. The cache stays empty (views 0) if it would need more than `most` bytes. LINNET_ERR_LIMIT; call
 * ln_feature_cache_fini in any case. */
LN_MUST_CHECK int ln_feature_cache_init(struct ln_feature_cache *cache, const struct ln_dataset *ds,
                                        int views, size_t width, int batch, size_t most);
void ln_feature_cache_fini(struct ln_feature_cache *cache);
void ln_feature_cache_clear(struct ln_feature_cache *cache); /* forgets all features */

/* Keeps the features, [count][width], of these samples. */
void ln_feature_cache_keep(struct ln_feature_cache *cache, int view, const float *features,
                           const uint32_t *indices, const int32_t *labels, int count);
/* True if the cache has the features of all training images in this view. */
bool ln_feature_cache_has(const struct ln_feature_cache *cache, int view);
/* Gathers the features of these samples in cache->batch, and their labels and indices beside it. */
void ln_feature_cache_gather(struct ln_feature_cache *cache, int view, const uint32_t *indices, int count);

#endif
