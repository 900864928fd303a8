#include "op/op_formulas.h"
#include "ref/ref.h"

#include <string.h>

/* ---- convolution and linear ---------------------------------------------------------------------------- */

static struct ref_conv conv_of(const struct op_problem *p) {
    const struct ln_conv_attrs *a = p->attrs;
    return (struct ref_conv){.n = (int)p->in.dim[0],
                             .c = (int)p->in.dim[1],
                             .h = (int)p->in.dim[2],
                             .w = (int)p->in.dim[3],
                             .k = a->out,
                             .p = (int)p->out.dim[2],
                             .q = (int)p->out.dim[3],
                             .groups = a->groups,
                             .window = {.kernel = {a->kernel.h, a->kernel.w},
                                        .stride = {a->stride.h, a->stride.w},
                                        .padding = {a->padding.h, a->padding.w},
                                        .dilation = {a->dilation.h, a->dilation.w}}};
}

static void conv_forward(const struct op_problem *p, double *y) {
    struct ref_conv d = conv_of(p);
    ref_conv_forward(&d, p->x, p->param[0], p->param[1], y);
}

static void conv_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    struct ref_conv d = conv_of(p);
    ref_conv_backward(&d, p->x, p->param[0], dy, dx, dparam[0], dparam[1]);
}

static struct ref_linear linear_of(const struct op_problem *p) {
    return (struct ref_linear){(int)p->in.dim[0], (int)p->in.dim[1], (int)p->out.dim[1]};
}

static void linear_forward(const struct op_problem *p, double *y) {
    struct ref_linear d = linear_of(p);
    ref_linear_forward(&d, p->x, p->param[0], p->param[1], y);
}

static void linear_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    struct ref_linear d = linear_of(p);
    ref_linear_backward(&d, p->x, p->param[0], dy, dx, dparam[0], dparam[1]);
}

/* ---- pooling ------------------------------------------------------------------------------------------- */

static struct ref_pool pool_of(const struct op_problem *p, struct ln_pair kernel, struct ln_pair stride,
                               struct ln_pair padding, bool count_pad) {
    return (struct ref_pool){
        .n = (int)p->in.dim[0],
        .c = (int)p->in.dim[1],
        .h = (int)p->in.dim[2],
        .w = (int)p->in.dim[3],
        .p = (int)p->out.dim[2],
        .q = (int)p->out.dim[3],
        .count_pad = count_pad,
        .window = {.kernel = {kernel.h, kernel.w},
                   .stride = {stride.h ? stride.h : kernel.h, stride.w ? stride.w : kernel.w},
                   .padding = {padding.h, padding.w}}};
}

static struct ref_pool maxpool_of(const struct op_problem *p) {
    const struct ln_maxpool_attrs *a = p->attrs;
    return pool_of(p, a->kernel, a->stride, a->padding, false);
}

static struct ref_pool avgpool_of(const struct op_problem *p) {
    const struct ln_avgpool_attrs *a = p->attrs;
    return pool_of(p, a->kernel, a->stride, a->padding, !a->exclude_pad);
}

static void maxpool_forward(const struct op_problem *p, double *y) {
    struct ref_pool d = maxpool_of(p);
    ref_maxpool_forward(&d, p->x, y);
}

static void maxpool_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    struct ref_pool d = maxpool_of(p);
    ref_maxpool_backward(&d, p->x, dy, dx);
}

static void avgpool_forward(const struct op_problem *p, double *y) {
    struct ref_pool d = avgpool_of(p);
    ref_avgpool_forward(&d, p->x, y);
}

static void avgpool_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    struct ref_pool d = avgpool_of(p);
    ref_avgpool_backward(&d, dy, dx);
}

static struct ref_adaptive adaptive_of(const struct op_problem *p) {
    const int64_t *in = p->in.dim, *out = p->out.dim;
    return (struct ref_adaptive){(int)in[0], (int)in[1], (int)in[2], (int)in[3], (int)out[2], (int)out[3]};
}

static void adaptive_forward(const struct op_problem *p, double *y) {
    struct ref_adaptive d = adaptive_of(p);
    ref_adaptive_forward(&d, p->x, y);
}

static void adaptive_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    struct ref_adaptive d = adaptive_of(p);
    ref_adaptive_backward(&d, dy, dx);
}

/* ---- across channels ----------------------------------------------------------------------------------- */

static struct ref_lrn lrn_of(const struct op_problem *p) {
    const struct ln_lrn_attrs *a = p->attrs;
    const int64_t *in = p->in.dim;
    return (struct ref_lrn){(int)in[0], (int)in[1], (int)(in[2] * in[3]), a->size, a->alpha, a->beta, a->k};
}

static void lrn_forward(const struct op_problem *p, double *y) {
    struct ref_lrn d = lrn_of(p);
    ref_lrn_forward(&d, p->x, y);
}

static void lrn_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    struct ref_lrn d = lrn_of(p);
    ref_lrn_backward(&d, p->x, dy, dx);
}

static struct ref_pad_shortcut pad_shortcut_of(const struct op_problem *p) {
    const struct ln_pad_shortcut_attrs *a = p->attrs;
    const int64_t *in = p->in.dim, *out = p->out.dim;
    return (struct ref_pad_shortcut){(int)in[0],  (int)in[1],  (int)in[2],  (int)in[3],
                                     (int)out[1], (int)out[2], (int)out[3], {a->stride.h, a->stride.w}};
}

