/* Parameters in and out of a plan: plain order outside, any layout inside. */
#include "unit/graph/nets.h"

#include "graph/plan_impl.h"

#include <math.h>

static struct ln_plan *plan_of(const struct ln_net *net, int batch, bool train) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = batch, .train = train}));
    return plan;
}

/* Different numbers in every place of every parameter. */
static float *numbers(const struct ln_net *net, size_t i) {
    size_t count = ln_net_param_size(net, i);
    float *plain = malloc(count * sizeof *plain);
    assert_non_null(plain);
    for (size_t j = 0; j < count; j++) plain[j] = (float)j * 0.5F + (float)i;
    return plain;
}

static void params_set(struct ln_plan *plan) {
    for (size_t i = 0; i < plan->net->param_count; i++) {
        float *plain = numbers(plan->net, i);
        nets_ok(ln_plan_set_param(plan, i, plain));
        free(plain);
    }
}

static void params_check(const struct ln_plan *plan) {
    for (size_t i = 0; i < plan->net->param_count; i++) {
        size_t bytes = ln_net_param_size(plan->net, i) * sizeof(float);
        float *want = numbers(plan->net, i), *got = malloc(bytes);
        assert_non_null(got);
        nets_ok(ln_plan_get_param(plan, i, got));
        assert_memory_equal(got, want, bytes);
        free(want);
        free(got);
    }
}

static void test_round_trip(void **state) {
    for (size_t n = 0; n < COUNT(nets_all); n++)
        for (int batch = 1; batch <= 33; batch += 16)
            for (int train = 0; train < 2; train++) {
                struct ln_net *net = net_of(nets_all[n]);
                struct ln_plan *plan = plan_of(net, batch, train);
                params_set(plan);
                params_check(plan);
                ln_plan_destroy(plan);
                ln_net_destroy(net);
            }
}

