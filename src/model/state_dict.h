/* A file of named tensors, whatever wrote it: a .pth of PyTorch's in any of its forms, or safetensors. */
#ifndef LN_MODEL_STATE_DICT_H
#define LN_MODEL_STATE_DICT_H

#include "model/safetensors.h"
#include "model/torch_pth.h"

struct ln_state_tensor {
    const char *name; /* the file's, maybe without what all of them begin with */
    struct ln_shape shape;
    size_t number; /* in the file */
};

struct ln_state {
    bool is_pth;
    struct ln_pth pth;
    struct ln_st_file st;
    struct ln_state_tensor *tensors; /* by name */
    size_t count;
};

/* By content, not by name. Codes "pth-..." and "st-..." (LINNET_ERR_INPUT). */
LN_MUST_CHECK int ln_state_open(struct ln_state *state, const char *path);
/* Takes off what a wrapper put before every name ("module." of DataParallel, "_orig_mod.", "model."), unless
 * `name`, one that is looked for, is there as it is. */
void ln_state_unwrap(struct ln_state *state, const char *name);
const struct ln_state_tensor *ln_state_find(const struct ln_state *state, const char *name); /* NULL: none */
/* As fp32, in plain order; out has room for the shape's elements. */
LN_MUST_CHECK int ln_state_read_f32(struct ln_state *state, const struct ln_state_tensor *tensor, float *out);
const char *ln_state_path(const struct ln_state *state);
void ln_state_close(struct ln_state *state); /* a zeroed one is fine */

#endif
