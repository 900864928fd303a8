#include "op/op_test.h"
#include "base/alloc.h"
#include "base/rng.h"
#include "dnn/dnn.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Limits of the error, relative to the sum of the terms' absolute values. fp32: rounding in a sum of a few thousand products;
 * oneDNN's Winograd, F(4x4, 3x3), adds numbers several times as large, which cancel. bf16: results of eight bits, stored once or
 * twice between input and output; the inputs themselves are exact in bf16. */
static const double tolerance = 2e-6, tolerance_winograd = 4e-6, tolerance_bf16 = 0x1p-7;

/* ---- the network --------------------------------------------------------------------------------------- */

void op_fill(float *data, size_t count, uint32_t stream) {
    struct ln_rng rng;
    ln_rng_init(&rng, 17, LN_RNG_DATA, 0, stream);
    for (size_t i = 0; i < count; i++) data[i] = 2 * ln_rng_float(&rng) - 1;
}

struct ln_net *op_net(const struct ln_op *op, bool flat, const struct op_case *c, bool front) {
    struct ln_net *net = ln_net_create(c->in[1], c->in[2], c->in[3]);
    assert_non_null(net);
    struct ln_value x = ln_input(net);
    if (front) x = ln_layer(net, conv, "front", x, .out = c->in[1], .kernel = {1}, .no_bias = true);
    if (flat) x = ln_layer(net, flatten, "before", x);
    x = ln_net_add(net, op, "layer", c->attrs, &x, 1);
    if (net->nodes[x.id].out.rank == 4) x = ln_layer(net, flatten, "after", x);
    ln_output(net, x);
    return net;
}

static const struct ln_node *layer_of(const struct ln_net *net) {
    for (size_t i = 0; i < net->count; i++)
        if (strcmp(net->nodes[i].name, "layer") == 0) return &net->nodes[i];
    return NULL;
}

