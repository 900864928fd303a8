/* Benchmark of the training step or of inference on random images. It calls the same ln_stepper_run() and
 * ln_plan_forward() as training and prediction, so a benchmark cannot differ from what users get. The values
 * of the images do not matter for the time, as no kernel branches on them.
 *
 * The median of the steps is reported: the mean would include the work of other programs.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/rng.h"
#include "base/threads.h"
#include "graph/floor.h"
#include "train/bench_ranks.h"
#include "train/bench_times.h"
#include "train/quant_scales.h"
#include "train/train.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WARM_UP = 3, STEPS_MAX = 100000 };
/* Seconds. The first steps touch all memory and wake the threads; two of them are enough if steps are slow. */
static const double warm_up_for = 2;

struct bench {
    const struct ln_model *model;
    struct linnet_bench_opts opts;
    struct ln_plan *plan;
    struct ln_stepper stepper;
    float *images;
    int32_t *labels;
    double *times; /* [STEPS_MAX] seconds of each timed step */
    int steps;
    long faults;     /* minor page faults during all timed steps, */
    uint64_t allocs; /* and allocations: both are 0 in a healthy step */
    enum ln_dtype dtype;
    struct ln_model own;          /* the model with scales from random images, for int8 if it has none */
    const struct ln_quant *quant; /* of the plan, if dtype is int8 */
    struct ln_link link;          /* opts.link, if there is one */
    struct ln_floor floor;        /* its .seconds is NULL if it was not measured */
};

static long minor_faults(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt : 0;
}

/* Allocates the times before the first step, so that nothing is allocated between steps. */
static int make_data(struct bench *b) {
    if (b->images) return LINNET_OK;
    const struct ln_preprocess *pp = &b->model->preprocess;
    size_t floats = (size_t)b->opts.batch * (size_t)pp->channels * (size_t)pp->height * (size_t)pp->width;
    b->images = ln_alloc(floats * sizeof *b->images);
    b->labels = ln_alloc((size_t)b->opts.batch * sizeof *b->labels);
    b->times = ln_calloc(STEPS_MAX, sizeof *b->times);
    if (!b->images || !b->labels || !b->times) return LINNET_ERR_LIMIT;
    struct ln_rng rng;
    ln_rng_init(&rng, 0, LN_RNG_DATA, 0, 0);
    for (size_t i = 0; i < floats; i++) b->images[i] = 2 * ln_rng_float(&rng) - 1;
    for (int i = 0; i < b->opts.batch; i++)
        b->labels[i] = (int32_t)ln_rng_below(&rng, (uint32_t)b->model->classes);
    return LINNET_OK;
}

static int prepare(struct bench *b, struct linnet_bench_result *r) {
    struct ln_plan_opts plan = {.batch = b->opts.batch, .train = b->opts.train};
    LN_TRY(ln_conv_resolve(b->opts.conv, &plan.direct));
    double begin = ln_clock_now();
    plan.dtype = b->dtype;
    plan.quant = b->quant;
    LN_TRY(ln_plan_create(&b->plan, b->model->net, &plan));
    r->plan_ms = (ln_clock_now() - begin) * 1e3;
    LN_TRY(ln_model_to_plan(b->model, b->plan));
    if (b->opts.train)
        LN_TRY(ln_stepper_init(&b->stepper, b->plan, b->opts.opt, &(struct ln_optim_opts){.momentum = 0.9}));
    return make_data(b);
}

/* A rate of 1e-4 keeps the weights finite over thousands of steps on random labels; a loss of nan would skip
 * the update and make the step too fast. */
static int one_step(struct bench *b, uint32_t number) {
    struct ln_step_result r;
    if (!b->opts.train) return ln_plan_forward(b->plan, b->images, NULL, 0);
    return ln_stepper_run(&b->stepper, b->plan, b->images, b->labels, 1e-4, number, &r);
}

static int warm_up(struct bench *b) {
    double end = ln_clock_now() + warm_up_for;
    for (int i = 0; i < WARM_UP && (i < 2 || ln_clock_now() < end); i++) LN_TRY(one_step(b, (uint32_t)i));
    return LINNET_OK;
}

/* Times steps one by one, for `share` of the steps and of the seconds that the options ask for. */
static int time_steps(struct bench *b, double share) {
    long faults = minor_faults();
    uint64_t allocs = ln_alloc_count();
    double end = ln_clock_now() + share * b->opts.seconds;
    int until = b->steps + (int)(share * b->opts.steps + 0.5);
    while (b->steps < STEPS_MAX && (b->steps < until || ln_clock_now() < end)) {
        double begin = ln_clock_now();
        LN_TRY(one_step(b, (uint32_t)(WARM_UP + b->steps)));
        b->times[b->steps++] = ln_clock_now() - begin;
    }
    b->faults += minor_faults() - faults;
    b->allocs += ln_alloc_count() - allocs;
    return LINNET_OK;
}

