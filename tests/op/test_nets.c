/* Whole networks against the formulas, evaluated layer by layer in double precision. Fusion, passes in place,
 * other layouts and summed gradients must not change the results.
 */
#include "base/alloc.h"
#include "op/op_formulas.h"
#include "op/op_joins.h"
#include "ref/ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const nets[] = {
    /* ReLUs that the layer before applies and the pooling after masks; a linear layer behind a blocked
       layout */
    "input 1x20x20\n"
    "c1 = conv(input) out=16 kernel=5\nr1 = relu(c1)\np1 = maxpool(r1) kernel=2\n"
    "c2 = conv(p1) out=32 kernel=3\nr2 = relu(c2)\np2 = maxpool(r2) kernel=2\n"
    "f = flatten(p2)\nl1 = linear(f) out=24\nr3 = relu(l1)\nl2 = linear(r3) out=10\noutput l2\n",
    /* partly filled blocks of channels; a kernel that covers its input */
    "input 1x20x20\n"
    "c1 = conv(input) out=6 kernel=5\nt1 = tanh(c1)\ns1 = avgpool(t1) kernel=2\n"
    "c2 = conv(s1) out=17 kernel=5\nt2 = tanh(c2)\ns2 = avgpool(t2) kernel=2\n"
    "c3 = conv(s2) out=33 kernel=2\nt3 = tanh(c3)\nf = flatten(t3)\nl = linear(f) out=5\noutput l\n",
    /* consecutive layers whose backward pass needs their output: none may overwrite another's */
    "input 3x8x8\n"
    "r0 = relu(input)\nt0 = tanh(r0)\nc1 = conv(t0) out=17 kernel=3\nt1 = tanh(c1)\nt2 = tanh(t1)\nr2 = "
    "relu(t2)\n"
    "t3 = tanh(r2)\np = avgpool(t3) kernel=2\nt4 = tanh(p)\nt5 = tanh(t4)\nf = flatten(t5)\nt6 = tanh(f)\n"
    "l1 = linear(t6) out=9\nr7 = relu(l1)\nt7 = tanh(r7)\nl2 = linear(t7) out=4\noutput l2\n",
    /* ReLUs that no other layer applies, and one that two poolings mask */
    "input 4x12x12\n"
    "c1 = conv(input) out=8 kernel=3 padding=1\nr1 = relu(c1)\nr2 = relu(r1)\np1 = maxpool(r2) kernel=3 "
    "stride=2\n"
    "r3 = relu(p1)\np2 = maxpool(r3) kernel=2 stride=1\nc2 = conv(p2) out=12 kernel=3 groups=4\nr4 = "
    "relu(c2)\n"
    "f1 = flatten(r4)\na1 = linear(f1) out=6\nq1 = maxpool(r3) kernel=5\nf2 = flatten(q1)\na2 = linear(f2) "
    "out=6\n"
    "output a1\naux 0.5 a2\n",
    /* values with several readers: the input, a convolution, a pooling, a flatten, an output */
    "input 2x10x10\n"
    "c1 = conv(input) out=17 kernel=3\nr1 = relu(c1)\nt1 = tanh(c1)\np1 = maxpool(r1) kernel=2\n"
    "f1 = flatten(p1)\na1 = linear(f1) out=5\nc2 = conv(p1) out=16 kernel=3\nf2 = flatten(c2)\na2 = "
    "linear(f2) out=5\n"
    "q1 = avgpool(t1) kernel=4\nf3 = flatten(q1)\na3 = linear(f3) out=5\nt4 = tanh(a1)\nt5 = tanh(t4)\n"
    "g = avgpool(input) kernel=5\nf6 = flatten(g)\na6 = linear(f6) out=5\n"
    "output a2\naux 0.25 a1\naux 2 t5\naux 0.5 a6\n",
    /* pooling to one pixel, after and before blocked layouts */
    "input 3x9x9\n"
    "c1 = conv(input) out=33 kernel=3\nr1 = relu(c1)\np1 = avgpool(r1) kernel=7\nf1 = flatten(p1)\n"
    "l1 = linear(f1) out=6\nc2 = conv(r1) out=5 kernel=3\np2 = maxpool(c2) kernel=5\nc3 = conv(p2) out=9 "
    "kernel=1\n"
    "t3 = tanh(c3)\nf3 = flatten(t3)\nl3 = linear(f3) out=6\noutput l1\naux 1 l3\n",
    /* local response normalisation, the parameter-free shortcut and adaptive pooling between blocked layouts */
    "input 3x13x11\n"
    "c1 = conv(input) out=24 kernel=3\nr1 = relu(c1)\nn1 = lrn(r1) size=5 alpha=0.5 k=2\n"
    "p1 = maxpool(n1) kernel=3 stride=2 ceil\ns1 = pad_shortcut(p1) out=40 stride=2\nc2 = conv(s1) out=20 "
    "kernel=1\n"
    "r2 = relu(c2)\na1 = adaptive_avgpool(r2) out=2\nf = flatten(a1)\nl1 = linear(f) out=6\n"
    "g = adaptive_avgpool(r1) out=1\nf2 = flatten(g)\nl2 = linear(f2) out=6\noutput l1\naux 0.5 l2\n",
    /* the output's own gradient passes in place; strides and padding in between */
    "input 3x15x13\n"
    "c1 = conv(input) out=24 kernel=5x3 stride=2 padding=2x1\nt1 = tanh(c1)\n"
    "p1 = avgpool(t1) kernel=3 stride=2 padding=1 ceil exclude_pad\nc2 = conv(p1) out=7 kernel=3 padding=1 "
    "no_bias\n"
    "r2 = relu(c2)\nf = flatten(r2)\nl = linear(f) out=8 no_bias\nt = tanh(l)\noutput t\n",
    /* residual blocks: with the identity, with a projection, without the last ReLU (their convolutions have no
       bias: before a batch normalisation its gradient would be zero but for rounding) */
    "input 3x12x12\n"
    "c1 = conv(input) out=16 kernel=3 padding=1 no_bias\nb1 = batchnorm(c1)\nr1 = relu(b1)\n"
    "p1 = maxpool(r1) kernel=3 stride=2 padding=1\n"
    "c2 = conv(p1) out=16 kernel=3 padding=1 no_bias\nb2 = batchnorm(c2)\nr2 = relu(b2)\n"
    "c3 = conv(r2) out=16 kernel=3 padding=1 no_bias\nb3 = batchnorm(c3)\ns3 = add(b3 p1)\nr3 = relu(s3)\n"
    "c4 = conv(r3) out=32 kernel=3 stride=2 padding=1 no_bias\nb4 = batchnorm(c4) eps=0.001\nr4 = relu(b4)\n"
    "c5 = conv(r4) out=32 kernel=3 padding=1 no_bias\nb5 = batchnorm(c5) momentum=0.3\n"
    "c6 = conv(r3) out=32 kernel=1 stride=2 no_bias\nb6 = batchnorm(c6)\ns6 = add(b5 b6)\nr6 = relu(s6)\n"
    "c7 = conv(r6) out=32 kernel=1 no_bias\nb7 = batchnorm(c7)\ns7 = add(r6 b7)\n"
    "g = maxpool(s7) kernel=2\nf = flatten(g)\nl = linear(f) out=7\noutput l\n",
    /* sums of sums, of a value with itself, of four, of different layouts; batch normalisation of the input, of
       partly filled blocks, without a ReLU, with several readers */
    "input 5x9x7\n"
    "b0 = batchnorm(input)\nc1 = conv(b0) out=20 kernel=3 padding=1\nb1 = batchnorm(c1)\ns1 = add(b1 b1)\n"
    "c2 = conv(s1) out=20 kernel=3 padding=1 no_bias\nb2 = batchnorm(c2)\nt2 = tanh(b2)\ns2 = add(b2 s1 t2 "
    "c1)\n"
    "c3 = conv(s2) out=5 kernel=1\ns3 = add(input c3)\ns4 = add(s3 b0)\nr4 = relu(s4)\n"
    "f = flatten(r4)\nl = linear(f) out=6\nf2 = flatten(s2)\nl2 = linear(f2) out=6\noutput l\naux 0.3 l2\n",
    /* an Inception block: four branches of whole blocks of channels; then partly filled blocks */
    "input 3x10x10\n"
    "c0 = conv(input) out=16 kernel=3 no_bias\nb0 = batchnorm(c0) eps=0.01\nr0 = relu(b0)\n"
    "c1 = conv(r0) out=16 kernel=1 no_bias\nb1 = batchnorm(c1)\nr1 = relu(b1)\n"
    "c2 = conv(r0) out=8 kernel=1\nr2 = relu(c2)\nc3 = conv(r2) out=32 kernel=3 padding=1\nr3 = relu(c3)\n"
    "p4 = maxpool(r0) kernel=3 stride=1 padding=1\nc4 = conv(p4) out=16 kernel=1\nr4 = relu(c4)\n"
    "j = concat(r1 r3 r4 r0)\nc5 = conv(j) out=20 kernel=1 no_bias\nb5 = batchnorm(c5)\nr5 = relu(b5)\n"
    "c6 = conv(j) out=6 kernel=3 padding=1\nr6 = relu(c6)\nj2 = concat(r5 r6 j)\np7 = maxpool(j2) kernel=2\n"
    "f = flatten(p7)\nl = linear(f) out=9\noutput l\n",
    /* activations whose derivative needs their input (silu) or is zero above a limit (relu6): behind
       convolutions, a pooling, a linear layer, twice in a row, with several readers */
    "input 3x12x12\n"
    "c1 = conv(input) out=17 kernel=3\na1 = silu(c1)\np1 = maxpool(a1) kernel=2\nc2 = conv(p1) out=16 "
    "kernel=3\n"
    "a2 = relu6(c2)\na3 = silu(a2)\np3 = maxpool(a2) kernel=3\nf = flatten(a3)\nl1 = linear(f) out=9\n"
    "a4 = silu(l1)\nl2 = linear(a4) out=5\nf3 = flatten(p3)\na5 = relu6(f3)\na6 = relu6(a5)\n"
    "l3 = linear(a6) out=5\noutput l2\naux 0.5 l3\n",
    /* these activations behind normalisations and sums */
    "input 3x10x10\n"
    "c1 = conv(input) out=16 kernel=3 no_bias\nb1 = batchnorm(c1)\na1 = silu(b1)\n"
    "c2 = conv(a1) out=16 kernel=3 padding=1 no_bias\nb2 = batchnorm(c2)\ns2 = add(b2 a1)\na2 = relu6(s2)\n"
    "c3 = conv(a2) out=16 kernel=1 no_bias\nb3 = batchnorm(c3)\ns3 = add(a2 b3)\na3 = silu(s3)\n"
    "c4 = conv(a3) out=11 kernel=3 no_bias\nb4 = batchnorm(c4)\na4 = relu6(b4)\n"
    "c5 = conv(a3) out=6 kernel=3 no_bias\nb5 = batchnorm(c5)\na5 = tanh(b5)\nj = concat(a4 a5)\n"
    "f = flatten(j)\nl = linear(f) out=5\noutput l\n",
    /* concatenation of plain values, of one, of the same twice, straight into a flatten */
    "input 2x5x6\n"
    "t = tanh(input)\nj1 = concat(t input t)\nj2 = concat(j1)\nc = conv(j2) out=3 kernel=2\n"
    "b = batchnorm(c)\nj3 = concat(b c)\nr = relu(j3)\nf = flatten(r)\nl = linear(f) out=4\noutput l\n",
};

