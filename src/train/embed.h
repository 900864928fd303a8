/* Features of a whole data set (linnet_embedding): what the last layer with weights reads, for every image; and searches in them. */
#ifndef LN_TRAIN_EMBED_H
#define LN_TRAIN_EMBED_H

#include "data/dataset.h"
#include "model/model.h"

struct ln_embedding {
    struct linnet_embedding shown;  /* first: linnet_embedding_free finds the memory through it */
    struct linnet_embedded *images; /* [count] */
    char **paths;                   /* [count] */
    float *features;                /* [count][feature_count] */
    double *lengths;                /* [count] Euclidean */
};

/* See linnet_embed. The embedding must be zeroed before; ln_embedding_fini in any case. */
LN_MUST_CHECK int ln_embed(struct ln_embedding *embedding, const struct ln_model *model,
                           const struct ln_dataset *ds, const struct linnet_embed_opts *opts);
void ln_embedding_fini(struct ln_embedding *embedding);

/* Fills nearest[count], the most similar first, equal ones in the data's order. count: 1 to the number of images. */
void ln_embedding_nearest(const struct ln_embedding *embedding, const float *features,
                          struct linnet_neighbour *nearest, int64_t count);

#endif
