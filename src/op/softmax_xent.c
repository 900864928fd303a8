/* Softmax and cross-entropy, as torch.nn.CrossEntropyLoss with its mean over the batch and its label
 * smoothing:
 *
 *   p[k] = exp(x[k]) / sum over j of exp(x[j])
 *   t[k] = (1 - e) [k is the label] + e / K                  Szegedy et al. (2016), section 7
 *   [k is the label] = s [k is the first] + (1 - s) [k is the second]    of mixed images: Zhang et al. (2018)
 *   loss = mean over rows of - sum over k of t[k] log p[k]
 *   dx[k] = (p[k] - t[k]) / rows
 *
 * With class weights w, as in torch.nn.CrossEntropyLoss(weight=w):
 *
 *   loss = - sum over rows and k of w[k] t[k] log p[k] / sum over rows of w[label]
 *   dx[k] = (p[k] sum over j of w[j] t[j] - w[k] t[k]) / sum over rows of w[label]
 *
 * For a mixed image w[label] is the mean of both labels' weights, by their shares.
 *
 * If the rows are a share of a larger batch (args.ranks), the divisor is that of the whole batch, so that the losses of
 * the shares add up to the loss of the batch.
 *
 * Rows whose label is negative do not count. Shapes: x, dx [n, K], labels [n]; sums are in double. The plan
 * puts this layer behind the network's outputs in training; forward() saves log(sum) of each row for
 * backward().
 */
#include "base/alloc.h"
#include "op/op.h"

#include <math.h>

#define AT(field) offsetof(struct ln_softmax_xent_attrs, field)
static const struct ln_attr attrs[] = {
    {"smoothing", LN_ATTR_REAL, AT(smoothing), 0, 0, 1},
    {NULL},
};

struct xent {
    int64_t n, k;
    double smoothing;
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    if (in->rank != 2)
        return ln_fail(LINNET_ERR_USAGE, "op-rank", "%s: needs logits of 2 dimensions, got %d", name,
                       in->rank);
    *out = ln_shape_of(1);
    return LINNET_OK;
}

static int prepare(struct ln_prep *prep) {
    const struct ln_softmax_xent_attrs *a = prep->attrs;
    struct xent *x = ln_alloc(sizeof *x);
    if (!x) return LINNET_ERR_LIMIT;
    prep->state = x;
    struct ln_shape logits = prep->in[0]->shape;
    prep->in[0] = ln_layout_get(prep->dnn, LN_F32, &logits, LN_PLAIN);
    prep->out = ln_layout_get(prep->dnn, LN_F32, &prep->out_shape, LN_PLAIN);
    if (!prep->in[0] || !prep->out) return LINNET_ERR_LIMIT;
    *x = (struct xent){logits.dim[0], (int64_t)(prep->in[0]->bytes / sizeof(float)) / logits.dim[0],
                       a->smoothing};
    prep->saved = (size_t)x->n * sizeof(double);
    prep->reads_in = true;
    prep->impl = "own";
    return LINNET_OK;
}

/* log of the sum of exponentials, without overflow. */
static double log_sum_exp(const float *x, int64_t k) {
    double top = x[0], sum = 0;
    for (int64_t i = 1; i < k; i++) top = x[i] > top || x[i] != x[i] ? x[i] : top;
    for (int64_t i = 0; i < k; i++) sum += exp((double)x[i] - top);
    return top + log(sum);
}

/* The logit of the label, or the mean of both labels' logits, by their shares. */
static double label_logit(const struct ln_args *a, int64_t i, const float *row) {
    double first = row[a->labels[i]];
    return a->other ? a->share * first + (1.0 - a->share) * row[a->other[i]] : first;
}

/* The share of class j in the labels of row i. */
static double label_share(const struct ln_args *a, int64_t i, int64_t j) {
    double first = j == a->labels[i];
    return a->other ? a->share * first + (1.0 - a->share) * (j == a->other[i]) : first;
}

/* ---- with class weights ----------------------------------------------------------------------------------- */

/* w[k] t[k] of row i. */
static double weighted_target(const struct xent *x, const struct ln_args *a, int64_t i, int64_t k) {
    return a->class_weights[k] * ((1 - x->smoothing) * label_share(a, i, k) + x->smoothing / (double)x->k);
}