void op_front_set(struct ln_plan *plan) {
    const struct ln_net *net = ln_plan_net(plan);
    if (net->count < 2 || strcmp(net->nodes[1].name, "front") != 0) return;
    int64_t c = net->params[0].spec.shape.dim[0];
    float *identity = calloc((size_t)(c * c), sizeof *identity);
    assert_non_null(identity);
    for (int64_t i = 0; i < c; i++) identity[i * c + i] = 1;
    assert_int_equal(ln_plan_set_param(plan, 0, identity), LINNET_OK);
    free(identity);
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

/* Inputs: x, dy and the parameters p. Outputs: y, dx and dp, the parameters' gradients; a buffer has no
 * gradient, so its dp is its value after the step. */
struct numbers {
    enum ln_dtype dtype; /* of the plan's activations */
    size_t in, out, param[LN_OP_PARAMS];
    int params;
    bool buffer[LN_OP_PARAMS];
    float *x, *dy, *p[LN_OP_PARAMS];
    float *y, *dx, *dp[LN_OP_PARAMS];
};

static float *floats(size_t count) {
    float *data = calloc(count + 1, sizeof *data);
    assert_non_null(data);
    return data;
}

static size_t count_of(const struct ln_shape *shape) {
    size_t count = 0;
    assert_true(ln_shape_count(shape, &count));
    return count;
}

/* op_fill, rounded to the type. */
static void fill(float *data, size_t count, uint32_t stream, enum ln_dtype dtype) {
    op_fill(data, count, stream);
    for (size_t i = 0; i < count && dtype == LN_BF16; i++) data[i] = ln_bf16_value(ln_bf16_of(data[i]));
}

static void numbers_init(struct numbers *v, const struct ln_net *net, int batch, enum ln_dtype dtype) {
    const struct ln_node *layer = layer_of(net);
    *v = (struct numbers){.dtype = dtype,
                          .in = count_of(&net->nodes[0].out) * (size_t)batch,
                          .out = count_of(&layer->out) * (size_t)batch,
                          .params = layer->params};
    v->x = floats(v->in);
    v->dx = floats(v->in);
    v->y = floats(v->out);
    v->dy = floats(v->out);
    fill(v->x, v->in, 1, dtype);
    fill(v->dy, v->out, 2, dtype);
    for (int i = 0; i < v->params; i++) {
        v->param[i] = ln_net_param_size(net, (size_t)(layer->first_param + i));
        v->buffer[i] = net->params[layer->first_param + i].spec.buffer;
        v->p[i] = floats(v->param[i]);
        v->dp[i] = floats(v->param[i]);
        fill(v->p[i], v->param[i], (uint32_t)(3 + i), dtype);
    }
}

static void numbers_fini(struct numbers *v) {
    free(v->x);
    free(v->dx);
    free(v->y);
    free(v->dy);
    for (int i = 0; i < v->params; i++) {
        free(v->p[i]);
        free(v->dp[i]);
    }
}

static void expect_ok(int status, const char *label) {
    if (status != LINNET_OK) fail_msg("%s: %s", label, ln_error_line());
}

/* Runs one step and stores its results in v. A step must not allocate. */
static void run(const struct ln_net *net, struct numbers *v, int batch, bool poison, const char *label) {
    struct ln_plan *plan = NULL;
    int first = layer_of(net)->first_param;
    expect_ok(ln_plan_create(&plan, net,
                             &(struct ln_plan_opts){.batch = batch,
                                                    .train = true,
                                                    .dtype = v->dtype,
                                                    .no_loss = true,
                                                    .input_grad = true,
                                                    .poison = poison}),
              label);
    op_front_set(plan);
    for (int i = 0; i < v->params; i++)
        expect_ok(ln_plan_set_param(plan, (size_t)(first + i), v->p[i]), label);
    uint64_t allocations = ln_alloc_count();
    expect_ok(ln_plan_forward(plan, v->x, NULL, 0), label);
    memcpy(v->y, ln_plan_logits(plan), v->out * sizeof(float));
    memcpy(ln_plan_dout(plan), v->dy, v->out * sizeof(float));
    expect_ok(ln_plan_backward(plan), label);
    assert_int_equal(ln_alloc_count(), allocations);
    memcpy(v->dx, ln_plan_din(plan), v->in * sizeof(float));
    for (int i = 0; i < v->params; i++)
        expect_ok(v->buffer[i] ? ln_plan_get_param(plan, (size_t)(first + i), v->dp[i])
                               : ln_plan_get_grad(plan, (size_t)(first + i), v->dp[i]),
                  label);
    ln_plan_destroy(plan);
}

/* ---- the formulas -------------------------------------------------------------------------------------- */

/* The same numbers in double precision, for the reference. */
struct formulas {
    struct op_problem problem;
    double *x, *dy, *p[LN_OP_PARAMS], *y, *dx, *dp[LN_OP_PARAMS];
};

static double *doubles(const float *from, size_t count, bool sizes) {
    double *data = calloc(count + 1, sizeof *data);
    assert_non_null(data);
    for (size_t i = 0; from && i < count; i++) data[i] = sizes ? fabs((double)from[i]) : (double)from[i];
    return data;
}

static void evaluate(const struct op_reference *r, struct formulas *f) {
    r->forward(&f->problem, f->y);
    r->backward(&f->problem, f->dy, f->dx, f->dp);
}

/* sizes: evaluates the formulas on absolute values, which gives the sum of the terms' absolute values. */
static void formulas_init(struct formulas *f, const struct op_reference *r, const struct ln_net *net,
                          const struct numbers *v, int batch, bool sizes) {
    const struct ln_node *layer = layer_of(net);
    *f = (struct formulas){
        .problem = {
            .in = net->nodes[layer->in[0]].out, .out = layer->out, .count = v->out, .attrs = layer->attrs}};
    f->problem.in.dim[0] = f->problem.out.dim[0] = batch;
    f->problem.x = f->x = doubles(v->x, v->in, sizes);
    f->dy = doubles(v->dy, v->out, sizes);
    f->y = doubles(NULL, v->out, false);
    f->dx = doubles(NULL, v->in, false);
    for (int i = 0; i < v->params; i++) {
        f->problem.param[i] = f->p[i] = doubles(v->p[i], v->param[i], sizes);
        f->dp[i] = doubles(NULL, v->param[i], false);
    }
    evaluate(r, f);
}

static void formulas_fini(struct formulas *f) {
    free(f->x);
    free(f->dy);
    free(f->y);
    free(f->dx);
    for (int i = 0; i < LN_OP_PARAMS; i++) {
        free(f->p[i]);
        free(f->dp[i]);
    }
}

/* The sum of y * dy, whose gradients backward() must return. */
static double objective(const struct op_reference *r, struct formulas *f, size_t out) {
    double sum = 0;
    r->forward(&f->problem, f->y);
    for (size_t i = 0; i < out; i++) sum += f->y[i] * f->dy[i];
    return sum;
}

/* Central differences at up to six places of `at` against the reference's gradient there. */
static void differences_check(const struct op_reference *r, struct formulas *f, size_t out, double *at,
                              const double *gradient, size_t count, const char *label) {
    const double h = 1e-5;
    size_t step = count / 6 + 1;
    for (size_t i = 0; i < count; i += step) {
        double kept = at[i], up, down;
        at[i] = kept + h;
        up = objective(r, f, out);
        at[i] = kept - h;
        down = objective(r, f, out);
        at[i] = kept;
        double slope = (up - down) / (2 * h);
        if (!(fabs(slope - gradient[i]) <= 1e-6 * (1 + fabs(slope) + fabs(up))))
            fail_msg("%s: slope %.9g, the reference's gradient %.9g at %zu", label, slope, gradient[i], i);
    }
}

static void reference_check(const struct op_reference *r, struct formulas *f, const struct numbers *v,
                            const char *label) {
    differences_check(r, f, v->out, f->x, f->dx, v->in, label);
    for (int i = 0; i < v->params; i++)
        if (!v->buffer[i]) differences_check(r, f, v->out, f->p[i], f->dp[i], v->param[i], label);
    evaluate(r, f);
}

/* ---- comparing ----------------------------------------------------------------------------------------- */

static double largest_of(const double *x, size_t count) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(x[i]));
    return largest;
}