/* Networks that need several images: where a map is a single pixel, one image has no variance. */
static const char *const nets_of_many[] = {
    /* every way to convolve, before a normalisation, a sum and a ReLU: rows of five taps, few channels,
       groups, a kernel that covers its input */
    "input 3x16x16\n"
    "c1 = conv(input) out=16 kernel=5 padding=2 no_bias\nb1 = batchnorm(c1)\nr1 = relu(b1)\n"
    "c2 = conv(r1) out=16 kernel=5 padding=2 no_bias\nb2 = batchnorm(c2)\ns2 = add(r1 b2)\nr2 = relu(s2)\n"
    "c3 = conv(r2) out=6 kernel=3 no_bias\nb3 = batchnorm(c3)\nr3 = relu(b3)\n"
    "c4 = conv(r3) out=6 kernel=3 no_bias\nb4 = batchnorm(c4)\np4 = maxpool(r3) kernel=3 stride=1\n"
    "s4 = add(b4 p4)\nr4 = relu(s4)\n"
    "c5 = conv(r4) out=24 kernel=3 padding=1 groups=3 no_bias\nb5 = batchnorm(c5)\nr5 = relu(b5)\n"
    "c6 = conv(r5) out=20 kernel=12 no_bias\nb6 = batchnorm(c6)\np6 = maxpool(r5) kernel=12\n"
    "c7 = conv(p6) out=20 kernel=1\ns6 = add(b6 c7)\nr6 = relu(s6)\n"
    "c8 = conv(r6) out=32 kernel=1\nr8 = relu(c8)\nf = flatten(r8)\nl = linear(f) out=5\noutput l\n",
    /* slices of a plain concatenation, and of one in blocks of the batch */
    "input 3x9x9\n"
    "b1 = batchnorm(input)\nr1 = relu(b1)\nb2 = batchnorm(input)\nj1 = concat(r1 input b2)\n"
    "c3 = conv(j1) out=6 kernel=3\nt3 = tanh(c3)\nb3 = batchnorm(t3)\nb4 = batchnorm(t3)\nr4 = relu(b4)\n"
    "j2 = concat(b3 r4)\nc5 = conv(j2) out=7 kernel=3\nr5 = relu(c5)\np6 = maxpool(j2) kernel=3 stride=1\n"
    "f5 = flatten(r5)\nf6 = flatten(p6)\nl5 = linear(f5) out=4\nl6 = linear(f6) out=4\ns = add(l5 l6)\n"
    "output s\n",
};

