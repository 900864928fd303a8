/* Batch normalisation, as torch.nn.BatchNorm2d: Ioffe, Szegedy, "Batch normalization: accelerating deep
 * network training by reducing internal covariate shift" (2015), algorithms 1 and 2.
 *
 *   y[n,c,h,w] = (x[n,c,h,w] - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]
 *
 * In training mean and var are those of the batch, m = n h w numbers per channel, and the running statistics
 * move towards them: running = (1 - momentum) running + momentum batch's, with the unbiased variance (divided
 * by m - 1). Otherwise mean and var are the running ones. With x^ = (x - mean) / sqrt(var + eps):
 *
 *   dbias = sum of dy;  dweight = sum of dy x^
 *   dx = weight / sqrt(var + eps) (dy - dbias / m - x^ dweight / m)
 *
 * The running statistics do not depend on x, so through them dx = weight / sqrt(var + eps) dy.
 *
 * If the images are a share of a batch of several ranks (args.ranks.comm), mean, var, dbias and dweight above are those of the
 * whole batch. Each rank's mean and var are moved to a pivot k that is the same on all of them, the running mean, and summed
 * there: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
 *
 *   m = sum of m_r;  mean = k + sum of m_r (mean_r - k) / m;  var + (mean - k)^2 = sum of m_r (var_r + (mean_r - k)^2) / m
 *
 * Statistics that are not finite do not move the running ones, so a step that is not applied leaves no trace.
 * Nor does a batch with one number per channel, which has no variance.
 */
#include "base/alloc.h"
#include "kernel/norm.h"
#include "op/activation.h"
#include "op/images.h"

#include <math.h>

#define AT(field) offsetof(struct ln_batchnorm_attrs, field)
static const struct ln_attr attrs[] = {
    {"eps", LN_ATTR_REAL, AT(eps), 1e-5, 1e-20, 1},
    {"momentum", LN_ATTR_REAL, AT(momentum), 0.1, 0, 1},
    {"zero_init", LN_ATTR_BOOL,
     AT(zero_init)}, /* the weight starts at zero: a residual block at its shortcut */
    {NULL},
};

/* The parameters, in the order of a state_dict, which is also that of LN_NORM_... */
enum { WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VAR, BATCHES, PARAMS };
_Static_assert((int)RUNNING_MEAN == (int)LN_NORM_MEAN && (int)RUNNING_VAR == (int)LN_NORM_VARIANCE,
               "a layer before this one folds it in by these numbers");

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    LN_TRY(ln_images_check(name, in));
    *out = *in;
    return LINNET_OK;
}

static int params(const void *attrs_, const struct ln_shape *in, struct ln_param_spec *p) {
    const struct ln_batchnorm_attrs *a = attrs_;
    struct ln_shape c = ln_shape_of(in->dim[1]), scalar = {0};
    p[WEIGHT] = (struct ln_param_spec){"weight", c, LN_F32, a->zero_init ? LN_INIT_ZERO : LN_INIT_ONE};
    p[BIAS] = (struct ln_param_spec){"bias", c, LN_F32, LN_INIT_ZERO};
    p[RUNNING_MEAN] = (struct ln_param_spec){"running_mean", c, LN_F32, LN_INIT_ZERO, .buffer = true};
    p[RUNNING_VAR] = (struct ln_param_spec){"running_var", c, LN_F32, LN_INIT_ONE, .buffer = true};
    p[BATCHES] = (struct ln_param_spec){"num_batches_tracked", scalar, LN_I64, LN_INIT_ZERO, .buffer = true};
    return PARAMS;
}

struct batchnorm {
    struct ln_norm norm;
    int64_t channels, images;
    double eps, momentum;
    bool train; /* by the batch's statistics, else by the running ones */
};

/* In the scratch, behind that of the passes. */
struct work {
    double *mean, *variance; /* forward; backward: sum and dot */
    float *scale, *a, *b, *c;
};

static size_t work_bytes(const struct batchnorm *bn) {
    return (size_t)bn->channels * (2 * sizeof(double) + 4 * sizeof(float));
}