/* The sum over rows of w[label]; 0 if no row counts. */
static double weight_of_rows(const struct xent *x, const struct ln_args *a) {
    double total = 0;
    if (a->ranks.weight > 0) return a->ranks.weight;
    for (int64_t i = 0; i < x->n; i++) {
        if (a->labels[i] < 0) continue;
        const double first = a->class_weights[a->labels[i]];
        total += a->other ? a->share * first + (1.0 - a->share) * a->class_weights[a->other[i]] : first;
    }
    return total;
}

static int forward_weighted(const struct xent *x, const struct ln_args *a) {
    double *log_sum = a->saved, total = 0;
    const double rows = weight_of_rows(x, a);
    for (int64_t i = 0; i < x->n; i++) {
        if (a->labels[i] < 0) continue;
        const float *row = (const float *)a->in[0] + i * x->k;
        log_sum[i] = log_sum_exp(row, x->k);
        for (int64_t k = 0; k < x->k; k++) total += weighted_target(x, a, i, k) * (log_sum[i] - row[k]);
    }
    if (rows > 0) *a->loss += a->scale * total / rows;
    return LINNET_OK;
}

static int backward_weighted(const struct xent *x, const struct ln_args *a) {
    const double *log_sum = a->saved, rows = weight_of_rows(x, a), each = rows > 0 ? a->scale / rows : 0;
    for (int64_t i = 0; i < x->n; i++) {
        const float *row = (const float *)a->in[0] + i * x->k;
        float *dx = (float *)a->din[0] + i * x->k;
        const bool counts = a->labels[i] >= 0;
        double all = 0;
        for (int64_t k = 0; k < x->k && counts; k++) all += weighted_target(x, a, i, k);
        for (int64_t k = 0; k < x->k; k++)
            dx[k] =
                counts
                    ? (float)((exp((double)row[k] - log_sum[i]) * all - weighted_target(x, a, i, k)) * each)
                    : 0;
    }
    return LINNET_OK;
}

/* ---- the layer -------------------------------------------------------------------------------------------- */

static double divisor(const struct ln_args *a, int64_t rows) {
    return a->ranks.weight > 0 ? a->ranks.weight : (double)rows;
}

static int forward(void *state, const struct ln_args *a) {
    const struct xent *x = state;
    if (a->class_weights) return forward_weighted(x, a);
    double *log_sum = a->saved, total = 0;
    int64_t rows = 0;
    for (int64_t i = 0; i < x->n; i++) {
        if (a->labels[i] < 0) continue;
        const float *row = (const float *)a->in[0] + i * x->k;
        double mean = 0;
        log_sum[i] = log_sum_exp(row, x->k);
        for (int64_t j = 0; j < x->k && x->smoothing > 0; j++) mean += row[j] / (double)x->k;
        total += log_sum[i] - (1 - x->smoothing) * label_logit(a, i, row) - x->smoothing * mean;
        rows++;
    }
    if (rows > 0) *a->loss += a->scale * total / divisor(a, rows);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct xent *x = state;
    if (a->class_weights) return backward_weighted(x, a);
    const double *log_sum = a->saved;
    int64_t rows = 0;
    for (int64_t i = 0; i < x->n; i++) rows += a->labels[i] >= 0;
    double each = rows ? a->scale / divisor(a, rows) : 0;
    for (int64_t i = 0; i < x->n; i++) {
        const float *row = (const float *)a->in[0] + i * x->k;
        float *dx = (float *)a->din[0] + i * x->k;
        for (int64_t j = 0; j < x->k; j++) {
            double p = a->labels[i] < 0 ? 0 : exp((double)row[j] - log_sum[i]);
            double t = a->labels[i] < 0
                           ? 0
                           : (1 - x->smoothing) * label_share(a, i, j) + x->smoothing / (double)x->k;
            dx[j] = (float)((p - t) * each);
        }
    }
    return LINNET_OK;
}

const struct ln_op ln_op_softmax_xent = {
    .name = "softmax_xent",
    .torch = "CrossEntropyLoss",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_softmax_xent_attrs),
    .inputs = 1,
    .role = LN_ROLE_LOSS,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
