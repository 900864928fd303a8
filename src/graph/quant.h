/* The numbers of a network for 8-bit inference: a scale for each value, and scales for each output channel of the weights.
 *
 *     struct ln_quant *q;
 *     LN_TRY(ln_quant_create(&q, net));
 *     q->value[id] = (struct ln_quant_value){.scale = largest / 255, .is_signed = false};   for each value
 *     LN_TRY(ln_quant_weights(q, net, param, weights));                                     for each layer in 8 bits
 *     plan_opts.quant = q;
 *
 * A layer runs in 8 bits if it has scales of its weights, and if the value that it reads has a scale. What a number of a
 * value stands for is scale times an integer, 0 to 255 for values that are never negative, else -127 to 127: zero is exact
 * and there is no zero point.
 */
#ifndef LN_GRAPH_QUANT_H
#define LN_GRAPH_QUANT_H

#include "graph/net.h"

struct ln_quant_value {
    float scale; /* 0: none, the value is fp32 */
    bool is_signed;
};

struct ln_quant {
    struct ln_quant_value *value; /* [values], by layer; a layer that others do the work of has none */
    float **weights;              /* [params]: [k] scales of this parameter; NULL: fp32 */
    size_t values, params;
    /* how it was made; for people, and kept in model files */
    char method[16];
    int images;               /* of the calibration */
    int compared;             /* images on which both networks were compared, and how many of those */
    int correct, correct_f32; /* each of them classified right; compared 0: none */
    int only, only_f32;       /* right in one of them alone */
};

LN_MUST_CHECK int ln_quant_create(struct ln_quant **quant, const struct ln_net *net); /* without any scale */
LN_MUST_CHECK int ln_quant_copy(struct ln_quant **copy, const struct ln_quant *quant);
void ln_quant_destroy(struct ln_quant *quant); /* NULL is fine */

/* Can parameter `param` be in 8 bits: the weights of a layer whose input is not the network's head alone? */
bool ln_quant_can(const struct ln_net *net, size_t param);
int64_t ln_quant_rows(const struct ln_net *net, size_t param); /* output channels */
/* Puts the weights [k][...] in 8 bits: their scales are chosen, and they become the nearest multiples of these. */
LN_MUST_CHECK int ln_quant_weights(struct ln_quant *quant, const struct ln_net *net, size_t param,
                                   float *weights);
void ln_quant_drop(struct ln_quant *quant, size_t param); /* back to fp32 */
bool ln_quant_any(const struct ln_quant *quant);          /* is any layer in 8 bits? */

/* Layers that only move numbers have one scale at all inputs and the output: share[id] is the first of the values that share
 * theirs with `id`. share has room for net->count. */
void ln_quant_groups(const struct ln_net *net, int *share);

#endif
