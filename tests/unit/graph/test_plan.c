/* A plan's promises: the same bits every time, no buffer read after its lifetime, no allocation in a step. */
#include "unit/graph/nets.h"

#include "base/cpu.h"
#include "graph/plan_impl.h"

#include <math.h>
#include <omp.h>

/* All results of a step. */
struct outcome {
    double loss;
    float *logits, *din, *grads; /* grads: all parameters, plain */
    size_t logits_count, din_count, grads_count;
};

static float *floats(size_t count) {
    float *data = calloc(count + 1, sizeof *data);
    assert_non_null(data);
    return data;
}

static void outcome_take(struct outcome *o, const struct ln_plan *plan) {
    const struct ln_net *net = ln_plan_net(plan);
    size_t at = 0;
    *o = (struct outcome){.loss = ln_plan_loss(plan)};
    o->logits_count = (size_t)(ln_plan_batch(plan) * ln_net_classes(net));
    o->din_count = net_elements(net, 0) * (size_t)ln_plan_batch(plan);
    for (size_t i = 0; i < net->param_count; i++) o->grads_count += ln_net_param_size(net, i);
    o->logits = floats(o->logits_count);
    o->din = floats(o->din_count);
    o->grads = floats(o->grads_count);
    memcpy(o->logits, ln_plan_logits(plan), o->logits_count * sizeof(float));
    memcpy(o->din, ln_plan_din(plan), o->din_count * sizeof(float));
    for (size_t i = 0; i < net->param_count; i++) {
        nets_ok(ln_plan_get_grad(plan, i, o->grads + at));
        at += ln_net_param_size(net, i);
    }
}

static void outcome_free(struct outcome *o) {
    free(o->logits);
    free(o->din);
    free(o->grads);
}

static void outcome_equal(const struct outcome *a, const struct outcome *b) {
    assert_true(isfinite(a->loss));
    assert_memory_equal(&a->loss, &b->loss, sizeof a->loss);
    assert_memory_equal(a->logits, b->logits, a->logits_count * sizeof(float));
    assert_memory_equal(a->din, b->din, a->din_count * sizeof(float));
    assert_memory_equal(a->grads, b->grads, a->grads_count * sizeof(float));
}

static void step(struct ln_plan *plan, uint32_t number) {
    float *x = net_images(ln_plan_net(plan), ln_plan_batch(plan));
    int32_t *labels = net_labels(ln_plan_net(plan), ln_plan_batch(plan));
    nets_ok(ln_plan_forward(plan, x, labels, number));
    nets_ok(ln_plan_backward(plan));
    free(x);
    free(labels);
}

static struct ln_plan *plan_of(const struct ln_net *net, const struct ln_plan_opts *opts) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, opts));
    if (!opts->like) nets_ok(ln_plan_init(plan, 11));
    return plan;
}

static void outcome_of(const struct ln_net *net, const struct ln_plan_opts *opts, uint32_t number,
                       struct outcome *o) {
    struct ln_plan *plan = plan_of(net, opts);
    step(plan, number);
    outcome_take(o, plan);
    ln_plan_destroy(plan);
}

static const struct ln_plan_opts training = {.batch = 7, .train = true, .input_grad = true, .seed = 2};
/* Batches of 16 have kernels of their own (conv_lanes.h). */
static const int batches[] = {7, 16};

/* A buffer that is read before or after its lifetime would give nan. */
static void test_poisoned(void **state) {
    for (size_t i = 0; i < COUNT(nets_all) * COUNT(batches); i++) {
        struct ln_net *net = net_of(nets_all[i / COUNT(batches)]);
        struct outcome plain, poisoned;
        struct ln_plan_opts opts = training;
        opts.batch = batches[i % COUNT(batches)];
        outcome_of(net, &opts, 3, &plain);
        opts.poison = true;
        outcome_of(net, &opts, 3, &poisoned);
        outcome_equal(&plain, &poisoned);
        outcome_free(&plain);
        outcome_free(&poisoned);
        ln_net_destroy(net);
    }
}