static struct work work_of(const struct batchnorm *bn, void *scratch) {
    double *doubles = (double *)((char *)scratch + bn->norm.scratch);
    float *floats = (float *)(doubles + 2 * bn->channels);
    int64_t c = bn->channels;
    return (struct work){doubles, doubles + c, floats, floats + c, floats + 2 * c, floats + 3 * c};
}

static int prepare_params(struct ln_prep *prep, int64_t channels) {
    struct ln_shape c = ln_shape_of(channels), one = ln_shape_of(1);
    for (int i = 0; i < PARAMS; i++) {
        prep->param[i] = ln_layout_get(prep->dnn, LN_F32, i == BATCHES ? &one : &c, LN_PLAIN);
        if (!prep->param[i]) return LINNET_ERR_LIMIT;
    }
    return LINNET_OK;
}

static int prepare(struct ln_prep *prep) {
    const struct ln_batchnorm_attrs *a = prep->attrs;
    struct batchnorm *bn = prep->state = ln_calloc(1, sizeof *bn);
    struct ln_planes planes;
    if (!bn) return LINNET_ERR_LIMIT;
    if (!ln_planes_of(prep->in[0], &planes)) {
        prep->in[0] = ln_layout_get(prep->dnn, prep->dtype, &prep->in[0]->shape, LN_NCHW16C);
        if (!prep->in[0] || !ln_planes_of(prep->in[0], &planes)) return LINNET_ERR_LIMIT;
    }
    const struct ln_epilogue *e = &prep->epilogue;
    ln_norm_init(&bn->norm, &planes, prep->dtype == LN_BF16, &e->act);
    bn->channels = planes.channels;
    bn->images = prep->in[0]->shape.dim[0];
    bn->eps = a->eps;
    bn->momentum = a->momentum;
    bn->train = prep->train && !prep->fixed;
    prep->out = prep->in[0];
    if (e->add) prep->in[1] = prep->in[0];
    prep->reads_in = true;
    /* Without a sum the backward pass recomputes from the input what the derivative needs. */
    prep->reads_out = e->add && ln_activation_exists(&e->act);
    prep->in_place[0] = prep->in_place[1] = prep->din_in_place = true;
    _Static_assert((int)LN_NORM_DOUTS <= (int)LN_OP_DOUTS, "a step has room for what the passes add up");
    prep->douts = LN_NORM_DOUTS;
    prep->saved = bn->train ? 2 * (size_t)bn->channels * sizeof(float) : 0;
    prep->scratch_forward = prep->scratch_backward = ln_size_align(bn->norm.scratch, 64) + work_bytes(bn);
    prep->impl = "own";
    return prepare_params(prep, bn->channels);
}

static bool slice(void *state, const struct ln_layout *whole, int64_t first) {
    struct batchnorm *bn = state;
    int64_t at;
    return ln_planes_slice(whole, first, bn->channels, &bn->norm.out, &at);
}

/* ---- several ranks ------------------------------------------------------------------------------------- */

/* Numbers per channel of the batch whose statistics are taken. */
static double numbers(const struct batchnorm *bn, const struct ln_args *a) {
    const double own = (double)bn->norm.planes.count;
    return a->ranks.comm ? own / (double)bn->images * (double)a->ranks.total : own;
}

/* Mean and variance of this rank's images -> those of all ranks' images. */
static int merge(const struct batchnorm *bn, const struct ln_args *a, const struct work *w) {
    const int64_t c = bn->channels;
    const float *pivot = a->param[RUNNING_MEAN];
    const double share = (double)a->ranks.count / (double)a->ranks.total;
    for (int64_t i = 0; i < c; i++) {
        const double away = w->mean[i] - (double)pivot[i];
        w->mean[i] = share > 0 ? share * away : 0;
        w->variance[i] = share > 0 ? share * (w->variance[i] + away * away) : 0;
    }
    LN_TRY(ln_comm_sum_f64(a->ranks.comm, w->mean, (size_t)(2 * c))); /* variance lies behind mean */
    for (int64_t i = 0; i < c; i++) {
        w->variance[i] = fmax(w->variance[i] - w->mean[i] * w->mean[i], 0);
        w->mean[i] += (double)pivot[i];
    }
    return LINNET_OK;
}

