/* Head and backbone. In a plan with a frozen backbone, the gradients of the head are the same as without freezing, no other
 * gradients are computed, and the optimiser gets only the parameters of the head. */
#include "unit/graph/nets.h"

#include "graph/plan_impl.h"

#include <math.h>

static int node_named(const struct ln_net *net, const char *name) {
    for (size_t i = 0; i < net->count; i++)
        if (strcmp(net->nodes[i].name, name) == 0) return (int)i;
    fail_msg("no layer %s", name);
    return -1;
}

static void head_is(const char *text, int output, const char *name) {
    struct ln_net *net = net_of(text);
    assert_int_equal(ln_net_head(net, output), name ? node_named(net, name) : 0);
    ln_net_destroy(net);
}

static void test_head(void **state) {
    head_is(net_lenet, 0, "fc2");
    head_is(net_odd, 0, "l2"); /* a dropout follows it */
    head_is(net_heads, 0, "a2");
    head_is(net_heads, 2, "a3");
    head_is(net_bare, 0, NULL);
}

/* The layers outside the backbone, by name and in order. */
static void outside_is(const char *text, const char *const *names, size_t count) {
    struct ln_net *net = net_of(text);
    bool *backbone = malloc(net->count * sizeof *backbone);
    size_t at = 0;
    assert_non_null(backbone);
    ln_net_backbone(net, backbone);
    assert_false(backbone[0]);
    for (size_t i = 1; i < net->count; i++) {
        if (backbone[i]) continue;
        assert_true(at < count);
        assert_string_equal(net->nodes[i].name, names[at++]);
    }
    assert_int_equal(at, count);
    free(backbone);
    ln_net_destroy(net);
}

static void test_backbone(void **state) {
    outside_is(net_lenet, (const char *[]){"relu3", "fc2"}, 2);
    outside_is(net_odd, (const char *[]){"t2", "r4", "l2", "d4"}, 4); /* d0 to d3: dropouts of the backbone */
    outside_is(net_heads, (const char *[]){"f2", "a2"}, 2);           /* not the other heads */
    outside_is(net_bare, (const char *[]){"f"}, 1);
}

static struct ln_plan *plan_of(const struct ln_net *net, const bool *frozen, int batch,
                               struct ln_plan *like) {
    struct ln_plan *plan;
    nets_ok(ln_plan_create(
        &plan, net,
        &(struct ln_plan_opts){.batch = batch, .train = true, .seed = 2, .frozen = frozen, .like = like}));
    if (!like) nets_ok(ln_plan_init(plan, 11));
    return plan;
}

static void step(struct ln_plan *plan) {
    float *x = net_images(ln_plan_net(plan), ln_plan_batch(plan));
    int32_t *labels = net_labels(ln_plan_net(plan), ln_plan_batch(plan));
    nets_ok(ln_plan_forward(plan, x, labels, 1));
    nets_ok(ln_plan_backward(plan));
    free(x);
    free(labels);
}

/* Equal up to rounding: layers that only run forward may use other kernels. */
static void same_gradient(const struct ln_plan *a, const struct ln_plan *b, size_t i) {
    size_t count = ln_net_param_size(ln_plan_net(a), i);
    float *x = malloc(count * sizeof *x), *y = malloc(count * sizeof *y);
    assert_true(x && y);
    nets_ok(ln_plan_get_grad(a, i, x));
    nets_ok(ln_plan_get_grad(b, i, y));
    double most = 0, off = 0;
    for (size_t j = 0; j < count; j++) {
        most = fmax(most, fabs((double)x[j]));
        off = fmax(off, fabs((double)x[j] - (double)y[j]));
    }
    assert_true(most > 0 && off <= 1e-5 * most);
    free(x);
    free(y);
}

static size_t backward_steps(const struct ln_plan *plan) {
    return plan->step_count - plan->backward_from;
}

static void gradients_check(const char *text, int batch, bool same) {
    struct ln_net *net = net_of(text);
    bool *frozen = calloc(net->count, sizeof *frozen);
    assert_non_null(frozen);
    ln_net_backbone(net, frozen);
    struct ln_plan *whole = plan_of(net, NULL, batch, NULL), *part = plan_of(net, frozen, batch, NULL);
    struct ln_plan *tail = plan_of(net, frozen, 3, part);
    step(whole);
    step(part);
    step(tail);
    step(part);
    size_t count, head = 0;
    for (size_t i = 0; i < net->param_count; i++) {
        assert_int_equal(part->params[i].grad == NULL, frozen[net->params[i].node]);
        if (frozen[net->params[i].node]) continue;
        if (same) same_gradient(whole, part, i);
        head += ln_size_align(part->params[i].layout->bytes, LN_ARENA_ALIGN) / sizeof(float);
    }
    ln_plan_values(part, &count);
    assert_int_equal(count, head);
    /* The loss and the head, plus a layer between them or a reorder of weights. */
    assert_in_range(backward_steps(part), 2, 4);
    assert_true(backward_steps(whole) > 2 * backward_steps(part));
    ln_plan_destroy(tail);
    ln_plan_destroy(part);
    ln_plan_destroy(whole);
    free(frozen);
    ln_net_destroy(net);
}

