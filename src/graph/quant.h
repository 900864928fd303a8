/* The scales of a network for 8-bit inference: one for each value, and one for each output channel of the weights.
 *
 *     struct ln_quant *q;
 *     LN_TRY(ln_quant_create(&q, net));
 *     q->value[id] = (struct ln_quant_value){.scale = largest / 255, .is_signed = false};   for each value
 *     LN_TRY(ln_quant_weights(q, net, param, weights));                                     for each layer in 8 bits
 *     plan_opts.quant = q;
 *
 * A layer runs in 8 bits if its weights have scales and the value that it reads has one. A number of a value is the scale
 * times an integer, from 0 to 255 if the value is never negative, else from -127 to 127. Zero is exact, so a zero point is
 * not needed.
 */
#ifndef LN_GRAPH_QUANT_H
#define LN_GRAPH_QUANT_H

#include "graph/net.h"

struct ln_quant_value {
    float scale; /* 0: none, the value is fp32 */
    bool is_signed;
};

struct ln_quant {
    struct ln_quant_value *value; /* [values], by layer; a layer whose work others do has none */
    float **weights;              /* [params]: [k] scales of this parameter; NULL: fp32 */
    size_t values, params;
    /* how it was made; for people, and kept in model files */
    char method[16];
    int images;               /* of the calibration */
    int compared;             /* images on which it was compared with the fp32 network; 0: none */
    int correct, correct_f32; /* of those, the images that each network classified correctly */
    int only, only_f32;       /* and those that one network alone classified correctly */
};

LN_MUST_CHECK int ln_quant_create(struct ln_quant **quant, const struct ln_net *net); /* without any scale */
/* Copies everything but the scales of the weights. */
LN_MUST_CHECK int ln_quant_copy(struct ln_quant **copy, const struct ln_quant *quant);
void ln_quant_destroy(struct ln_quant *quant); /* NULL is fine */

/* Can parameter `param` be in 8 bits? Only the weights of a convolution or a linear layer can. */
bool ln_quant_can(const struct ln_net *net, size_t param);
int64_t ln_quant_rows(const struct ln_net *net, size_t param); /* output channels */
/* Puts the weights [k][...] in 8 bits: chooses their scales, and rounds them to the nearest multiples. */
LN_MUST_CHECK int ln_quant_weights(struct ln_quant *quant, const struct ln_net *net, size_t param,
                                   float *weights);
void ln_quant_drop(struct ln_quant *quant, size_t param); /* back to fp32 */
bool ln_quant_any(const struct ln_quant *quant);          /* is any layer in 8 bits? */

/* Layers that only move numbers use one scale for all inputs and the output. share[id]: the first value that has the same
 * scale as `id`. share has room for net->count. */
void ln_quant_groups(const struct ln_net *net, int *share);

#endif