/* The node of the net that a row of the plan belongs to; 0 for a row of no layer, such as a reorder. */
static size_t row_node(const struct bench *b, const struct ln_plan_row *row, bool *backward) {
    const struct ln_net *net = b->model->net;
    *backward = strcmp(row->pass, "backward") == 0;
    if (!*backward && strcmp(row->pass, "forward") != 0) return 0;
    for (size_t i = 1; i < net->count; i++)
        if (strcmp(net->nodes[i].name, row->layer) == 0) return i;
    return 0;
}

/* The backward pass computes two products, the gradients of the input and of the weights; the first layer
 * needs only the latter. */
static double row_gflops(const struct bench *b, const struct ln_plan_row *row, double seconds) {
    bool backward;
    size_t node = row_node(b, row, &backward);
    if (!node) return 0;
    return 2e-9 * (backward && row->layout ? 2 : 1) * (double)ln_net_node_macs(b->model->net, node) *
           b->opts.batch / seconds;
}

static double row_floor(const struct bench *b, const struct ln_plan_row *row) {
    bool backward;
    size_t node = b->floor.seconds ? row_node(b, row, &backward) : 0;
    return node ? b->floor.seconds[node][backward] : 0;
}

static int measure_floor(struct bench *b, struct linnet_bench_result *r) {
    struct ln_limits limits;
    LN_TRY(ln_limits_measure(&limits));
    LN_TRY(ln_floor_measure(
        &b->floor, b->model->net,
        &(struct ln_floor_opts){.batch = b->opts.batch, .train = b->opts.train, .dtype = b->dtype}));
    double floor = b->floor.forward + b->floor.backward;
    r->peak_gb_per_s = limits.bytes * 1e-9;
    r->floor_images_per_s = b->opts.batch / floor;
    r->roof_images_per_s = b->opts.batch / (floor + b->floor.bytes / limits.bytes);
    return LINNET_OK;
}

/* A machine's clock rate changes while it warms up, which would distort the ratio of our time to the floor. So half of
 * the steps run before the floor is measured and half after it, and the median is taken over both. */
static int measure(struct bench *b, struct linnet_bench_result *r) {
    double half = b->opts.floor ? 0.5 : 1;
    LN_TRY(warm_up(b));
    LN_TRY(time_steps(b, half));
    r->rss_mb =
        (double)ln_memory_peak() / 1e6; /* before the floor, whose kernels allocate memory of their own */
    if (!b->opts.floor) return LINNET_OK;
    LN_TRY(measure_floor(b, r));
    LN_TRY(one_step(b, 0)); /* untimed: reloads what the floor evicted from the caches */
    return time_steps(b, half);
}

/* The optimiser reads weights, gradients and state, and writes weights and state. */
static double update_bytes(const struct bench *b) {
    return sizeof(float) * (double)b->stepper.count * (3 + 2 * ln_optim_slots(ln_optim_find(b->opts.opt)));
}

/* Runs further steps and reads the clock after each layer. That slows them slightly, so the times above do not include
 * them. Takes one second, but at least ten steps. */
static int report_layers(struct bench *b) {
    size_t count = ln_plan_steps(b->plan);
    double *seconds = ln_calloc(count + 1, sizeof *seconds), total = 0, end = ln_clock_now() + 1;
    int status = seconds ? LINNET_OK : LINNET_ERR_LIMIT, steps = 0;
    ln_plan_profile(b->plan, seconds);
    for (; status == LINNET_OK && (steps < 10 || ln_clock_now() < end); steps++) {
        double begin = ln_clock_now();
        status = one_step(b, (uint32_t)(WARM_UP + b->steps + steps));
        total += ln_clock_now() - begin;
    }
    ln_plan_profile(b->plan, NULL);
    for (size_t i = 0; status == LINNET_OK && i < count; i++) {
        struct ln_plan_row row = ln_plan_row(b->plan, i);
        double mean = seconds[i] / steps;
        total -= seconds[i];
        b->opts.on_layer(b->opts.context,
                         &(struct linnet_bench_layer){.layer = row.layer,
                                                      .pass = row.pass,
                                                      .op = row.op,
                                                      .implementation = row.impl,
                                                      .layout = row.layout ? row.layout->text : "",
                                                      .ms = mean * 1e3,
                                                      .floor_ms = row_floor(b, &row) * 1e3,
                                                      .gflops = row_gflops(b, &row, mean),
                                                      .bytes = ln_plan_step_bytes(b->plan, i)});
    }
    if (status == LINNET_OK && b->opts.train)
        b->opts.on_layer(b->opts.context, &(struct linnet_bench_layer){.layer = "",
                                                                       .pass = "update",
                                                                       .op = b->opts.opt,
                                                                       .implementation = "own",
                                                                       .layout = "",
                                                                       .ms = total / steps * 1e3,
                                                                       .bytes = update_bytes(b)});
    ln_free(seconds);
    return status;
}