/* The same step twice in one plan, with another step between, and once in another plan. */
static void test_same_bits(void **state) {
    for (size_t i = 0; i < COUNT(nets_all) * COUNT(batches); i++) {
        struct ln_net *net = net_of(nets_all[i / COUNT(batches)]);
        struct outcome first, second, elsewhere;
        struct ln_plan_opts opts = training;
        opts.batch = batches[i % COUNT(batches)];
        struct ln_plan *plan = plan_of(net, &opts);
        step(plan, 3);
        outcome_take(&first, plan);
        step(plan, 4);
        step(plan, 3);
        outcome_take(&second, plan);
        outcome_equal(&first, &second);
        outcome_of(net, &opts, 3, &elsewhere);
        outcome_equal(&first, &elsewhere);
        outcome_free(&first);
        outcome_free(&second);
        outcome_free(&elsewhere);
        ln_plan_destroy(plan);
        ln_net_destroy(net);
    }
}

/* A plan for one run: the logits have the same bits in the first and in a second run, and folded or transformed weights share memory. */
static void test_once(void **state) {
    bool smaller = false;
    for (size_t i = 0; i < COUNT(nets_all); i++) {
        struct ln_net *net = net_of(nets_all[i]);
        struct ln_plan_opts opts = {.batch = 3};
        struct ln_plan *keeps = plan_of(net, &opts);
        opts.once = opts.poison = true;
        struct ln_plan *once = plan_of(net, &opts);
        const size_t bytes = (size_t)ln_net_classes(net) * 3 * sizeof(float);
        float *x = net_images(net, 3);
        for (int run = 0; run < 2; run++) {
            nets_ok(ln_plan_forward(keeps, x, NULL, 0));
            nets_ok(ln_plan_forward(once, x, NULL, 0));
            assert_memory_equal(ln_plan_logits(keeps), ln_plan_logits(once), bytes);
        }
        const size_t kept = ln_plan_memory(keeps).activations, shared = ln_plan_memory(once).activations;
        assert_true(shared <= kept);
        smaller |= shared < kept;
        free(x);
        ln_plan_destroy(keeps);
        ln_plan_destroy(once);
        ln_net_destroy(net);
    }
    assert_true(smaller);
}

static void test_no_allocation(void **state) {
    for (size_t i = 0; i < COUNT(nets_all); i++)
        for (int poison = 0; poison < 2; poison++) {
            struct ln_net *net = net_of(nets_all[i]);
            struct ln_plan_opts opts = training;
            opts.batch = 16;
            opts.poison = poison;
            struct ln_plan *plan = plan_of(net, &opts);
            uint64_t before = ln_alloc_count();
            for (uint32_t number = 0; number < 3; number++) step(plan, number);
            assert_int_equal(ln_alloc_count(), before);
            ln_plan_destroy(plan);
            ln_net_destroy(net);
        }
}

/* Two buffers that live at the same time share no byte; all lie in the arena, aligned. */
static void test_no_overlap(void **state) {
    for (size_t i = 0; i < COUNT(nets_all); i++)
        for (int train = 0; train < 2; train++) {
            struct ln_net *net = net_of(nets_all[i]);
            struct ln_plan *plan = plan_of(net, &(struct ln_plan_opts){.batch = 5, .train = train});
            for (size_t j = 0; j < plan->buffer_count; j++) {
                const struct ln_buffer *a = &plan->buffers[j];
                if (a->external || a->first < 0) continue;
                assert_int_equal(a->offset % LN_ARENA_ALIGN, 0);
                assert_true(a->offset + a->bytes <= plan->activation_bytes);
                for (size_t k = 0; k < j; k++) {
                    const struct ln_buffer *b = &plan->buffers[k];
                    bool together = a->first <= b->last && b->first <= a->last;
                    if (b->external || b->first < 0 || !together) continue;
                    assert_true(a->offset + a->bytes <= b->offset || b->offset + b->bytes <= a->offset);
                }
            }
            struct ln_plan_memory memory = ln_plan_memory(plan);
            assert_true(memory.activations <= memory.activations_unshared);
            ln_plan_destroy(plan);
            ln_net_destroy(net);
        }
}

