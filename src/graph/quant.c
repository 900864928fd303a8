/* Scales of a network for 8-bit inference. */
#include "graph/quant.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

int ln_quant_create(struct ln_quant **out, const struct ln_net *net) {
    struct ln_quant *q = ln_calloc(1, sizeof *q);
    if (!q) return LINNET_ERR_LIMIT;
    q->values = net->count;
    q->params = net->param_count;
    q->value = ln_calloc(q->values, sizeof *q->value);
    q->weights = ln_calloc(q->params + 1, sizeof *q->weights);
    if (!q->value || !q->weights) {
        ln_quant_destroy(q);
        return LINNET_ERR_LIMIT;
    }
    *out = q;
    return LINNET_OK;
}

void ln_quant_destroy(struct ln_quant *q) {
    if (!q) return;
    for (size_t i = 0; q->weights && i < q->params; i++) ln_free(q->weights[i]);
    ln_free(q->weights);
    ln_free(q->value);
    ln_free(q);
}

int64_t ln_quant_rows(const struct ln_net *net, size_t param) {
    return net->params[param].spec.shape.dim[0];
}

bool ln_quant_can(const struct ln_net *net, size_t param) {
    const struct ln_node *node = &net->nodes[net->params[param].node];
    return node->op->eight == LN_EIGHT_PRODUCT && (int)param == node->first_param;
}

/* Symmetric, so that the products need no correction. A channel of zeros may have any scale. */
static float scale_of(const float *weights, size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++)
        if (fabsf(weights[i]) > most) most = fabsf(weights[i]);
    const float scale = most / 127;
    return scale > 1e-30F ? scale : 1;
}

int ln_quant_weights(struct ln_quant *q, const struct ln_net *net, size_t param, float *weights) {
    const size_t rows = (size_t)ln_quant_rows(net, param), row = ln_net_param_size(net, param) / rows;
    float *scales = ln_calloc(rows, sizeof *scales);
    if (!scales) return LINNET_ERR_LIMIT;
    for (size_t k = 0; k < rows; k++) {
        scales[k] = scale_of(weights + k * row, row);
        for (size_t i = k * row; i < (k + 1) * row; i++)
            weights[i] = rintf(weights[i] / scales[k]) * scales[k];
    }
    ln_free(q->weights[param]);
    q->weights[param] = scales;
    return LINNET_OK;
}

void ln_quant_drop(struct ln_quant *q, size_t param) {
    ln_free(q->weights[param]);
    q->weights[param] = NULL;
}

bool ln_quant_any(const struct ln_quant *q) {
    for (size_t i = 0; i < q->params; i++)
        if (q->weights[i]) return true;
    return false;
}

int ln_quant_copy(struct ln_quant **out, const struct ln_quant *q) {
    const struct ln_net shape = {.count = q->values, .param_count = q->params};
    struct ln_quant *copy;
    LN_TRY(ln_quant_create(&copy, &shape));
    struct ln_quant_value *value = copy->value;
    float **weights = copy->weights;
    *copy = *q;
    copy->value = value;
    copy->weights = weights;
    memcpy(value, q->value, q->values * sizeof *value);
    *out = copy;
    return LINNET_OK;
}

static int first_of(const int *share, int id) {
    while (share[id] != id) id = share[id];
    return id;
}

void ln_quant_groups(const struct ln_net *net, int *share) {
    for (size_t i = 0; i < net->count; i++) share[i] = (int)i;
    for (size_t i = 1; i < net->count; i++) {
        const struct ln_node *node = &net->nodes[i];
        for (int j = 0; node->op->eight == LN_EIGHT_MOVE && j < node->inputs; j++) {
            const int a = first_of(share, (int)i), b = first_of(share, node->in[j]);
            share[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (size_t i = 0; i < net->count; i++) share[i] = first_of(share, (int)i);
}