static void fill(struct bench *b, struct linnet_bench_result *r) {
    const double median = ln_bench_times(b->times, b->steps, r);
    r->images_per_s = b->opts.batch / median;
    /* A multiply-add is two operations. Training runs each three times: forward, and backward for the input and for the
     * weights. */
    double passes = b->opts.train ? 3 : 1;
    r->gflops = 2e-9 * passes * (double)ln_net_macs(b->model->net) * b->opts.batch / median;
    r->minor_faults_per_step = (double)b->faults / b->steps;
    r->allocs_per_step = (int64_t)b->allocs / b->steps;
    r->peak_gflops = ln_limits_flops() * 1e-9;
    r->batch = b->opts.batch;
    r->threads = b->opts.threads;
    r->dtype = b->opts.dtype;
    r->imgsz = b->model->preprocess.width;
    ln_dnn_version(r->onednn, sizeof r->onednn);
}

/* Converts all layers of an fp32 model to 8 bits, with scales from one batch of random images: a layer's speed does not depend on
 * its scales. */
static int quantize(struct bench *b) {
    struct ln_quant_scales scales = {0};
    const struct ln_net *net = b->model->net;
    b->own = *b->model;
    b->own.quant = NULL;
    b->own.params = ln_calloc(net->param_count + 1, sizeof *b->own.params);
    int status = b->own.params ? ln_quant_create(&b->own.quant, net) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = make_data(b);
    if (status == LINNET_OK) status = ln_quant_scales_init(&scales, b->model, b->opts.batch);
    if (status == LINNET_OK) status = ln_quant_scales_add(&scales, b->images, b->opts.batch);
    if (status == LINNET_OK) status = ln_quant_scales_choose(&scales, LN_QUANT_MINMAX, b->own.quant);
    for (size_t i = 0; status == LINNET_OK && i < net->param_count; i++) {
        const size_t bytes = ln_net_param_size(net, i) * sizeof(float);
        if (!(b->own.params[i] = ln_alloc(bytes))) status = LINNET_ERR_LIMIT;
        if (status == LINNET_OK) memcpy(b->own.params[i], b->model->params[i], bytes);
        if (status == LINNET_OK && ln_quant_can(net, i))
            status = ln_quant_weights(b->own.quant, net, i, b->own.params[i]);
    }
    ln_quant_scales_fini(&scales);
    b->model = &b->own;
    b->quant = b->own.quant;
    return status;
}

static int resolve(struct bench *b) {
    const bool int8 = b->opts.dtype && strcmp(b->opts.dtype, "int8") == 0;
    if (b->opts.train && int8)
        return ln_fail(LINNET_ERR_USAGE, "dtype-int8",
                       "training runs in f32 or bf16; 8 bits are for inference");
    if (b->opts.train) return ln_dtype_resolve(&b->opts.dtype, b->model->net, &b->dtype);
    if (int8 && !b->model->quant) return quantize(b);
    return ln_dtype_infer(&b->opts.dtype, b->model, &b->dtype, &b->quant);
}

static void own_fini(struct bench *b) {
    for (size_t i = 0; b->own.params && i < b->model->net->param_count; i++) ln_free(b->own.params[i]);
    ln_free(b->own.params);
    if (b->own.params) ln_quant_destroy(b->own.quant);
}

static int step_of(void *bench, uint32_t number) {
    return one_step(bench, number);
}

/* The figures so far are those of a rank alone. */
static int measure_ranks(struct bench *b, struct linnet_bench_result *r) {
    if (!b->opts.ranks || !b->opts.train) return LINNET_OK;
    const struct ln_bench_ranks ranks = {.opts = &b->opts,
                                         .stepper = &b->stepper,
                                         .plan = b->plan,
                                         .link = b->opts.link ? &b->link : NULL,
                                         .alone_s = r->ms_per_step * 1e-3,
                                         .step = step_of,
                                         .bench = b};
    return ln_bench_ranks(&ranks, r);
}

int ln_bench(const struct ln_model *model, const struct linnet_bench_opts *opts,
             struct linnet_bench_result *r) {
    struct bench b = {.model = model, .opts = *opts};
    LN_TRY(ln_options_check(linnet_bench_options, opts));
    ln_options_default(linnet_bench_options, &b.opts);
    b.opts.threads = ln_threads_start(opts->threads);
    *r = (struct linnet_bench_result){0};
    if (b.opts.link) LN_TRY(ln_link_parse(b.opts.link, &b.link));
    int status = resolve(&b);
    if (status == LINNET_OK) status = prepare(&b, r);
    if (status == LINNET_OK) status = measure(&b, r);
    if (status == LINNET_OK) fill(&b, r);
    if (status == LINNET_OK) status = measure_ranks(&b, r);
    if (status == LINNET_OK && opts->on_layer) status = report_layers(&b);
    ln_stepper_fini(&b.stepper);
    ln_plan_destroy(b.plan);
    ln_floor_fini(&b.floor);
    own_fini(&b);
    ln_free(b.images);
    ln_free(b.labels);
    ln_free(b.times);
    return status;
}