static void test_gradients(void **state) {
    gradients_check(net_lenet, 7, true);
    gradients_check(net_lenet, 16, true);
    gradients_check(net_lenet5, 7, true);
    gradients_check(net_heads, 7, true);
    gradients_check(net_odd, 7, false); /* the dropouts of a frozen backbone are off */
}

/* A frozen backbone computes what it computes in inference: its batch normalisation uses the running statistics. */
static void test_running_statistics(void **state) {
    static const char text[] =
        "linnet 1\ninput 3x12x12\nc1 = conv(input) out=16 kernel=3\nb1 = batchnorm(c1)\n"
        "r1 = relu(b1)\nc2 = conv(r1) out=16 kernel=3 padding=1\nb2 = batchnorm(c2)\n"
        "s = add(b2 r1)\nr2 = relu(s)\nf = flatten(r2)\nfc = linear(f) out=10\noutput fc\n";
    struct ln_net *net = net_of(text);
    bool *frozen = calloc(net->count, sizeof *frozen);
    assert_non_null(frozen);
    ln_net_backbone(net, frozen);
    struct ln_plan *part = plan_of(net, frozen, 6, NULL), *whole = plan_of(net, NULL, 6, NULL), *infer;
    nets_ok(ln_plan_create(&infer, net, &(struct ln_plan_opts){.batch = 6, .like = part}));
    float *x = net_images(net, 6);
    int32_t *labels = net_labels(net, 6);
    float expected[60]; /* a copy: `infer` shares the memory of `part` */
    nets_ok(ln_plan_forward(infer, x, NULL, 0));
    memcpy(expected, ln_plan_logits(infer), sizeof expected);
    nets_ok(ln_plan_forward(part, x, labels, 0));
    nets_ok(ln_plan_forward(whole, x, labels, 0));
    double most = 0, off = 0, off_whole = 0;
    for (int i = 0; i < 60; i++) {
        most = fmax(most, fabs((double)expected[i]));
        off = fmax(off, fabs((double)ln_plan_logits(part)[i] - expected[i]));
        off_whole = fmax(off_whole, fabs((double)ln_plan_logits(whole)[i] - expected[i]));
    }
    assert_true(off < 1e-4 * most);
    assert_true(off_whole > 0.1 * most); /* it uses the statistics of the batch */
    free(x);
    free(labels);
    ln_plan_destroy(infer);
    ln_plan_destroy(part);
    ln_plan_destroy(whole);
    free(frozen);
    ln_net_destroy(net);
}

/* Every head gets the new number of classes and nothing else changes; the old number restores the first network. */
static void test_with_classes(void **state) {
    for (size_t i = 0; i < sizeof nets_all / sizeof *nets_all; i++) {
        if (nets_all[i] == net_bare) continue;
        struct ln_net *net = net_of(nets_all[i]), *other, *again;
        char *text, *text_again;
        const int classes = ln_net_classes(net);
        nets_ok(ln_net_with_classes(net, 3, &other));
        nets_ok(ln_net_with_classes(other, classes, &again));
        for (int k = 0; k < other->output_count; k++)
            assert_int_equal(other->nodes[other->outputs[k].node].out.dim[1], 3);
        for (size_t p = 0; p < net->param_count; p++) {
            const struct ln_net_param *a = &net->params[p], *b = &other->params[p];
            bool of_head = false;
            for (int k = 0; k < net->output_count; k++) of_head |= ln_net_head(net, k) == a->node;
            assert_string_equal(a->name, b->name);
            if (!of_head) assert_true(ln_shape_equal(&a->spec.shape, &b->spec.shape));
        }
        nets_ok(ln_net_print(net, &text));
        nets_ok(ln_net_print(again, &text_again));
        assert_string_equal(text, text_again);
        ln_free(text);
        ln_free(text_again);
        ln_net_destroy(net);
        ln_net_destroy(other);
        ln_net_destroy(again);
    }
}

/* Without a layer of weights there is no head to replace. */
static void test_without_head(void **state) {
    struct ln_net *net = net_of(net_bare), *other = NULL;
    assert_int_equal(ln_net_with_classes(net, 3, &other), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "net-head");
    assert_null(other);
    ln_error_clear();
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),         cmocka_unit_test(test_backbone),
        cmocka_unit_test(test_with_classes), cmocka_unit_test(test_without_head),
        cmocka_unit_test(test_gradients),    cmocka_unit_test(test_running_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
