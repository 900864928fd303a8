/* A network reduced to the layers that compute something in inference, for the exporters. Layers that only train
 * (dropout, auxiliary heads) are left out, and batch normalisation may become part of the convolution before it. */
#ifndef LN_MODEL_INFERENCE_H
#define LN_MODEL_INFERENCE_H

#include "model/model.h"

struct ln_inference {
    const struct ln_model *model;
    const struct ln_net *net; /* of the model */
    bool *needed;             /* [nodes] takes part in the main output */
    int *uses;                /* [nodes] layers that read it, and the output */
    int *root;   /* [nodes] the layer whose value this one has: itself, unless it does nothing in inference */
    int *folded; /* [nodes] of a convolution: the batch norm that becomes part of it; 0: none */
};

struct ln_inference_opts {
    bool fold; /* merge a batch norm into the convolution before it, if nothing else reads that */
    bool flat; /* values have no shape, only an order of numbers, so flatten does nothing */
};

/* *inference must be finished, also after a failure. */
LN_MUST_CHECK int ln_inference_init(struct ln_inference *inference, const struct ln_model *model,
                                    const struct ln_inference_opts *opts);
void ln_inference_fini(struct ln_inference *inference);
int ln_inference_output(const struct ln_inference *inference); /* the layer that computes the logits */

/* The k-th output channel of a batch norm in inference: y = x * scale + shift, with `bias` added to x before. */
double ln_norm_scale(const struct ln_model *model, const struct ln_node *norm, int64_t k);
double ln_norm_shift(const struct ln_model *model, const struct ln_node *norm, int64_t k, double bias);
/* Weights [out][...] and bias [out] of a convolution with its batch norm folded in. */
void ln_fold_weight(const struct ln_inference *inference, int conv, float *out);
void ln_fold_bias(const struct ln_inference *inference, int conv, float *out);

/* "model-nonfinite" if a weight is not finite. path: for the message. */
LN_MUST_CHECK int ln_inference_check_finite(const struct ln_model *model, const char *path);

#endif