/* ---- the formulas, node by node ------------------------------------------------------------------------ */

struct formulas {
    const struct ln_net *net;
    int batch;
    double **y, **dy;       /* [node] */
    double **param, **grad; /* [parameter] */
    double loss;
};

static double *zeros(size_t count) {
    double *data = calloc(count + 1, sizeof *data);
    assert_non_null(data);
    return data;
}

static size_t count_of(const struct ln_shape *shape, int batch) {
    size_t count = 0;
    assert_true(ln_shape_count(shape, &count));
    return count * (size_t)batch;
}

static double *fill(size_t count, uint32_t stream, double scale, float *rounded) {
    double *data = zeros(count);
    op_fill(rounded, count, stream);
    for (size_t i = 0; i < count; i++) data[i] = rounded[i] = (float)(rounded[i] * scale);
    return data;
}

/* The layer's problem, its parameters from those of the net. */
static struct op_problem problem_of(const struct formulas *f, size_t id) {
    const struct ln_node *node = &f->net->nodes[id];
    struct op_problem p = {
        .in = f->net->nodes[node->in[0]].out, .out = node->out, .attrs = node->attrs, .x = f->y[node->in[0]]};
    p.in.dim[0] = p.out.dim[0] = f->batch;
    p.count = count_of(&f->net->nodes[node->in[0]].out, f->batch);
    for (int i = 0; i < node->params; i++) p.param[i] = f->param[node->first_param + i];
    return p;
}

