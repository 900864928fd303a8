/* The models that are served, each with its name, its predictor and the batch that keeps answers independent of the load.
 */
#ifndef CLI_SERVE_MODEL_H
#define CLI_SERVE_MODEL_H

#include <linnet/linnet.h>

enum { SERVE_MODELS_MAX = 16, SERVE_MODEL_NAME_MAX = 128, SERVE_BATCH = 8 };

struct serve_model {
    char name[SERVE_MODEL_NAME_MAX]; /* in addresses: letters, digits, '.', '_', '-', and what is not ASCII */
    linnet_model *model;
    linnet_predictor *predictor;
    int batch; /* pictures computed at a time */
};

/* The name of what is given as `path`: runs/train, runs/train/best.safetensors and train.safetensors are all "train". At least
 * eight bytes of `out` are left for a number. */
void serve_name_of(const char *path, char out[SERVE_MODEL_NAME_MAX]);
/* The same for a model. The count models before it have other names: "-2", "-3" ... is appended if needed. */
void serve_model_name(struct serve_model *model, const char *path, const struct serve_model *before,
                      int count);

/* Creates the predictor. Without opts.batch the largest batch of 8, 4 and 1 is chosen whose logits have the same bits as
 * those of a picture computed alone, as `linnet predict` computes one picture: kernels for other batches may sum in another
 * order. Probe pictures decide. A failure is a status of the library, whose message linnet_error() has. */
int serve_model_compile(struct serve_model *model, const struct linnet_predict_opts *opts);

#endif