/* A linear layer after the flatten of a blocked layout keeps its columns in that order. test_round_trip() includes such a layer. */
static void test_view(void **state) {
    struct ln_net *net = net_of(net_lenet);
    struct ln_plan *plan = plan_of(net, 4, true);
    bool seen = false;
    for (size_t i = 0; i < net->param_count; i++) seen |= plan->params[i].view != NULL;
    assert_true(seen);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

static void test_copy(void **state) {
    for (size_t n = 0; n < COUNT(nets_all); n++) {
        struct ln_net *net = net_of(nets_all[n]);
        struct ln_plan *from = plan_of(net, 17, true), *to = plan_of(net, 1, false),
                       *back = plan_of(net, 3, true);
        params_set(from);
        nets_ok(ln_plan_copy_params(to, from));
        params_check(to);
        nets_ok(ln_plan_copy_params(back, to));
        params_check(back);
        ln_plan_destroy(from);
        ln_plan_destroy(to);
        ln_plan_destroy(back);
        ln_net_destroy(net);
    }
}

/* The same seed gives the same weights for any batch size; another seed gives others. All lie within PyTorch's bounds and are
 * spread over them. */
static void test_init(void **state) {
    struct ln_net *net = net_of(net_lenet);
    struct ln_plan *a = plan_of(net, 16, true), *b = plan_of(net, 1, false), *c = plan_of(net, 1, false);
    float *x = calloc(ln_net_largest_param(net), sizeof *x),
          *y = calloc(ln_net_largest_param(net), sizeof *y);
    nets_ok(ln_plan_init(a, 42));
    nets_ok(ln_plan_init(b, 42));
    nets_ok(ln_plan_init(c, 43));
    for (size_t i = 0; i < net->param_count; i++) {
        size_t count = ln_net_param_size(net, i);
        double bound = 1 / sqrt((double)net->params[i].spec.fan_in), square = 0;
        nets_ok(ln_plan_get_param(a, i, x));
        nets_ok(ln_plan_get_param(b, i, y));
        assert_memory_equal(x, y, count * sizeof *x);
        nets_ok(ln_plan_get_param(c, i, y));
        assert_memory_not_equal(x, y, count * sizeof *x);
        for (size_t j = 0; j < count; j++) {
            assert_true(fabs((double)x[j]) <= bound * (1 + 1e-6));
            square += (double)x[j] * (double)x[j] / (double)count;
        }
        if (count > 300) assert_true(fabs(sqrt(3 * square) / bound - 1) < 0.1); /* uniform: bound / sqrt 3 */
    }
    free(x);
    free(y);
    ln_plan_destroy(a);
    ln_plan_destroy(b);
    ln_plan_destroy(c);
    ln_net_destroy(net);
}

/* Values and gradients are flat and in the same order, for the optimiser. The gaps between parameters are and stay zero. */
static void test_flat(void **state) {
    for (size_t n = 0; n < COUNT(nets_all) - 1; n++) {
        struct ln_net *net = net_of(nets_all[n]);
        struct ln_plan *plan = plan_of(net, 6, true);
        size_t count, plain = (size_t)ln_net_parameters(net), nonzero = 0;
        float *values = ln_plan_values(plan, &count), *grads = ln_plan_grads(plan), *x = net_images(net, 6);
        int32_t *labels = net_labels(net, 6);
        nets_ok(ln_plan_init(plan, 1));
        assert_true(count >= plain);
        for (size_t i = 0; i < net->param_count; i++) {
            const struct ln_plan_param *p = &plan->params[i];
            if (p->net->spec.buffer) /* outside the optimiser's range */
                assert_true(!p->grad && p->value >= values + count);
            else
                assert_true(p->value - values == p->grad - grads);
        }
        for (int step = 0; step < 3; step++) {
            nets_ok(ln_plan_forward(plan, x, labels, 0));
            nets_ok(ln_plan_backward(plan));
            for (size_t i = 0; i < count; i++) values[i] -= 0.01F * grads[i];
        }
        for (size_t i = 0; i < count; i++) nonzero += values[i] != 0;
        assert_true(nonzero <= plain);
        free(x);
        free(labels);
        ln_plan_destroy(plan);
        ln_net_destroy(net);
    }
}

/* ---- parameters that the plan borrows from the caller ---------------------------------------------------- */

static float **fresh_params(const struct ln_net *net) {
    float **params = calloc(net->param_count + 1, sizeof *params);
    assert_non_null(params);
    for (size_t i = 0; i < net->param_count; i++) {
        params[i] = malloc(ln_net_param_size(net, i) * sizeof **params);
        assert_non_null(params[i]);
        ln_net_init_param(net, i, 3, params[i]);
    }
    return params;
}

static float *some_images(const struct ln_net *net, int batch) {
    size_t count = 0;
    assert_true(ln_shape_count(&net->nodes[0].out, &count));
    float *images = malloc(count * (size_t)batch * sizeof *images);
    assert_non_null(images);
    for (size_t i = 0; i < count * (size_t)batch; i++) images[i] = (float)(i * 2654435761U % 1000) / 500 - 1;
    return images;
}

/* Logits of a plan for the whole batch, then of one for a single image that shares its parameters: [batch + 1][classes]. */
static float *logits_of(const struct ln_net *net, float *const *params, bool borrows, size_t *values) {
    enum { BATCH = 16 };
    const size_t classes = (size_t)ln_net_classes(net);
    float *images = some_images(net, BATCH), *logits = malloc((BATCH + 1) * classes * sizeof *logits);
    struct ln_plan_opts opts = {.batch = BATCH, .params = borrows ? params : NULL};
    struct ln_plan *plan, *one;
    assert_non_null(logits);
    nets_ok(ln_plan_create(&plan, net, &opts));
    *values = plan->value_count;
    for (size_t i = 0; i < net->param_count; i++)
        if (!borrows)
            nets_ok(ln_plan_set_param(plan, i, params[i]));
        else if (plan->params[i].borrowed)
            assert_int_equal(ln_plan_set_param(plan, i, params[i]), LINNET_ERR_INTERNAL);
    for (size_t i = 0; i < net->param_count; i++) {
        const size_t bytes = ln_net_param_size(net, i) * sizeof(float);
        float *got = malloc(bytes);
        assert_non_null(got);
        nets_ok(ln_plan_get_param(plan, i, got));
        assert_memory_equal(got, params[i], bytes);
        free(got);
    }
    nets_ok(ln_plan_forward(plan, images, NULL, 0));
    memcpy(logits, ln_plan_logits(plan), BATCH * classes * sizeof *logits);
    opts.batch = 1;
    opts.like = plan;
    nets_ok(ln_plan_create(&one, net, &opts));
    nets_ok(ln_plan_forward(one, images, NULL, 0));
    memcpy(logits + BATCH * classes, ln_plan_logits(one), classes * sizeof *logits);
    ln_plan_destroy(one);
    ln_plan_destroy(plan);
    free(images);
    return logits;
}

static void test_borrowed(void **state) {
    size_t less = 0;
    for (size_t n = 0; n < COUNT(nets_all); n++) {
        struct ln_net *net = net_of(nets_all[n]);
        float **params = fresh_params(net);
        size_t copied, kept;
        float *want = logits_of(net, params, false, &copied), *got = logits_of(net, params, true, &kept);
        assert_memory_equal(got, want, 17 * (size_t)ln_net_classes(net) * sizeof *got);
        assert_true(kept <= copied);
        less += kept < copied;
        for (size_t i = 0; i < net->param_count; i++) free(params[i]);
        free(params);
        free(want);
        free(got);
        ln_net_destroy(net);
    }
    assert_true(less > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_view), cmocka_unit_test(test_copy),
        cmocka_unit_test(test_init),       cmocka_unit_test(test_flat), cmocka_unit_test(test_borrowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