static struct op_join join_of(const struct formulas *f, const struct ln_node *node, double **from,
                              double *x[LN_OP_INPUTS]) {
    struct op_join j = {.op = node->op, .inputs = node->inputs, .out = node->out};
    j.out.dim[0] = f->batch;
    for (int i = 0; i < node->inputs; i++) {
        j.in[i] = f->net->nodes[node->in[i]].out;
        j.in[i].dim[0] = f->batch;
        x[i] = from[node->in[i]];
    }
    return j;
}

static void forward(struct formulas *f) {
    for (size_t id = 1; id < f->net->count; id++) {
        double *x[LN_OP_INPUTS];
        if (op_is_join(f->net->nodes[id].op)) {
            struct op_join j = join_of(f, &f->net->nodes[id], f->y, x);
            op_join_forward(&j, (const double *const *)x, f->y[id]);
            continue;
        }
        struct op_problem p = problem_of(f, id);
        op_formulas_find(f->net->nodes[id].op)->forward(&p, f->y[id]);
    }
}

static struct ref_batchnorm norm_of(const struct op_problem *p) {
    const struct ln_batchnorm_attrs *a = p->attrs;
    const int64_t *in = p->in.dim;
    return (struct ref_batchnorm){(int)in[0], (int)in[1], in[2] * in[3], a->eps, a->momentum};
}

