/* Fusion in a plan: which steps remain, and folded constants that follow the parameters. */
#include "unit/graph/nets.h"

#include "graph/plan_impl.h"

#include <math.h>

static struct ln_plan *plan_of(const struct ln_net *net, const struct ln_plan_opts *opts) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, opts));
    if (!opts->like) nets_ok(ln_plan_init(plan, 11));
    return plan;
}

static int steps_of(const struct ln_plan *plan, const char *pass, const char *op) {
    int count = 0;
    for (size_t i = 0; i < ln_plan_steps(plan); i++) {
        struct ln_plan_row row = ln_plan_row(plan, i);
        count += strcmp(row.pass, pass) == 0 && (!op || strcmp(row.op, op) == 0);
    }
    return count;
}

static const struct ln_step *step_of(const struct ln_plan *plan, enum ln_step_kind kind, const char *layer) {
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == kind && strcmp(plan->nodes[plan->steps[i].node].node.name, layer) == 0)
            return &plan->steps[i];
    return NULL;
}

static void row_check(const struct ln_plan *plan, const char *layer, bool norm, bool add, bool relu) {
    const struct ln_step *step = step_of(plan, LN_STEP_FORWARD, layer);
    if (!step) fail_msg("no step of %s", layer);
    struct ln_plan_row row = ln_plan_row(plan, (size_t)(step - plan->steps));
    const char *activation = row.activation ? row.activation : "none";
    if ((row.norm != NULL) != norm || row.add != add || strcmp(activation, relu ? "relu" : "none") != 0)
        fail_msg("%s: normalisation %s, sum %d, activation %s", layer, row.norm ? row.norm : "none", row.add,
                 activation);
}

/* The passes of the normalisation apply the sum and the ReLU, and they sum the gradients that they read. Only with direct sums:
 * all layers have one layout, and nothing is reordered. */
