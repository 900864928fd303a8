/* Timing each kernel alone. */
#include "graph/floor.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"

#include <string.h>

enum { RUNS_MIN = 3, RUNS_MAX = 1000, DISTINCT = 512 };
static const double measure_for = 0.04; /* seconds, of each candidate */

/* A network repeats its layers: each kernel is timed once. */
struct known {
    struct ln_kernel kernel;
    double forward, data, weights;
};

struct timer {
    struct ln_dnn *dnn;
    struct ln_floor_opts opts;
    struct known *known;
    int known_count;
    struct ln_arena arena; /* the largest so far; holds one kernel's arguments after another's */
};

static size_t argument_bytes(const struct ln_prim *prim, enum ln_arg arg) {
    const struct ln_layout *layout = arg == LN_ARG_SCRATCH ? NULL : ln_prim_layout(prim, arg);
    return arg == LN_ARG_SCRATCH ? ln_prim_scratch(prim) : layout ? layout->bytes : 0;
}

/* Numbers from 1/128 to 1/64 in both types. Denormal numbers would be slow. */
static void fill(uint16_t *data, size_t count) {
    for (size_t i = 0; i < count; i++) data[i] = (uint16_t)(0x3c00 | (i * 37 & 0x7f));
}

/* Memory for the arguments, as in a plan. */
static int take_memory(struct timer *t, const struct ln_prim *prim, void *data[LN_ARGS]) {
    size_t total = 0;
    for (int arg = 0; arg < LN_ARGS; arg++)
        total += ln_arena_slice_bytes(argument_bytes(prim, (enum ln_arg)arg));
    ln_arena_empty(&t->arena);
    if (total > t->arena.size) {
        ln_arena_fini(&t->arena);
        LN_TRY(ln_arena_init(&t->arena, total));
    }
    for (int arg = 0; arg < LN_ARGS; arg++) {
        size_t bytes = argument_bytes(prim, (enum ln_arg)arg);
        data[arg] = bytes ? ln_arena_take(&t->arena, bytes) : NULL;
        fill(data[arg], bytes / sizeof(uint16_t));
    }
    return LINNET_OK;
}

/* True if the candidate is so much slower than the best one that further runs are pointless. The limit is
 * looser for its first run, in which code and data are not in the caches yet. */
static bool behind(double seconds, double best, int run) {
    return best > 0 && seconds > (run == 0 ? 2 : 1.4) * best;
}

/* Lowers *best to the shortest run. Takes prim. */
static int time_prim(struct timer *t, struct ln_prim *prim, double *best) {
    void *data[LN_ARGS];
    int status = take_memory(t, prim, data);
    double end = ln_clock_now() + measure_for;
    for (int i = 0; status == LINNET_OK && i < RUNS_MAX && (i < RUNS_MIN || ln_clock_now() < end); i++) {
        double begin = ln_clock_now();
        status = ln_prim_run(prim, data);
        double seconds = ln_clock_now() - begin;
        if (behind(seconds, *best, i)) break;
        if (i > 0 && (*best == 0 || seconds < *best)) *best = seconds; /* the first one warms up */
    }
    ln_prim_destroy(prim);
    return status;
}

/* Skips a candidate that oneDNN lacks, or has only as its slow reference. */
static int try_conv(struct timer *t, enum ln_pass pass, const struct ln_conv_desc *d, double *best) {
    struct ln_conv_desc forward = *d;
    struct ln_prim *hint = NULL, *prim = NULL;
    int status = LINNET_OK;
    forward.winograd = false;
    if (pass != LN_FORWARD) status = ln_prim_conv(t->dnn, LN_FORWARD, &forward, &hint);
    struct ln_conv_desc wanted = *d;
    wanted.forward = hint;
    if (status == LINNET_OK) status = ln_prim_conv(t->dnn, pass, &wanted, &prim);
    if (status == LINNET_OK && !ln_prim_is_reference(prim))
        status = time_prim(t, prim, best);
    else
        ln_prim_destroy(prim);
    ln_prim_destroy(hint);
    if (status == LINNET_ERR_LIMIT) return status;
    ln_error_clear();
    return LINNET_OK;
}

/* Winograd first: if it is much faster, the others are stopped early. For a first layer of few channels oneDNN
 * may also choose the layout of the input. */
