/* Activations as layers. An activation's file gives the function and its derivative; LN_ACTIVATION_LAYER is the
 * rest of the descriptor (docs/add-an-activation.md).
 */
#ifndef LN_OP_ACTIVATION_H
#define LN_OP_ACTIVATION_H

#include "base/alloc.h"
#include "base/simd.h"
#include "op/op.h"

int ln_activation_shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                        struct ln_shape *out);
LN_MUST_CHECK int ln_activation_prepare(struct ln_prep *prep);
LN_MUST_CHECK int ln_activation_forward(void *state, const struct ln_args *args);
LN_MUST_CHECK int ln_activation_backward(void *state, const struct ln_args *args);

#define LN_ACTIVATION_LAYER                                                                                  \
    .role = LN_ROLE_ACTIVATION, .inputs = 1, .shape = ln_activation_shape, .prepare = ln_activation_prepare, \
    .forward = ln_activation_forward, .backward = ln_activation_backward, .destroy = ln_free

/* f(0) is 0, so the zeros that fill up a layout's blocks stay zeros, as all layers expect. */
bool ln_activation_keeps_zero(const struct ln_activation *f);

#endif