/* ---- forward ------------------------------------------------------------------------------------------- */

/* running = (1 - momentum) running + momentum batch's. */
static void track(const struct batchnorm *bn, const struct ln_args *a, const struct work *w) {
    double m = numbers(bn, a), keep = 1 - bn->momentum;
    float *mean = a->param[RUNNING_MEAN], *variance = a->param[RUNNING_VAR];
    a->param[BATCHES][0] += 1;
    for (int64_t c = 0; m > 1 && c < bn->channels; c++) {
        float new_mean = (float)(keep * (double)mean[c] + bn->momentum * w->mean[c]);
        float new_variance =
            (float)(keep * (double)variance[c] + bn->momentum * w->variance[c] * m / (m - 1));
        if (!isfinite(new_mean) || !isfinite(new_variance)) continue;
        mean[c] = new_mean;
        variance[c] = new_variance;
    }
}

/* Mean and 1 / sqrt(var + eps) of the batch into saved, [2][c]. */
static int measure(const struct batchnorm *bn, const struct ln_args *a, const struct work *w) {
    float *mean = a->saved, *rstd = mean + bn->channels;
    ln_norm_statistics(&bn->norm, a->in[0], w->mean, w->variance, a->scratch);
    if (a->ranks.comm) LN_TRY(merge(bn, a, w));
    for (int64_t c = 0; c < bn->channels; c++) {
        mean[c] = (float)w->mean[c];
        rstd[c] = (float)(1 / sqrt(w->variance[c] + bn->eps));
    }
    track(bn, a, w);
    return LINNET_OK;
}

/* Writes weight / sqrt(var + eps) of each channel to w->scale and returns the mean, both from the statistics that
 * measure() saved or from the running ones. */
static const float *coefficients(const struct batchnorm *bn, const struct ln_args *a, const struct work *w) {
    const float *mean = bn->train ? a->saved : a->param[RUNNING_MEAN];
    const float *variance = a->param[RUNNING_VAR], *weight = a->param[WEIGHT];
    for (int64_t c = 0; c < bn->channels; c++)
        w->scale[c] = bn->train ? weight[c] * mean[bn->channels + c]
                                : (float)((double)weight[c] / sqrt((double)variance[c] + bn->eps));
    return mean;
}

static int apply(void *state, const struct ln_args *a) {
    const struct batchnorm *bn = state;
    struct work w = work_of(bn, a->scratch);
    const float *mean = coefficients(bn, a, &w);
    ln_norm_apply(&bn->norm,
                  &(struct ln_norm_apply){.mean = mean,
                                          .scale = w.scale,
                                          .shift = a->param[BIAS],
                                          .x = a->in[0],
                                          .other = a->in[1],
                                          .y = a->out},
                  a->scratch);
    return LINNET_OK;
}

static int forward(void *state, const struct ln_args *a) {
    const struct batchnorm *bn = state;
    struct work w = work_of(bn, a->scratch);
    if (bn->train) LN_TRY(measure(bn, a, &w));
    return apply(state, a);
}

/* ---- backward ------------------------------------------------------------------------------------------ */

/* The gradients of weight and bias, from the sums; frozen parameters have none. With several ranks these gradients are
 * summed later, with all others. */
static void derive_params(const struct batchnorm *bn, const struct ln_args *a, const struct work *w) {
    const float *rstd = (const float *)a->saved + bn->channels;
    for (int64_t c = 0; c < bn->channels && a->dparam[WEIGHT]; c++) {
        a->dparam[BIAS][c] = (float)w->mean[c];
        a->dparam[WEIGHT][c] = (float)(w->variance[c] * (double)rstd[c]);
    }
}