static int time_conv(struct timer *t, enum ln_pass pass, const struct ln_conv_desc *desc, double *best) {
    static const enum ln_format formats[] = {LN_NCHW16C, LN_NHWC};
    struct ln_conv_desc d = *desc;
    d.winograd = d.dtype == LN_F32 && d.weights.rank == 4 && d.weights.dim[2] == 3 && d.weights.dim[3] == 3 &&
                 d.stride[0] == 1 && d.stride[1] == 1;
    if (d.winograd) LN_TRY(try_conv(t, pass, &d, best));
    d.winograd = false;
    if (d.src.dim[1] < 16) LN_TRY(try_conv(t, pass, &d, best));
    for (int i = 0; i < 2; i++) {
        d.src_layout = ln_layout_get(t->dnn, d.dtype, &d.src, formats[i]);
        d.dst_layout = ln_layout_get(t->dnn, d.dtype, &d.dst, formats[i]);
        if (!d.src_layout || !d.dst_layout) return LINNET_ERR_LIMIT;
        LN_TRY(try_conv(t, pass, &d, best));
    }
    return LINNET_OK;
}

static int time_linear(struct timer *t, enum ln_pass pass, const struct ln_linear_desc *desc, double *best) {
    struct ln_linear_desc d = *desc;
    struct ln_prim *hint = NULL, *prim = NULL;
    if (pass != LN_FORWARD) LN_TRY(ln_prim_linear(t->dnn, LN_FORWARD, desc, &hint));
    d.forward = hint;
    int status = ln_prim_linear(t->dnn, pass, &d, &prim);
    ln_prim_destroy(hint);
    return status == LINNET_OK ? time_prim(t, prim, best) : status;
}

static int time_pass(struct timer *t, enum ln_pass pass, const struct ln_kernel *k, double *best) {
    *best = 0;
    if (k->is_linear) LN_TRY(time_linear(t, pass, &k->linear, best));
    return k->is_conv ? time_conv(t, pass, &k->conv, best) : LINNET_OK;
}

static bool same_conv(const struct ln_conv_desc *a, const struct ln_conv_desc *b) {
    return ln_shape_equal(&a->src, &b->src) && ln_shape_equal(&a->weights, &b->weights) &&
           ln_shape_equal(&a->dst, &b->dst) && memcmp(a->stride, b->stride, sizeof a->stride) == 0 &&
           memcmp(a->padding, b->padding, sizeof a->padding) == 0 &&
           memcmp(a->dilation, b->dilation, sizeof a->dilation) == 0 && a->bias == b->bias;
}

static bool same_linear(const struct ln_linear_desc *a, const struct ln_linear_desc *b) {
    return a->n == b->n && a->c == b->c && a->k == b->k && a->bias == b->bias;
}

static bool same_kernel(const struct ln_kernel *a, const struct ln_kernel *b) {
    return a->is_conv == b->is_conv && a->is_linear == b->is_linear &&
           (!a->is_conv || same_conv(&a->conv, &b->conv)) &&
           (!a->is_linear || same_linear(&a->linear, &b->linear));
}

/* The kernel's index in known[]; a new kernel is timed first. Negative: failed. */
static int look_up(struct timer *t, const struct ln_kernel *kernel) {
    for (int i = 0; i < t->known_count; i++)
        if (same_kernel(&t->known[i].kernel, kernel)) return i;
    if (t->known_count == DISTINCT)
        return ln_fail(LINNET_ERR_LIMIT, "floor-kernels", "more than %d kinds of layers", DISTINCT);
    struct known *k = &t->known[t->known_count++];
    k->kernel = *kernel;
    LN_TRY(time_pass(t, LN_FORWARD, kernel, &k->forward));
    if (t->opts.train) LN_TRY(time_pass(t, LN_BACKWARD_DATA, kernel, &k->data));
    if (t->opts.train) LN_TRY(time_pass(t, LN_BACKWARD_WEIGHTS, kernel, &k->weights));
    return t->known_count - 1;
}

/* Is the gradient of the layer's input needed? Yes if a layer with weights comes before it. */
static bool wants_input_gradient(const struct ln_net *net, size_t node) {
    for (size_t i = 1; i < node; i++)
        if (net->nodes[i].params > 0) return true;
    return false;
}