/* size: the scale of each number's error; NULL: the largest number is the scale of all. Minimal filtering (bf16, and oneDNN's
 * Winograd) rounds sums that neighbouring numbers share, so a number at the edge, a sum of few terms, may have an error as
 * large as its neighbours': hence `least`. */
static void near_check(const float *got, const double *want, const double *size, size_t count, double within,
                       const char *what, const char *label) {
    double largest = largest_of(size ? size : want, count), least = within > tolerance ? largest / 2 : 0;
    for (size_t i = 0; i < count; i++) {
        double scale = size ? fmax(size[i], least) : largest;
        if (!(fabs((double)got[i] - want[i]) <= within * scale))
            fail_msg("%s: %s[%zu] is %.9g, the formula says %.9g (size %.3g)", label, what, i, (double)got[i],
                     want[i], scale);
    }
}

static void formulas_check(const struct numbers *v, const struct formulas *f, const struct formulas *size,
                           const char *label) {
    static const char *const names[] = {"dparam 0", "dparam 1", "dparam 2", "dparam 3", "dparam 4"};
    double within = v->dtype == LN_BF16     ? tolerance_bf16
                    : ln_dnn_has_winograd() ? tolerance_winograd
                                            : tolerance;
    near_check(v->y, f->y, size ? size->y : NULL, v->out, within, "y", label);
    near_check(v->dx, f->dx, size ? size->dx : NULL, v->in, within, "dx", label);
    for (int i = 0; i < v->params; i++)
        near_check(v->dp[i], f->dp[i], size ? size->dp[i] : NULL, v->param[i], within, names[i], label);
}

static void same_floats(const float *a, const float *b, size_t count, const char *what, const char *label) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            fail_msg("%s: %s[%zu] is %.9g, then %.9g", label, what, i, (double)a[i], (double)b[i]);
}

static void same_bits(const struct numbers *a, const struct numbers *b, const char *label) {
    same_floats(a->y, b->y, a->out, "y", label);
    same_floats(a->dx, b->dx, a->in, "dx", label);
    for (int i = 0; i < a->params; i++) same_floats(a->dp[i], b->dp[i], a->param[i], "dparam", label);
}

/* ---- one case ------------------------------------------------------------------------------------------ */

/* Checks that print -> parse -> print gives the same text, and returns the parsed network. */
static struct ln_net *reparse(const struct ln_net *net, const char *label) {
    char *text, *again;
    struct ln_net *parsed;
    expect_ok(ln_net_print(net, &text), label);
    expect_ok(ln_net_parse(text, &parsed), label);
    expect_ok(ln_net_print(parsed, &again), label);
    assert_string_equal(text, again);
    ln_free(text);
    ln_free(again);
    return parsed;
}

static void threads_check(const struct op_reference *r, const struct ln_net *net, int batch, int threads,
                          struct numbers *v, const char *label) {
    struct formulas exact, size;
    struct numbers again;
    omp_set_num_threads(threads);
    run(net, v, batch, false, label);
    formulas_init(&exact, r, net, v, batch, false);
    formulas_init(&size, r, net, v, batch, true);
    if (threads == 1 && v->dtype == LN_F32 && strcmp(net->nodes[1].name, "front") != 0)
        reference_check(r, &exact, v, label);
    formulas_check(v, &exact, r->sums ? &size : NULL, label);
    numbers_init(&again, net, batch, v->dtype);
    run(net, &again, batch, true, label);
    same_bits(v, &again, label);
    numbers_fini(&again);
    formulas_fini(&exact);
    formulas_fini(&size);
}