/* Inference uses the running statistics as they are after the step. */
static void forward_infer(struct formulas *f) {
    for (size_t id = 1; id < f->net->count; id++) {
        const struct ln_node *node = &f->net->nodes[id];
        double *x[LN_OP_INPUTS];
        struct op_problem p = problem_of(f, id);
        if (op_is_join(node->op)) {
            struct op_join j = join_of(f, node, f->y, x);
            op_join_forward(&j, (const double *const *)x, f->y[id]);
        } else if (node->op == &ln_op_batchnorm) {
            const struct ref_batchnorm d = norm_of(&p);
            ref_batchnorm_infer(&d, p.x, p.param[0], p.param[1], f->grad[node->first_param + 2],
                                f->grad[node->first_param + 3], f->y[id]);
        } else {
            op_formulas_find(node->op)->forward(&p, f->y[id]);
        }
    }
}

static void losses(struct formulas *f, const int32_t *labels) {
    for (int i = 0; i < f->net->output_count; i++) {
        const struct ln_net_output *out = &f->net->outputs[i];
        int k = ln_net_classes(f->net);
        double *dx = zeros((size_t)(f->batch * k));
        f->loss += out->weight * ref_softmax_xent(f->batch, k, f->y[out->node], labels, 0, dx);
        for (int j = 0; j < f->batch * k; j++) f->dy[out->node][j] += out->weight * dx[j];
        free(dx);
    }
}

/* fixed: normalisations use the running statistics as they are after the step. */
static void backward(struct formulas *f, bool fixed) {
    for (size_t id = f->net->count; id-- > 1;) {
        const struct ln_node *node = &f->net->nodes[id];
        double *inputs[LN_OP_INPUTS];
        if (op_is_join(node->op)) {
            struct op_join j = join_of(f, node, f->dy, inputs);
            op_join_backward(&j, f->dy[id], inputs);
            continue;
        }
        struct op_problem p = problem_of(f, id);
        size_t count = count_of(&f->net->nodes[node->in[0]].out, f->batch);
        double *dx = zeros(count), *dparam[LN_OP_PARAMS] = {NULL};
        for (int i = 0; i < node->params; i++) dparam[i] = f->grad[node->first_param + i];
        if (fixed && node->op == &ln_op_batchnorm) {
            const struct ref_batchnorm d = norm_of(&p);
            ref_batchnorm_infer_backward(&d, p.param[0], f->grad[node->first_param + 3], f->dy[id], dx);
        } else {
            op_formulas_find(node->op)->backward(&p, f->dy[id], dx, dparam);
        }
        for (size_t i = 0; i < count; i++) f->dy[node->in[0]][i] += dx[i];
        free(dx);
    }
}

static double **pointers(size_t count) {
    double **p = calloc(count + 1, sizeof *p);
    assert_non_null(p);
    return p;
}

static void pointers_free(double **p, size_t count) {
    for (size_t i = 0; i < count; i++) free(p[i]);
    free(p);
}

/* ---- the plan against the formulas --------------------------------------------------------------------- */

/* Relative to the largest number: a few layers of rounding. */
static void compare(const float *got, const double *want, size_t count, const char *what, const char *label) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - want[i]) <= 1e-5 * largest))
            fail_msg("%s: %s[%zu] is %.9g, the formulas say %.9g (largest %.3g)", label, what, i,
                     (double)got[i], want[i], largest);
}

/* Parameters on a scale that keeps activations near one. */
static void parameters_fill(struct formulas *f, struct ln_plan *plan) {
    for (size_t i = 0; i < f->net->param_count; i++) {
        size_t count = ln_net_param_size(f->net, i);
        const struct ln_param_spec *spec = &f->net->params[i].spec;
        float *plain = malloc(count * sizeof *plain);
        assert_non_null(plain);
        double scale = spec->fan_in ? 2 / sqrt((double)spec->fan_in) : 1;
        f->param[i] = fill(count, (uint32_t)(100 + i), scale, plain);
        if (spec->buffer && spec->init == LN_INIT_ONE) /* a variance */
            for (size_t j = 0; j < count; j++) f->param[i][j] = plain[j] = fabsf(plain[j]) + 0.5F;
        f->grad[i] = zeros(count);
        assert_int_equal(ln_plan_set_param(plan, i, plain), LINNET_OK);
        free(plain);
    }
}

