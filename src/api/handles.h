/* What the public handles point to. */
#ifndef LN_API_HANDLES_H
#define LN_API_HANDLES_H

#include "api/guard.h"
#include "data/dataset.h"
#include "model/model.h"

struct linnet_data {
    struct ln_dataset *ds;
    struct linnet_data_opts opts; /* split and split_file are copies, owned */
    char *split, *split_file;
};

struct linnet_model {
    struct ln_model *model;
    int64_t *confusion; /* of the last evaluation */
    char *weights;      /* what was taken from a file of weights; NULL: fresh weights */
};

/* A handle that owns the model and `weights`, which are freed on failure. */
int ln_api_model(struct ln_model *model, char *weights, linnet_model **out);

/* The path of a model file, or of the best weights in a run folder. The caller's: ln_free it. NULL: out of
 * memory, recorded. */
char *ln_api_weights_file(const char *path);

#endif