/* The coefficients of dx, from the sums. */
static void derive(const struct batchnorm *bn, const struct ln_args *a, const struct work *w) {
    const float *rstd = (const float *)a->saved + bn->channels;
    const double m = numbers(bn, a);
    for (int64_t c = 0; c < bn->channels; c++) {
        double sum = w->mean[c], dot = w->variance[c] * (double)rstd[c];
        double scale = (double)a->param[WEIGHT][c] * (double)rstd[c];
        w->a[c] = (float)scale;
        w->b[c] = (float)(-scale * (double)rstd[c] * dot / m);
        w->c[c] = (float)(-scale * sum / m);
    }
}

/* The coefficients of dx if the statistics do not depend on x. */
static void derive_fixed(const struct batchnorm *bn, const struct work *w) {
    for (int64_t c = 0; c < bn->channels; c++) {
        w->a[c] = w->scale[c];
        w->b[c] = w->c[c] = 0;
    }
}

/* Does the only image here count for nothing? The statistics then do not depend on it. */
static bool is_blank(const struct ln_args *a) {
    return a->ranks.total > 0 && a->ranks.count == 0;
}

static int backward(void *state, const struct ln_args *a) {
    const struct batchnorm *bn = state;
    struct work w = work_of(bn, a->scratch);
    const float *mean = coefficients(bn, a, &w);
    /* The summed gradient before the activation is also the gradient of the other term; without such a term it is
     * kept in the place of dx. A single gradient behind a rectifier need not be kept: propagate masks it again. */
    bool masks = !ln_activation_exists(&bn->norm.act) || bn->norm.act.rectifies;
    bool keep = a->dout_count > 1 || a->out || a->din[1] || !masks;
    void *g = !keep ? NULL : a->din[1] ? a->din[1] : a->din[0];
    struct ln_norm_gradients gradients = {.mean = mean,
                                          .scale = w.scale,
                                          .shift = a->param[BIAS],
                                          .x = a->in[0],
                                          .y = a->out,
                                          .douts = a->dout_count,
                                          .g = g,
                                          .sum = w.mean,
                                          .dot = w.variance};
    for (int i = 0; i < a->dout_count; i++) gradients.dy[i] = a->douts[i];
    ln_norm_gradients(&bn->norm, &gradients, a->scratch);
    if (bn->train) {
        derive_params(bn, a, &w);
        if (a->ranks.comm) LN_TRY(ln_comm_sum_f64(a->ranks.comm, w.mean, (size_t)(2 * bn->channels)));
        derive(bn, a, &w);
    }
    if (!bn->train || is_blank(a)) derive_fixed(bn, &w);
    if (!a->din[0]) return LINNET_OK;
    struct ln_norm_propagate propagate = {.mean = mean,
                                          .scale = w.scale,
                                          .shift = a->param[BIAS],
                                          .a = w.a,
                                          .b = w.b,
                                          .c = w.c,
                                          .x = a->in[0],
                                          .g = g ? g : a->dout,
                                          .mask = bn->norm.act.rectifies && !g,
                                          .g_is_dy = !g,
                                          .dx = a->din[0]};
    ln_norm_propagate(&bn->norm, &propagate, a->scratch);
    return LINNET_OK;
}

/* An activation whose derivative needs its input cannot follow a sum: only one term of the sum can be recomputed. */
static bool fuses(const struct ln_epilogue *e, bool backward) {
    if (e->norm) return false;
    if (!ln_activation_exists(&e->act)) return true;
    return ln_activation_keeps_zero(&e->act) && !(backward && e->add && e->act.by_input);
}

const struct ln_op ln_op_batchnorm = {
    .name = "batchnorm",
    .torch = "BatchNorm2d",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_batchnorm_attrs),
    .inputs = 1,
    .role = LN_ROLE_NORM,
    .fuses = fuses,
    .shape = shape,
    .params = params,
    .prepare = prepare,
    .slice = slice,
    .forward = forward,
    .backward = backward,
    .recompute = apply,
    .destroy = ln_free,
};
