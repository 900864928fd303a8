/* A file of named tensors in any format: a PyTorch .pth in any of its forms, or safetensors. */
#ifndef LN_MODEL_STATE_DICT_H
#define LN_MODEL_STATE_DICT_H

#include "model/safetensors.h"
#include "model/torch_pth.h"

struct ln_state_tensor {
    const char *name; /* name in the file, perhaps without a common prefix */
    struct ln_shape shape;
    size_t number; /* position in the file */
};

struct ln_state {
    bool is_pth;
    struct ln_pth pth;
    struct ln_st_file st;
    struct ln_state_tensor *tensors; /* sorted by name */
    size_t count;
};

/* Recognises the format by content, not by name. Codes "pth-..." and "st-..." (LINNET_ERR_INPUT). */
LN_MUST_CHECK int ln_state_open(struct ln_state *state, const char *path);
/* Removes a prefix that a wrapper put in front of every name ("module." of DataParallel, "_orig_mod.",
 * "model."), unless `name`, one of the names to be looked up, is present as it is. */
void ln_state_unwrap(struct ln_state *state, const char *name);
/* NULL if absent */
const struct ln_state_tensor *ln_state_find(const struct ln_state *state, const char *name);
/* Reads as fp32 in plain order; out must have room for all elements of the shape. */
LN_MUST_CHECK int ln_state_read_f32(struct ln_state *state, const struct ln_state_tensor *tensor, float *out);
const char *ln_state_path(const struct ln_state *state);
void ln_state_close(struct ln_state *state); /* a zeroed struct is fine */

#endif
