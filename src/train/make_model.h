/* Models from a name or a text, with fresh weights or those of a file; models from files and run folders. */
#ifndef LN_TRAIN_MAKE_MODEL_H
#define LN_TRAIN_MAKE_MODEL_H

#include "data/dataset.h"
#include "model/model.h"

struct ln_make_model {
    const char *arch, *text;     /* text: NULL, or the network itself; arch is then "custom" */
    const struct ln_dataset *ds; /* NULL: none */
    struct linnet_model_opts opts;
};
/* linnet_model_create after its checks. *weights: one line on which tensors came from a file and which start
 * fresh; NULL for fresh weights. The caller owns both. */
LN_MUST_CHECK int ln_make_model(struct ln_model **model, char **weights, const struct ln_make_model *from);

/* linnet_model_open: a model file, a run folder's best.safetensors, or an .onnx. A .pth is LINNET_ERR_INPUT
 * "model-metadata". */
LN_MUST_CHECK int ln_load_model(struct ln_model **model, const char *path);

#endif