/* One layout from end to end: LeNet's step reorders nothing, and its ReLUs have no forward step. Only with AVX-512: with
 * shorter vectors oneDNN prefers blocks of eight channels, and our own kernels have blocks of sixteen. */
static void test_no_reorder(void **state) {
    if (ln_cpu_isa() != LN_ISA_AVX512) {
        print_message("skipped: this processor has no AVX-512\n");
        skip();
    }
    struct ln_net *net = net_of(net_lenet);
    struct ln_plan *plan = plan_of(net, &(struct ln_plan_opts){.batch = 32, .train = true});
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct ln_step *s = &plan->steps[i];
        const struct ln_op *op = plan->nodes[s->node].node.op;
        assert_int_not_equal(s->kind, LN_STEP_REORDER);
        assert_false(s->kind == LN_STEP_FORWARD && op == &ln_op_relu);
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

/* Gradients that come from several readers are summed: all heads at once give the weighted sum of each head
 * alone. */
static void test_heads_add_up(void **state) {
    static const struct {
        const char *text;
        double weight;
    } heads[] = {{NET_HEADS "output a2\n", 1},
                 {NET_HEADS "output a0\n", 0.25},
                 {NET_HEADS "output a3\n", 0.5},
                 {NET_HEADS "output a4\n", 2}};
    struct ln_net *net = net_of(net_heads);
    struct outcome all, one;
    outcome_of(net, &training, 3, &all);
    double *sum = calloc(all.grads_count, sizeof *sum), *dx = calloc(all.din_count, sizeof *dx), loss = 0;
    for (size_t h = 0; h < COUNT(heads); h++) {
        struct ln_net *alone = net_of(heads[h].text);
        outcome_of(alone, &training, 3, &one);
        loss += heads[h].weight * one.loss;
        for (size_t i = 0; i < one.grads_count; i++) sum[i] += heads[h].weight * (double)one.grads[i];
        for (size_t i = 0; i < one.din_count; i++) dx[i] += heads[h].weight * (double)one.din[i];
        outcome_free(&one);
        ln_net_destroy(alone);
    }
    assert_true(fabs(loss - all.loss) < 1e-6 * loss);
    for (size_t i = 0; i < all.grads_count; i++) assert_true(fabs(sum[i] - (double)all.grads[i]) < 1e-6);
    for (size_t i = 0; i < all.din_count; i++) assert_true(fabs(dx[i] - (double)all.din[i]) < 1e-6);
    free(sum);
    free(dx);
    outcome_free(&all);
    ln_net_destroy(net);
}

/* The loss's slope along a direction in the space of all parameters is the gradient's projection on it. */
static void test_slope(void **state) {
    for (size_t n = 0; n < COUNT(nets_all) - 1; n++) {
        struct ln_net *net = net_of(nets_all[n]);
        struct ln_plan *plan = plan_of(net, &training);
        size_t count;
        float *values = ln_plan_values(plan, &count), *kept = floats(count), *way = floats(count);
        const float *grads = ln_plan_grads(plan);
        double slope = 0, norm = 0, loss[2];
        step(plan, 3);
        for (size_t i = 0; i < count; i++) norm += (double)grads[i] * (double)grads[i];
        for (size_t i = 0; i < count; i++) way[i] = (float)((double)grads[i] / sqrt(norm));
        for (size_t i = 0; i < count; i++) slope += (double)grads[i] * (double)way[i];
        memcpy(kept, values, count * sizeof *kept);
        for (int side = 0; side < 2; side++) {
            for (size_t i = 0; i < count; i++) values[i] = kept[i] + (side ? 1e-3F : -1e-3F) * way[i];
            step(plan, 3);
            loss[side] = ln_plan_loss(plan);
        }
        double difference = (loss[1] - loss[0]) / 2e-3;
        if (!(fabs(difference - slope) <= 0.01 * slope))
            fail_msg("net %zu: slope %g by difference, %g by gradient", n, difference, slope);
        free(kept);
        free(way);
        ln_plan_destroy(plan);
        ln_net_destroy(net);
    }
}

/* Plans of other batch sizes over the same parameters: the same logits, and gradients in the same place. */
static void shared_check(const struct ln_net *net, struct ln_plan *owner, int batch, bool train) {
    struct ln_plan *plan =
        plan_of(net, &(struct ln_plan_opts){.batch = batch, .train = train, .like = owner});
    size_t count, owned;
    assert_ptr_equal(ln_plan_values(plan, &count), ln_plan_values(owner, &owned));
    assert_int_equal(count, owned);
    if (train) {
        assert_ptr_equal(ln_plan_grads(plan), ln_plan_grads(owner));
        memset(ln_plan_grads(owner), 0, owned * sizeof(float));
        step(plan, 0);
        double norm = 0;
        for (size_t i = 0; i < owned; i++) norm += fabs((double)ln_plan_grads(owner)[i]);
        assert_true(norm > 0);
    } else {
        float *x = net_images(net, batch);
        nets_ok(ln_plan_forward(plan, x, NULL, 0));
        free(x);
    }
    for (int i = 0; i < batch * ln_net_classes(net); i++)
        assert_true(fabsf(ln_plan_logits(plan)[i] - ln_plan_logits(owner)[i]) < 1e-5F);
    ln_plan_destroy(plan);
}

static void test_shared(void **state) {
    static const char *const texts[] = {net_lenet, net_lenet5, NET_HEADS "output a2\n"};
    static const int sizes[] = {1, 2, 5, 16, 32}, owners[] = {32, 33};
    for (size_t n = 0; n < COUNT(texts) * COUNT(owners); n++) {
        struct ln_net *net = net_of(texts[n / COUNT(owners)]);
        struct ln_plan *owner =
            plan_of(net, &(struct ln_plan_opts){.batch = owners[n % COUNT(owners)], .train = true});
        step(owner, 0);
        for (size_t b = 0; b < COUNT(sizes); b++) {
            shared_check(net, owner, sizes[b], false);
            shared_check(net, owner, sizes[b], true);
        }
        ln_plan_destroy(owner);
        ln_net_destroy(net);
    }
}

/* A plan that shares parameters computes the same gradients as one with its own. */
static void shared_gradients_check(const char *text, int owners_batch, int batch) {
    struct ln_net *net = net_of(text);
    struct ln_plan *owner = plan_of(net, &(struct ln_plan_opts){.batch = owners_batch, .train = true});
    struct ln_plan_opts opts = {.batch = batch, .train = true, .input_grad = true};
    struct outcome alone, shared;
    outcome_of(net, &opts, 0, &alone);
    opts.like = owner;
    outcome_of(net, &opts, 0, &shared);
    assert_true(fabs(alone.loss - shared.loss) < 1e-6);
    for (size_t i = 0; i < alone.grads_count; i++)
        assert_true(fabsf(alone.grads[i] - shared.grads[i]) < 1e-6F);
    for (size_t i = 0; i < alone.din_count; i++) assert_true(fabsf(alone.din[i] - shared.din[i]) < 1e-6F);
    outcome_free(&alone);
    outcome_free(&shared);
    ln_plan_destroy(owner);
    ln_net_destroy(net);
}

static void test_shared_gradients(void **state) {
    static const char *const texts[] = {net_lenet, net_lenet5, NET_HEADS "output a2\n"};
    for (size_t n = 0; n < COUNT(texts); n++) {
        shared_gradients_check(texts[n], 32, 5);
        shared_gradients_check(texts[n], 33, 16);
    }
}

/* One thread and two differ only in the order of sums. */
static void test_threads(void **state) {
    for (size_t n = 0; n < COUNT(nets_all); n++) {
        struct ln_net *net = net_of(nets_all[n]);
        struct outcome one, two;
        omp_set_num_threads(1);
        outcome_of(net, &training, 3, &one);
        omp_set_num_threads(2);
        outcome_of(net, &training, 3, &two);
        assert_true(fabs(one.loss - two.loss) < 1e-6);
        for (size_t i = 0; i < one.grads_count; i++) assert_true(fabsf(one.grads[i] - two.grads[i]) < 1e-6F);
        outcome_free(&one);
        outcome_free(&two);
        ln_net_destroy(net);
    }
}

/* Inference leaves out auxiliary heads and dropout, and gives the logits that training would give without them. */
static void test_inference(void **state) {
    struct ln_net *net = net_of(net_heads);
    struct ln_plan *train = plan_of(net, &training);
    struct ln_plan *infer = plan_of(net, &(struct ln_plan_opts){.batch = training.batch});
    float *x = net_images(net, training.batch);
    nets_ok(ln_plan_copy_params(infer, train));
    step(train, 1);
    nets_ok(ln_plan_forward(infer, x, NULL, 0));
    for (int i = 0; i < training.batch * ln_net_classes(net); i++)
        assert_true(fabsf(ln_plan_logits(train)[i] - ln_plan_logits(infer)[i]) < 1e-5F);
    for (size_t i = 0; i < infer->step_count; i++)
        assert_string_not_equal(net->nodes[infer->steps[i].node].name, "a3");
    assert_null(ln_plan_grads(infer));
    free(x);
    ln_plan_destroy(train);
    ln_plan_destroy(infer);
    ln_net_destroy(net);
}

static void test_refusals(void **state) {
    struct ln_net *net = net_of(net_lenet);
    struct ln_plan *plan = NULL, *infer = plan_of(net, &(struct ln_plan_opts){.batch = 2});
    assert_failure(ln_plan_create(&plan, net, &(struct ln_plan_opts){0}), LINNET_ERR_USAGE, "plan-batch",
                   "batch size is 0");
    assert_failure(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = (1 << 20) + 1}),
                   LINNET_ERR_USAGE, "plan-batch", "1048577");
    assert_failure(
        ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = 2, .train = true, .like = infer}),
        LINNET_ERR_INTERNAL, "plan-share", "gradients");
    ln_plan_destroy(infer);
    ln_net_destroy(net);
    net = net_of("linnet 1\ninput 16x1000x1000\np = maxpool(input) kernel=2\nq = avgpool(p) kernel=250\n"
                 "f = flatten(q)\noutput f\n");
    assert_failure(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = 4096}), LINNET_ERR_LIMIT,
                   "plan-memory", "--batch-size");
    assert_null(plan);
    ln_plan_destroy(NULL);
    ln_net_destroy(net);
}

static int create(const void *arg) {
    struct ln_plan *plan = NULL;
    int status = ln_plan_create(&plan, arg, &training);
    ln_plan_destroy(plan);
    return status;
}

static void test_out_of_memory(void **state) {
    static const char *const texts[] = {net_lenet, net_heads, net_bare};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ln_net *net = net_of(texts[i]);
        assert_true(allocations_fail(create, net) > 10);
        ln_net_destroy(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_poisoned),     cmocka_unit_test(test_once),
        cmocka_unit_test(test_same_bits),    cmocka_unit_test(test_no_allocation),
        cmocka_unit_test(test_no_overlap),   cmocka_unit_test(test_no_reorder),
        cmocka_unit_test(test_heads_add_up), cmocka_unit_test(test_slope),
        cmocka_unit_test(test_shared),       cmocka_unit_test(test_shared_gradients),
        cmocka_unit_test(test_threads),      cmocka_unit_test(test_inference),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