static struct ln_shape batched(struct ln_shape shape, int batch) {
    shape.dim[0] = batch;
    return shape;
}

static int time_node(struct timer *t, const struct ln_net *net, size_t i, struct ln_floor *floor) {
    const struct ln_node *n = &net->nodes[i];
    struct ln_shape in = batched(net->nodes[n->in[0]].out, t->opts.batch),
                    out = batched(n->out, t->opts.batch);
    struct ln_kernel kernel;
    n->op->kernel(n->attrs, &in, &out, &kernel);
    kernel.conv.dtype = kernel.linear.dtype = t->opts.dtype;
    int at = look_up(t, &kernel);
    if (at < 0) return at;
    const struct known *known = &t->known[at];
    floor->seconds[i][0] = known->forward;
    floor->seconds[i][1] = known->weights + (wants_input_gradient(net, i) ? known->data : 0);
    floor->forward += floor->seconds[i][0];
    floor->backward += t->opts.train ? floor->seconds[i][1] : 0;
    return LINNET_OK;
}

/* ---- what all other layers move ---------------------------------------------------------------------- */

static double value_bytes(const struct ln_net *net, size_t i, const struct ln_floor_opts *opts) {
    const struct ln_shape *s = &net->nodes[i].out;
    double bytes = (double)ln_dtype_size(opts->dtype) * (double)opts->batch;
    for (int d = 1; d < s->rank; d++) bytes *= (double)s->dim[d];
    return bytes;
}

/* Layers that change the size of their input read and write memory, and cannot be part of a kernel. In
 * training a normalisation cannot either: it must see all of its input first. A layer that keeps the shape
 * and has no weights (ReLU, dropout, a flatten's view) is part of its neighbours. */
static bool moves_bytes(const struct ln_net *net, const struct ln_node *n, bool train) {
    if (n->op->kernel) return false;
    if (n->params > 0) return train;
    if (n->inputs > 1)
        return false; /* a sum is part of the normalisation before it; a concatenation is written in place */
    const struct ln_shape *in = &net->nodes[n->in[0]].out;
    return in->rank == 4 && n->out.rank == 4 && !ln_shape_equal(in, &n->out);
}

static double least_bytes(const struct ln_net *net, const struct ln_floor_opts *opts) {
    bool train = opts->train;
    double bytes = 0;
    for (size_t i = 1; i < net->count; i++) {
        const struct ln_node *n = &net->nodes[i];
        double in = value_bytes(net, (size_t)n->in[0], opts), out = value_bytes(net, i, opts);
        if (!moves_bytes(net, n, train)) continue;
        bytes += in + out;
        if (train)
            bytes += in + out + (n->params > 0 ? in : 0); /* dy and dx; a normalisation reads x twice */
    }
    /* reads w, dw and momentum; writes w, momentum, and a bf16 copy of w */
    double update = 5.0 * sizeof(float) + (opts->dtype == LN_BF16 ? sizeof(ln_bf16) : 0);
    if (train) bytes += update * (double)ln_net_parameters(net);
    return bytes;
}

int ln_floor_measure(struct ln_floor *floor, const struct ln_net *net, const struct ln_floor_opts *opts) {
    struct timer t = {.opts = *opts, .known = ln_calloc(DISTINCT, sizeof *t.known)};
    *floor = (struct ln_floor){.seconds = ln_calloc(net->count, sizeof *floor->seconds),
                               .bytes = least_bytes(net, opts)};
    bool *needed = ln_calloc(net->count, sizeof *needed);
    int status = t.known && floor->seconds && needed ? ln_dnn_create(&t.dnn) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) ln_net_needed(net, needed);
    for (size_t i = 1; i < net->count && status == LINNET_OK; i++)
        if (net->nodes[i].op->kernel && (opts->train || needed[i])) status = time_node(&t, net, i, floor);
    ln_dnn_destroy(t.dnn);
    ln_arena_fini(&t.arena);
    ln_free(t.known);
    ln_free(needed);
    if (status != LINNET_OK) ln_floor_fini(floor);
    return status;
}

void ln_floor_fini(struct ln_floor *floor) {
    ln_free(floor->seconds);
    *floor = (struct ln_floor){0};
}