static void test_training(void **state) {
    struct ln_net *net = net_of(net_residual);
    struct ln_plan *plan = plan_of(net, &(struct ln_plan_opts){.batch = 4, .train = true, .direct = true});
    row_check(plan, "b1", false, false, true);
    row_check(plan, "b3", false, true, true);
    row_check(plan, "b5", false, true, true);
    row_check(plan, "b6", false, false, false);
    row_check(plan, "b7", false, true, false);
    assert_int_equal(steps_of(plan, "forward", "relu") + steps_of(plan, "backward", "relu"), 0);
    assert_int_equal(steps_of(plan, "forward", "add") + steps_of(plan, "backward", "add"), 0);
    assert_int_equal(steps_of(plan, "sum", NULL), 1); /* for p1, the output of a pooling */
    const struct ln_step *b3 = step_of(plan, LN_STEP_BACKWARD, "b3"),
                         *b5 = step_of(plan, LN_STEP_FORWARD, "b5");
    assert_true(b3->douts[0] >= 0 && b3->douts[1] >= 0);
    assert_true(b3->din[1] == b3->douts[0] && b3->din[0] == b3->douts[1]); /* in place: no memory is needed */
    assert_int_equal(b5->out, b5->in[1]); /* overwrites the projection, which no other layer reads */
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

/* In a residual network only the convolutions of the blocks remain, and a sum overwrites its other term. */
static void test_inference(void **state) {
    struct ln_net *net = net_of(net_residual);
    struct ln_plan *plan = plan_of(net, &(struct ln_plan_opts){.batch = 4});
    row_check(plan, "c1", true, false, true);
    row_check(plan, "c3", true, true, true);
    row_check(plan, "c6", true, false, false);
    row_check(plan, "c7", true, true, false);
    assert_int_equal(steps_of(plan, "forward", NULL), 7 + 3); /* pooling, average, linear */
    const struct ln_step *c3 = step_of(plan, LN_STEP_FORWARD, "c3");
    assert_int_equal(c3->out, c3->in[1]);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

/* Branches that end in a normalisation write into the concatenation, and read their gradients there. */
static void test_slices(void **state) {
    struct ln_net *net = net_of(net_inception);
    struct ln_plan *plan = plan_of(net, &(struct ln_plan_opts){.batch = 4, .train = true});
    const struct ln_step *j1 = step_of(plan, LN_STEP_FORWARD, "j1");
    static const char *const sliced[] = {"b1", "b3", "b5"};
    assert_int_equal(j1->in[0], LN_NO_BUFFER);
    assert_int_equal(j1->in[1], LN_NO_BUFFER);
    assert_true(j1->in[2] >= 0); /* a convolution cannot write a slice */
    assert_int_equal(j1->in[3], LN_NO_BUFFER);
    for (size_t i = 0; i < COUNT(sliced); i++) {
        const struct ln_step *forward = step_of(plan, LN_STEP_FORWARD, sliced[i]);
        const struct ln_step *backward = step_of(plan, LN_STEP_BACKWARD, sliced[i]);
        assert_int_equal(forward->out, j1->out);
        assert_true(forward->slice_at == backward->slice_at && forward->slice_at >= 0);
        assert_true(backward->din[0] != backward->douts[0]);
    }
    assert_true(step_of(plan, LN_STEP_FORWARD, "b1")->slice_at <
                step_of(plan, LN_STEP_FORWARD, "b3")->slice_at);
    ln_plan_destroy(plan);
    ln_net_destroy(net);

    /* all are slices: the concatenation has no step, and the normalisation reads its four gradients */
    net = net_of("linnet 1\ninput 3x6x6\nc1 = conv(input) out=16 kernel=1\nb1 = batchnorm(c1)\n"
                 "c2 = conv(input) out=32 kernel=1\nb2 = batchnorm(c2)\nr2 = relu(b2)\nj = concat(b1 r2)\n"
                 "d1 = conv(j) out=16 kernel=1\nd2 = conv(j) out=16 kernel=3 padding=1\n"
                 "d3 = conv(j) out=16 kernel=5 padding=2\np = maxpool(j) kernel=3 stride=1 padding=1\n"
                 "d4 = conv(p) out=16 kernel=1\ns = add(d1 d2 d3 d4)\nf = flatten(s)\nl = linear(f) "
                 "out=4\noutput l\n");
    plan = plan_of(net, &(struct ln_plan_opts){.batch = 4, .train = true});
    assert_int_equal(steps_of(plan, "forward", "concat") + steps_of(plan, "backward", "concat"), 0);
    assert_int_equal(steps_of(plan, "sum", NULL), 0);
    assert_true(step_of(plan, LN_STEP_BACKWARD, "b1")->douts[3] >= 0);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

/* A value that two layers read in another layout is reordered once. */
static void test_one_copy(void **state) {
    for (int train = 0; train < 2; train++) {
        struct ln_net *net = net_of(net_inception);
        struct ln_plan *plan = plan_of(net, &(struct ln_plan_opts){.batch = 16, .train = train});
        for (size_t i = 0; i < plan->backward_from; i++)
            for (size_t j = 0; j < i; j++) {
                const struct ln_step *a = &plan->steps[i], *b = &plan->steps[j];
                if (a->kind != LN_STEP_REORDER || b->kind != LN_STEP_REORDER) continue;
                assert_false(a->node == b->node && a->layout == b->layout);
            }
        ln_plan_destroy(plan);
        ln_net_destroy(net);
    }
}

/* ---- parameters that change ---------------------------------------------------------------------------- */

static void logits_of(struct ln_plan *plan, const float *x, float *logits) {
    nets_ok(ln_plan_forward(plan, x, NULL, 0));
    memcpy(logits, ln_plan_logits(plan), 4 * 6 * sizeof *logits);
}

static bool equal(const float *a, const float *b) {
    for (int i = 0; i < 4 * 6; i++)
        if (fabsf(a[i] - b[i]) > 1e-6F) return false;
    return true;
}

static void test_follows_parameters(void **state) {
    struct ln_net *net = net_of(net_residual);
    struct ln_plan *train = plan_of(net, &(struct ln_plan_opts){.batch = 4, .train = true});
    struct ln_plan *infer = plan_of(net, &(struct ln_plan_opts){.batch = 4, .like = train});
    float *x = net_images(net, 4), before[24], after[24], fresh[24];
    int32_t *labels = net_labels(net, 4);
    size_t count;
    for (int how = 0; how < 3; how++) {
        float *values = ln_plan_values(train, &count), bias[16] = {0.5F, 2, -1};
        logits_of(infer, x, before);
        if (how == 0) {
            nets_ok(ln_plan_forward(train, x, labels, 0)); /* moves the running statistics */
        } else if (how == 1) {
            nets_ok(ln_plan_set_param(train, 2, bias)); /* b1.bias */
        } else {
            for (size_t i = 0; i < count; i++) values[i] *= 1.1F;
            ln_plan_changed(train);
        }
        logits_of(infer, x, after);
        assert_false(equal(before, after));
        struct ln_plan *other = plan_of(net, &(struct ln_plan_opts){.batch = 4, .like = train});
        logits_of(other, x, fresh);
        assert_memory_equal(after, fresh, sizeof after);
        ln_plan_destroy(other);
    }
    free(x);
    free(labels);
    ln_plan_destroy(infer);
    ln_plan_destroy(train);
    ln_net_destroy(net);
}

/* The constants of the inference plan lie in the memory of the training plan. Once training has released that memory, inference
 * recomputes the constants; training can continue, too. */
static void test_released(void **state) {
    struct ln_net *net = net_of(net_residual);
    struct ln_plan *train = plan_of(net, &(struct ln_plan_opts){.batch = 4, .train = true});
    struct ln_plan *infer = plan_of(net, &(struct ln_plan_opts){.batch = 4, .like = train});
    float *x = net_images(net, 4), before[24], after[24];
    int32_t *labels = net_labels(net, 4);
    nets_ok(ln_plan_forward(train, x, labels, 0));
    logits_of(infer, x, before);
    ln_plan_release(train);
    logits_of(infer, x, after);
    assert_memory_equal(before, after, sizeof after);
    nets_ok(ln_plan_forward(train, x, labels, 1));
    nets_ok(ln_plan_backward(train));
    free(x);
    free(labels);
    ln_plan_destroy(infer);
    ln_plan_destroy(train);
    ln_net_destroy(net);
}

/* In a training plan a frozen backbone runs as in inference and does not change. */
static void test_frozen(void **state) {
    struct ln_net *net = net_of(net_residual);
    bool *frozen = calloc(net->count, sizeof *frozen);
    assert_non_null(frozen);
    ln_net_backbone(net, frozen);
    struct ln_plan *train = plan_of(net, &(struct ln_plan_opts){.batch = 4, .train = true, .frozen = frozen});
    struct ln_plan *infer = plan_of(net, &(struct ln_plan_opts){.batch = 4});
    float *x = net_images(net, 4), one[24], other[24], mean[32];
    int32_t *labels = net_labels(net, 4);
    row_check(train, "c3", true, true, true);
    assert_int_equal(steps_of(train, "forward", "batchnorm"), 0);
    nets_ok(ln_plan_forward(train, x, labels, 0));
    nets_ok(ln_plan_backward(train));
    memcpy(one, ln_plan_logits(train), sizeof one);
    logits_of(infer, x, other);
    assert_true(equal(one, other));
    for (size_t i = 0; i < net->param_count; i++) {
        if (!strstr(net->params[i].name, "running_mean")) continue;
        nets_ok(ln_plan_get_param(train, i, mean));
        assert_true(mean[0] == 0 && mean[1] == 0);
    }
    free(x);
    free(labels);
    free(frozen);
    ln_plan_destroy(train);
    ln_plan_destroy(infer);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_inference),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_one_copy),
        cmocka_unit_test(test_follows_parameters),
        cmocka_unit_test(test_released),
        cmocka_unit_test(test_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
