/* Writes only a model's weights, as a plain state_dict, for programs that already have the network. */
#ifndef LN_MODEL_WEIGHTS_SAVE_H
#define LN_MODEL_WEIGHTS_SAVE_H

#include "model/model.h"

/* A safetensors file without Linnet's metadata, and PyTorch's .pth (torch_write.c). The target is replaced whole or left
 * alone. LINNET_ERR_DIVERGED "model-nonfinite", LINNET_ERR_LIMIT "pth-size" for a .pth of 4 GB and more; LINNET_ERR_IO. */
LN_MUST_CHECK int ln_weights_save_safetensors(const struct ln_model *model, const char *path);
LN_MUST_CHECK int ln_weights_save_pth(const struct ln_model *model, const char *path);

/* The i-th parameter as a file stores it. data points to `counter` if the parameter is a counter. */
struct ln_weights_bytes {
    const void *data;
    size_t size;
    int64_t counter;
};
/* LINNET_ERR_DIVERGED "model-nonfinite". *bytes must not be moved. */
LN_MUST_CHECK int ln_weights_bytes(const struct ln_model *model, size_t i, const char *path,
                                   struct ln_weights_bytes *bytes);

#endif
