/* The models that are served, each with its name and its predictors. */
#ifndef CLI_SERVE_MODEL_H
#define CLI_SERVE_MODEL_H

#include <linnet/linnet.h>

enum { SERVE_MODELS_MAX = 16, SERVE_MODEL_NAME_MAX = 128, SERVE_BATCH = 8 };

struct serve_model {
    char name[SERVE_MODEL_NAME_MAX]; /* in URLs: letters, digits, '.', '_', '-', and non-ASCII bytes */
    linnet_model *model;
    int batch; /* largest number of pictures computed together */
    /* For few pictures, as in `linnet predict`, and for batches: their kernels differ, and so do the layouts of their weights.
     * together is NULL if batch is 1. */
    linnet_predictor *alone, *together;
};

/* The name of the model or run at `path`: runs/train, runs/train/best.safetensors and train.safetensors are all "train". At
 * least eight bytes of `out` stay free for a number. */
void serve_name_of(const char *path, char out[SERVE_MODEL_NAME_MAX]);
/* Sets the model's name, with "-2", "-3" ... appended if one of the `count` models before it has the same name. */
void serve_model_name(struct serve_model *model, const char *path, const struct serve_model *before,
                      int count);

#endif