/* Compares the gradients, and the buffers after the step. */
static void gradients_compare(const struct formulas *f, const struct ln_plan *plan, const char *label) {
    for (size_t i = 0; i < f->net->param_count; i++) {
        size_t count = ln_net_param_size(f->net, i);
        float *plain = malloc(count * sizeof *plain);
        assert_non_null(plain);
        int status = f->net->params[i].spec.buffer ? ln_plan_get_param(plan, i, plain)
                                                   : ln_plan_get_grad(plan, i, plain);
        assert_int_equal(status, LINNET_OK);
        compare(plain, f->grad[i], count, f->net->params[i].name, label);
        free(plain);
    }
}

/* A plan with a copy of the parameters, and one that shares the training plan's. Each runs twice, because a
 * plan must fold its parameters only once. */
static void inference_check(struct formulas *f, struct ln_plan *train, const float *x, const char *label) {
    size_t out = (size_t)(f->batch * ln_net_classes(f->net));
    forward_infer(f);
    for (int shares = 0; shares < 2; shares++) {
        struct ln_plan *plan = NULL;
        struct ln_plan_opts opts = {.batch = f->batch, .like = shares ? train : NULL, .poison = shares};
        if (ln_plan_create(&plan, f->net, &opts) != LINNET_OK) fail_msg("%s: %s", label, ln_error_line());
        if (!shares) assert_int_equal(ln_plan_copy_params(plan, train), LINNET_OK);
        for (int again = 0; again < 2; again++) {
            uint64_t allocations = ln_alloc_count();
            assert_int_equal(ln_plan_forward(plan, x, NULL, 0), LINNET_OK);
            assert_int_equal(ln_alloc_count(), allocations);
            compare(ln_plan_logits(plan), f->y[f->net->outputs[0].node], out, "inference", label);
        }
        ln_plan_destroy(plan);
    }
}

/* The least distance of a rectifier's input from its kink, where rounding decides whether a gradient passes. */
static double margin_of(const struct formulas *f) {
    double least = INFINITY;
    for (size_t id = 1; id < f->net->count; id++) {
        const struct ln_node *node = &f->net->nodes[id];
        if (node->op != &ln_op_relu && node->op != &ln_op_relu6) continue;
        const double *x = f->y[node->in[0]];
        for (size_t i = 0; i < count_of(&node->out, f->batch); i++) {
            least = fmin(least, fabs(x[i]));
            if (node->op == &ln_op_relu6) least = fmin(least, fabs(x[i] - 6));
        }
    }
    return least;
}

/* Draws images and evaluates the formulas on them until no value is close to a kink, at most 20 times. */
static void forward_apart(struct formulas *f, size_t in, float *x, void (*run)(struct formulas *)) {
    for (uint32_t stream = 1; stream <= 20; stream++) {
        free(f->y[0]);
        f->y[0] = fill(in, stream, 1, x);
        run(f);
        if (margin_of(f) > 4e-6) return;
    }
}

/* ---- explanations: a layer's value and its gradient, with running statistics ------------------------------ */

/* A plan that shares the parameters of `like`. It runs twice, because the first pass must change nothing. */
static void layer_check(const struct formulas *f, int id, struct ln_plan *like, const float *x,
                        const char *label) {
    const struct ln_plan_opts opts = {
        .batch = f->batch, .train = true, .no_loss = true, .explained = id, .like = like, .poison = true};
    const size_t count = count_of(&f->net->nodes[id].out, f->batch);
    const size_t out = (size_t)(f->batch * ln_net_classes(f->net));
    struct ln_plan *plan = NULL;
    if (ln_plan_create(&plan, f->net, &opts) != LINNET_OK) fail_msg("%s: %s", label, ln_error_line());
    for (int again = 0; again < 2; again++) {
        assert_int_equal(ln_plan_forward(plan, x, NULL, 0), LINNET_OK);
        op_fill(ln_plan_dout(plan), out, 77);
        compare(ln_plan_logits(plan), f->y[f->net->outputs[0].node], out, "logits", label);
        assert_int_equal(ln_plan_backward(plan), LINNET_OK);
        compare(ln_plan_map(plan), f->y[id], count, f->net->nodes[id].name, label);
        compare(ln_plan_din(plan), f->dy[id], count, "its gradient", label);
    }
    ln_plan_destroy(plan);
}