/* With more threads oneDNN may sum over the batch in another order. All other results must be equal to the
 * bit. */
static void front_check(const struct op_reference *r, const struct op_case *c, bool front,
                        enum ln_dtype dtype, const char *label) {
    struct ln_net *net = op_net(r->op, r->flat, c, front), *parsed;
    struct numbers one, two, text;
    expect_ok(ln_net_finish(net), label);
    numbers_init(&one, net, c->in[0], dtype);
    numbers_init(&two, net, c->in[0], dtype);
    numbers_init(&text, net, c->in[0], dtype);
    threads_check(r, net, c->in[0], 1, &one, label);
    threads_check(r, net, c->in[0], 2, &two, label);
    if (!r->sums || one.params == 0) same_bits(&one, &two, label);
    parsed = reparse(net, label);
    run(parsed, &text, c->in[0], false, label);
    same_bits(&two, &text, label);
    ln_net_destroy(parsed);
    ln_net_destroy(net);
    numbers_fini(&one);
    numbers_fini(&two);
    numbers_fini(&text);
}

void op_check(const struct op_reference *reference, const struct op_case *cases, size_t count) {
    int64_t live = ln_alloc_live();
    if (!ln_dnn_has_bf16()) print_message("skipped: bf16, this processor has no instructions for it\n");
    for (size_t i = 0; i < count; i++) {
        const int *in = cases[i].in;
        for (int front = 0; front < 4; front++) {
            enum ln_dtype dtype = front & 2 ? LN_BF16 : LN_F32;
            char label[128];
            if (dtype == LN_BF16 && !ln_dnn_has_bf16()) continue;
            snprintf(label, sizeof label, "%s, case %zu [%d, %d, %d, %d] in %s%s", reference->op->name, i,
                     in[0], in[1], in[2], in[3], ln_dtype_name(dtype),
                     front & 1 ? " behind a convolution" : "");
            front_check(reference, &cases[i], front & 1, dtype, label);
        }
    }
    assert_int_equal(ln_alloc_live(), live);
}

/* ---- refusals and facts -------------------------------------------------------------------------------- */

void op_refuse(const struct ln_op *op, bool flat, const struct op_refusal *refusals, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct op_refusal *r = &refusals[i];
        struct op_case c = {{r->in[0], r->in[1], r->in[2], r->in[3]}, r->attrs};
        struct ln_net *net = op_net(op, flat, &c, false);
        int status = ln_net_finish(net);
        if (status != LINNET_ERR_USAGE || strcmp(ln_error_get()->code, r->code) != 0 ||
            !strstr(ln_error_get()->text, r->part) || !strstr(ln_error_get()->text, "layer"))
            fail_msg("refusal %zu: status %d, '%s', not [%s] with '%s'", i, status, ln_error_line(), r->code,
                     r->part);
        ln_error_clear();
        ln_net_destroy(net);
    }
}

static void facts_check(const struct ln_op *op, bool flat, const struct op_facts *f) {
    struct op_case c = {{f->in[0], f->in[1], f->in[2], f->in[3]}, f->attrs};
    struct ln_net *net = op_net(op, flat, &c, false);
    char *text, line[160];
    expect_ok(ln_net_finish(net), f->line);
    const struct ln_node *layer = layer_of(net);
    expect_ok(ln_net_print(net, &text), f->line);
    snprintf(line, sizeof line, "\n%s\n", f->line);
    if (!strstr(text, line)) fail_msg("'%s' is not in '%s'", f->line, text);
    for (int i = 1; i < layer->out.rank; i++) assert_int_equal(layer->out.dim[i], f->out[i - 1]);
    assert_int_equal(ln_net_parameters(net), f->parameters);
    assert_int_equal(ln_net_node_macs(net, (size_t)(layer - net->nodes)), f->macs);
    ln_free(text);
    ln_net_destroy(net);
}

void op_facts_check(const struct ln_op *op, bool flat, const struct op_facts *facts, size_t count) {
    for (size_t i = 0; i < count; i++) facts_check(op, flat, &facts[i]);
}
