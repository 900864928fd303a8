/* Which layers compute something in inference, and batch normalisation folded into convolutions. */
#include "model/inference.h"

#include "base/alloc.h"
#include "model/convert.h"

#include <math.h>

int ln_inference_output(const struct ln_inference *x) {
    return x->net->outputs[0].node;
}

static void count_uses(struct ln_inference *x) {
    ln_net_needed(x->net, x->needed);
    x->uses[ln_inference_output(x)]++;
    for (size_t i = 1; i < x->net->count; i++)
        for (int j = 0; x->needed[i] && j < x->net->nodes[i].inputs; j++) x->uses[x->net->nodes[i].in[j]]++;
}

/* True for a batch norm after a convolution whose output no other layer reads. */
static bool can_fold(const struct ln_inference *x, size_t i) {
    const struct ln_node *node = &x->net->nodes[i];
    if (node->op->role != LN_ROLE_NORM) return false;
    return x->net->nodes[node->in[0]].op == &ln_op_conv && x->uses[node->in[0]] == 1;
}

/* True if the layer's output equals its input: dropout, a join of one value, and pooling to the size of the input. */
static bool passes(const struct ln_net *net, size_t i, bool flat) {
    const struct ln_node *node = &net->nodes[i];
    const int64_t *in = net->nodes[node->in[0]].out.dim, *out = node->out.dim;
    if (node->op == &ln_op_dropout) return true;
    if (node->op == &ln_op_flatten) return flat;
    if (node->op == &ln_op_add || node->op == &ln_op_concat) return node->inputs == 1;
    return node->op == &ln_op_adaptive_avgpool && in[2] == out[2] && in[3] == out[3];
}

static void find_roots(struct ln_inference *x, const struct ln_inference_opts *opts) {
    for (size_t i = 0; i < x->net->count; i++) {
        x->root[i] = (int)i;
        if (i == 0 || !x->needed[i]) continue;
        const int before = x->net->nodes[i].in[0];
        const bool folds = opts->fold && can_fold(x, i);
        if (folds) x->folded[before] = (int)i;
        if (folds || passes(x->net, i, opts->flat)) x->root[i] = x->root[before];
    }
}

int ln_inference_init(struct ln_inference *x, const struct ln_model *model,
                      const struct ln_inference_opts *opts) {
    const size_t count = model->net->count;
    *x = (struct ln_inference){.model = model, .net = model->net};
    x->needed = ln_calloc(count, sizeof *x->needed);
    x->uses = ln_calloc(count, sizeof *x->uses);
    x->root = ln_calloc(count, sizeof *x->root);
    x->folded = ln_calloc(count, sizeof *x->folded);
    if (!x->needed || !x->uses || !x->root || !x->folded) return LINNET_ERR_LIMIT;
    count_uses(x);
    find_roots(x, opts);
    return LINNET_OK;
}

void ln_inference_fini(struct ln_inference *x) {
    ln_free(x->needed);
    ln_free(x->uses);
    ln_free(x->root);
    ln_free(x->folded);
}

/* ---- folding ----------------------------------------------------------------------------------------------- */

double ln_norm_scale(const struct ln_model *model, const struct ln_node *norm, int64_t k) {
    const struct ln_batchnorm_attrs *a = norm->attrs;
    float *const *p = model->params + norm->first_param;
    return (double)p[LN_NORM_WEIGHT][k] / sqrt((double)p[LN_NORM_VARIANCE][k] + a->eps);
}

double ln_norm_shift(const struct ln_model *model, const struct ln_node *norm, int64_t k, double bias) {
    float *const *p = model->params + norm->first_param;
    return (bias - (double)p[LN_NORM_MEAN][k]) * ln_norm_scale(model, norm, k) + (double)p[LN_NORM_BIAS][k];
}

void ln_fold_weight(const struct ln_inference *x, int i, float *out) {
    const struct ln_node *conv = &x->net->nodes[i], *norm = &x->net->nodes[x->folded[i]];
    const float *weight = x->model->params[conv->first_param];
    const int64_t channels = conv->out.dim[1];
    const size_t row = ln_net_param_size(x->net, (size_t)conv->first_param) / (size_t)channels;
    for (int64_t k = 0; k < channels; k++) {
        const double scale = ln_norm_scale(x->model, norm, k);
        for (size_t j = 0; j < row; j++) *out++ = (float)((double)*weight++ * scale);
    }
}

void ln_fold_bias(const struct ln_inference *x, int i, float *out) {
    const struct ln_node *conv = &x->net->nodes[i], *norm = &x->net->nodes[x->folded[i]];
    const float *bias = conv->params > 1 ? x->model->params[conv->first_param + 1] : NULL;
    for (int64_t k = 0; k < conv->out.dim[1]; k++)
        out[k] = (float)ln_norm_shift(x->model, norm, k, bias ? (double)bias[k] : 0);
}

int ln_inference_check_finite(const struct ln_model *model, const char *path) {
    for (size_t i = 0; i < model->net->param_count; i++)
        if (!ln_convert_all_finite(model->params[i], ln_net_param_size(model->net, i)))
            return ln_fail(LINNET_ERR_DIVERGED, "model-nonfinite",
                           "%s: '%s' contains values that are not finite; nothing was written", path,
                           model->net->params[i].name);
    return LINNET_OK;
}