/* Explains every layer, with the parameters of a training plan or of an inference plan in turn. */
static void explained_check(struct formulas *f, struct ln_plan *train, size_t in, float *x,
                            const char *label) {
    const size_t out = (size_t)(f->batch * ln_net_classes(f->net));
    struct ln_plan *infer = NULL;
    float *dout = malloc(out * sizeof *dout);
    bool *needed = calloc(f->net->count, sizeof *needed);
    assert_true(dout && needed);
    assert_int_equal(ln_plan_create(&infer, f->net, &(struct ln_plan_opts){.batch = f->batch}), LINNET_OK);
    assert_int_equal(ln_plan_copy_params(infer, train), LINNET_OK);
    ln_net_needed(f->net, needed);
    forward_apart(f, in, x, forward_infer);
    for (size_t id = 0; id < f->net->count; id++)
        memset(f->dy[id], 0, count_of(&f->net->nodes[id].out, f->batch) * sizeof(double));
    op_fill(dout, out, 77);
    for (size_t i = 0; i < out; i++) f->dy[f->net->outputs[0].node][i] = dout[i];
    backward(f, true);
    for (size_t id = 1; id < f->net->count; id++)
        if (needed[id]) layer_check(f, (int)id, id % 2 ? train : infer, x, label);
    ln_plan_destroy(infer);
    free(needed);
    free(dout);
}

/* ---- a network -------------------------------------------------------------------------------------------- */

static void net_check(const struct ln_net *net, int batch, const char *label) {
    struct formulas f = {.net = net,
                         .batch = batch,
                         .y = pointers(net->count),
                         .dy = pointers(net->count),
                         .param = pointers(net->param_count),
                         .grad = pointers(net->param_count)};
    struct ln_plan *plan = NULL;
    struct ln_plan_opts opts = {.batch = batch, .train = true, .input_grad = true};
    size_t in = count_of(&net->nodes[0].out, batch), out = (size_t)(batch * ln_net_classes(net));
    float *x = malloc(in * sizeof *x);
    int32_t labels[32];
    assert_non_null(x);
    if (ln_plan_create(&plan, net, &opts) != LINNET_OK) fail_msg("%s: %s", label, ln_error_line());
    f.dy[0] = zeros(in);
    for (size_t id = 1; id < net->count; id++) {
        f.y[id] = zeros(count_of(&net->nodes[id].out, batch));
        f.dy[id] = zeros(count_of(&net->nodes[id].out, batch));
    }
    for (int i = 0; i < batch; i++) labels[i] = i * 3 % ln_net_classes(net);
    parameters_fill(&f, plan);
    forward_apart(&f, in, x, forward);
    losses(&f, labels);
    backward(&f, false);
    assert_int_equal(ln_plan_forward(plan, x, labels, 0), LINNET_OK);
    assert_int_equal(ln_plan_backward(plan), LINNET_OK);
    assert_true(fabs(ln_plan_loss(plan) - f.loss) <= 1e-6 * f.loss);
    compare(ln_plan_logits(plan), f.y[net->outputs[0].node], out, "logits", label);
    compare(ln_plan_din(plan), f.dy[0], in, "dx", label);
    gradients_compare(&f, plan, label);
    inference_check(&f, plan, x, label);
    if (batch <= 3) explained_check(&f, plan, in, x, label);
    ln_plan_destroy(plan);
    free(x);
    pointers_free(f.y, net->count);
    pointers_free(f.dy, net->count);
    pointers_free(f.param, net->param_count);
    pointers_free(f.grad, net->param_count);
}

static void nets_check(const char *const *texts, size_t count, const int *batches, size_t batch_count) {
    for (size_t i = 0; i < count; i++) {
        struct ln_text text = {0};
        struct ln_net *net = NULL;
        ln_text_addf(&text, "linnet 1\n%s", texts[i]);
        if (ln_net_parse(text.data, &net) != LINNET_OK) fail_msg("net %zu: %s", i, ln_error_line());
        for (size_t b = 0; b < batch_count; b++) {
            char label[64];
            snprintf(label, sizeof label, "net %zu, batch %d", i, batches[b]);
            net_check(net, batches[b], label);
        }
        ln_net_destroy(net);
        ln_text_fini(&text);
    }
}

static const int batches[] = {1, 3, 16, 17, 32};

static void test_nets(void **state) {
    nets_check(nets, COUNT(nets), batches, COUNT(batches));
}

static void test_nets_of_many(void **state) {
    nets_check(nets_of_many, COUNT(nets_of_many), batches + 1, COUNT(batches) - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nets), cmocka_unit_test(test_nets_of_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
