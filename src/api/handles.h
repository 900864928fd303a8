/* What the public handles point to. */
#ifndef LN_API_HANDLES_H
#define LN_API_HANDLES_H

#include "api/guard.h"
#include "model/model.h"
#include "train/open_data.h"

struct linnet_model {
    struct ln_model *model;
    int64_t *confusion; /* of the last evaluation */
    char *weights;      /* what was taken from a file of weights; NULL: fresh weights */
};

/* A handle that owns the model and `weights`, which are freed on failure. */
int ln_api_model(struct ln_model *model, char *weights, linnet_model **out);

#endif
