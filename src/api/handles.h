/* What stands behind the public handles. */
#ifndef LN_API_HANDLES_H
#define LN_API_HANDLES_H

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
    char *weights;      /* what was taken from a file of weights; NULL: there was none */
};

/* Each public function begins with it: the last call's error is no longer of interest. */
void ln_api_begin(void);

/* A handle for the model; takes it and `weights` in any case. */
int ln_api_model(struct ln_model *model, char *weights, linnet_model **out);

/* The file of a path that is one, or a run folder, which has its best weights in a file. The caller's to
 * free; NULL: out of memory (recorded). */
char *ln_api_weights_file(const char *path);

#endif