static void pad_shortcut_forward(const struct op_problem *p, double *y) {
    struct ref_pad_shortcut d = pad_shortcut_of(p);
    ref_pad_shortcut_forward(&d, p->x, y);
}

static void pad_shortcut_backward(const struct op_problem *p, const double *dy, double *dx,
                                  double *dparam[]) {
    struct ref_pad_shortcut d = pad_shortcut_of(p);
    ref_pad_shortcut_backward(&d, dy, dx);
}

/* ---- batch normalisation ------------------------------------------------------------------------------- */

static struct ref_batchnorm batchnorm_of(const struct op_problem *p) {
    const struct ln_batchnorm_attrs *a = p->attrs;
    const int64_t *in = p->in.dim;
    return (struct ref_batchnorm){(int)in[0], (int)in[1], in[2] * in[3], a->eps, a->momentum};
}

static void batchnorm_forward(const struct op_problem *p, double *y) {
    struct ref_batchnorm d = batchnorm_of(p);
    ref_batchnorm_forward(&d, p->x, p->param[0], p->param[1], y);
}

static void batchnorm_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    struct ref_batchnorm d = batchnorm_of(p);
    ref_batchnorm_backward(&d, p->x, p->param[0], dy, dx, dparam[0], dparam[1]);
    memcpy(dparam[2], p->param[2], (size_t)d.c * sizeof(double));
    memcpy(dparam[3], p->param[3], (size_t)d.c * sizeof(double));
    ref_batchnorm_track(&d, p->x, dparam[2], dparam[3]);
    dparam[4][0] = p->param[4][0] + 1;
}

/* ---- element by element -------------------------------------------------------------------------------- */

static void relu_forward(const struct op_problem *p, double *y) {
    ref_relu_forward((int64_t)p->count, p->x, y);
}

static void relu_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    ref_relu_backward((int64_t)p->count, p->x, dy, dx);
}

static void tanh_forward(const struct op_problem *p, double *y) {
    ref_tanh_forward((int64_t)p->count, p->x, y);
}

static void tanh_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    ref_tanh_backward((int64_t)p->count, p->x, dy, dx);
}

static void relu6_forward(const struct op_problem *p, double *y) {
    ref_relu6_forward((int64_t)p->count, p->x, y);
}

static void relu6_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    ref_relu6_backward((int64_t)p->count, p->x, dy, dx);
}

static void silu_forward(const struct op_problem *p, double *y) {
    ref_silu_forward((int64_t)p->count, p->x, y);
}

static void silu_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    ref_silu_backward((int64_t)p->count, p->x, dy, dx);
}

static void flatten_forward(const struct op_problem *p, double *y) {
    memcpy(y, p->x, p->count * sizeof *y);
}

static void flatten_backward(const struct op_problem *p, const double *dy, double *dx, double *dparam[]) {
    memcpy(dx, dy, p->count * sizeof *dx);
}

/* -------------------------------------------------------------------------------------------------------- */

const struct op_reference op_formulas_conv = {&ln_op_conv, conv_forward, conv_backward, .sums = true};
const struct op_reference op_formulas_linear = {&ln_op_linear, linear_forward, linear_backward, .sums = true,
                                                .flat = true};
const struct op_reference op_formulas_relu = {&ln_op_relu, relu_forward, relu_backward};
const struct op_reference op_formulas_tanh = {&ln_op_tanh, tanh_forward, tanh_backward};
const struct op_reference op_formulas_relu6 = {&ln_op_relu6, relu6_forward, relu6_backward};
const struct op_reference op_formulas_silu = {&ln_op_silu, silu_forward, silu_backward};
const struct op_reference op_formulas_maxpool = {&ln_op_maxpool, maxpool_forward, maxpool_backward};
const struct op_reference op_formulas_avgpool = {&ln_op_avgpool, avgpool_forward, avgpool_backward,
                                                 .sums = true};
const struct op_reference op_formulas_adaptive_avgpool = {&ln_op_adaptive_avgpool, adaptive_forward,
                                                          adaptive_backward, .sums = true};
const struct op_reference op_formulas_lrn = {&ln_op_lrn, lrn_forward, lrn_backward};
const struct op_reference op_formulas_pad_shortcut = {&ln_op_pad_shortcut, pad_shortcut_forward,
                                                      pad_shortcut_backward};
const struct op_reference op_formulas_batchnorm = {&ln_op_batchnorm, batchnorm_forward, batchnorm_backward};
const struct op_reference op_formulas_flatten = {&ln_op_flatten, flatten_forward, flatten_backward};

const struct op_reference *op_formulas_find(const struct ln_op *op) {
    static const struct op_reference *const all[] = {&op_formulas_batchnorm,    &op_formulas_conv,
                                                     &op_formulas_linear,       &op_formulas_relu,
                                                     &op_formulas_tanh,         &op_formulas_maxpool,
                                                     &op_formulas_avgpool,      &op_formulas_flatten,
                                                     &op_formulas_lrn,          &op_formulas_adaptive_avgpool,
                                                     &op_formulas_pad_shortcut, &op_formulas_relu6,
                                                     &op_formulas_silu};
    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i]->op == op) return all[i];
    return NULL;
}
