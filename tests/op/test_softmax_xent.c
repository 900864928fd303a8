/* Softmax and cross-entropy, as the loss that a plan puts behind the output. */
#include "op/op_test.h"
#include "ref/ref.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

struct xent_case {
    int n, k;
    double smoothing;
    float spread; /* logits in +- spread */
    int skipped;  /* every skipped-th label is -1; 0: none */
    bool front;   /* behind a convolution: the logits come in another layout */
};

static struct ln_net *net_of(const struct xent_case *c) {
    struct ln_net *net = ln_net_create(c->k, 1, 1);
    struct ln_value x = ln_input(net);
    if (c->front) x = ln_layer(net, conv, "front", x, .out = c->k, .kernel = {1}, .no_bias = true);
    ln_output(net, ln_layer(net, flatten, NULL, x));
    assert_int_equal(ln_net_finish(net), LINNET_OK);
    return net;
}

struct data {
    float *x;
    double *exact, *dx;
    int32_t *labels;
};

static struct data data_of(const struct xent_case *c) {
    size_t count = (size_t)(c->n * c->k);
    struct data d = {malloc(count * sizeof *d.x), malloc(count * sizeof *d.exact),
                     malloc(count * sizeof *d.dx), malloc((size_t)c->n * sizeof *d.labels)};
    op_fill(d.x, count, 9);
    for (size_t i = 0; i < count; i++) d.exact[i] = d.x[i] *= c->spread;
    for (int i = 0; i < c->n; i++) d.labels[i] = c->skipped && i % c->skipped == 0 ? -1 : i * 7 % c->k;
    return d;
}

static void data_free(struct data *d) {
    free(d->x);
    free(d->exact);
    free(d->dx);
    free(d->labels);
}

/* The formula's gradient is the slope of the formula's loss. */
static void differences_check(const struct xent_case *c, struct data *d) {
    const double h = 1e-4 * c->spread;
    int count = c->n * c->k;
    for (int i = 0; i < count; i += count / 12 + 1) {
        double kept = d->exact[i], up, down;
        d->exact[i] = kept + h;
        up = ref_softmax_xent(c->n, c->k, d->exact, d->labels, c->smoothing, NULL);
        d->exact[i] = kept - h;
        down = ref_softmax_xent(c->n, c->k, d->exact, d->labels, c->smoothing, NULL);
        d->exact[i] = kept;
        assert_true(fabs((up - down) / (2 * h) - d->dx[i]) <= 1e-6);
    }
}

static void case_check(const struct xent_case *c, int threads) {
    struct ln_net *net = net_of(c);
    struct data d = data_of(c);
    struct ln_plan *plan = NULL;
    double want = ref_softmax_xent(c->n, c->k, d.exact, d.labels, c->smoothing, d.dx);
    differences_check(c, &d);
    omp_set_num_threads(threads);
    struct ln_plan_opts opts = {
        .batch = c->n, .train = true, .input_grad = true, .label_smoothing = c->smoothing, .poison = true};
    assert_int_equal(ln_plan_create(&plan, net, &opts), LINNET_OK);
    op_front_set(plan);
    for (int step = 0; step < 2; step++) {
        assert_int_equal(ln_plan_forward(plan, d.x, d.labels, 0), LINNET_OK);
        if (!(fabs(ln_plan_loss(plan) - want) <= 1e-6 * (fabs(want) + 1)))
            fail_msg("n %d, k %d: loss %.9g, the formula says %.9g", c->n, c->k, ln_plan_loss(plan), want);
        for (int i = 0; i < c->n * c->k; i++) assert_true(ln_plan_logits(plan)[i] == d.x[i]);
        assert_int_equal(ln_plan_backward(plan), LINNET_OK);
        for (int i = 0; i < c->n * c->k; i++)
            if (!(fabs((double)ln_plan_din(plan)[i] - d.dx[i]) <= 1e-6 / c->n))
                fail_msg("n %d, k %d: dx[%d] is %.9g, the formula says %.9g", c->n, c->k, i,
                         (double)ln_plan_din(plan)[i], d.dx[i]);
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
    data_free(&d);
}

static void test_formulas(void **state) {
    static const struct xent_case cases[] = {
        {1, 1, 0, 1, 0, false},     {1, 2, 0, 1, 0, false},     {3, 10, 0, 1, 0, true},
        {16, 10, 0.1, 5, 0, false}, {16, 17, 0.1, 5, 3, true},  {3, 1000, 0, 1, 0, false},
        {5, 3, 1, 1, 0, false},     {6, 4, 0, 500, 0, false},   {6, 4, 0.2, 500, 2, true},
        {4, 6, 0, 1, 2, false},     {128, 10, 0.1, 2, 5, true}, {4, 5, 0, 1, 1, false}, /* no row counts */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int threads = 1; threads <= 2; threads++) case_check(&cases[i], threads);
}

/* The loss and gradient of mixed images are the weighted mean of those for the two labels. The next step is
 * not mixed. */
static void test_mixed(void **state) {
    const float share = 0.3F;
    const struct xent_case c = {5, 7, 0.1, 3, 0, false};
    struct ln_net *net = net_of(&c);
    struct data d = data_of(&c);
    struct ln_plan *plan = NULL;
    const int32_t other[5] = {6, 0, 2, 2, 1};
    double dx[35], first = ref_softmax_xent(c.n, c.k, d.exact, d.labels, c.smoothing, d.dx),
                   second = ref_softmax_xent(c.n, c.k, d.exact, other, c.smoothing, dx);
    struct ln_plan_opts opts = {
        .batch = c.n, .train = true, .input_grad = true, .label_smoothing = c.smoothing};
    assert_int_equal(ln_plan_create(&plan, net, &opts), LINNET_OK);
    ln_plan_mix(plan, other, share);
    assert_int_equal(ln_plan_forward(plan, d.x, d.labels, 0), LINNET_OK);
    assert_true(fabs(ln_plan_loss(plan) - (share * first + (1 - share) * second)) <= 1e-6);
    assert_int_equal(ln_plan_backward(plan), LINNET_OK);
    for (int i = 0; i < c.n * c.k; i++)
        assert_true(fabs(ln_plan_din(plan)[i] - (share * d.dx[i] + (1 - share) * dx[i])) <= 1e-7);
    assert_int_equal(ln_plan_forward(plan, d.x, d.labels, 0), LINNET_OK);
    assert_true(fabs(ln_plan_loss(plan) - first) <= 1e-6);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
    data_free(&d);
}

/* Loss and gradient are the formula's, and the formula's gradient is the slope of its loss. */
static void test_weighted(void **state) {
    static const struct xent_case cases[] = {
        {5, 7, 0, 3, 0, false}, {6, 4, 0.2, 5, 3, false}, {4, 3, 0, 2, 1, false}};
    const float weights[7] = {0.5F, 3, 1, 0.1F, 2, 7, 1.5F};
    for (size_t at = 0; at < COUNT(cases); at++) {
        const struct xent_case *c = &cases[at];
        const double h = 1e-4;
        struct ln_net *net = net_of(c);
        struct data d = data_of(c);
        struct ln_plan *plan = NULL;
        const double want = ref_weighted_xent(c->n, c->k, d.exact, d.labels, weights, c->smoothing, d.dx);
        for (int i = 0; i < c->n * c->k; i++) {
            const double kept = d.exact[i];
            d.exact[i] = kept + h;
            const double up = ref_weighted_xent(c->n, c->k, d.exact, d.labels, weights, c->smoothing, NULL);
            d.exact[i] = kept - h;
            const double down = ref_weighted_xent(c->n, c->k, d.exact, d.labels, weights, c->smoothing, NULL);
            d.exact[i] = kept;
            assert_true(fabs((up - down) / (2 * h) - d.dx[i]) <= 1e-6);
        }
        struct ln_plan_opts opts = {.batch = c->n,
                                    .train = true,
                                    .input_grad = true,
                                    .label_smoothing = c->smoothing,
                                    .class_weights = weights,
                                    .poison = true};
        assert_int_equal(ln_plan_create(&plan, net, &opts), LINNET_OK);
        assert_int_equal(ln_plan_forward(plan, d.x, d.labels, 0), LINNET_OK);
        assert_true(fabs(ln_plan_loss(plan) - want) <= 1e-6 * (fabs(want) + 1));
        assert_int_equal(ln_plan_backward(plan), LINNET_OK);
        for (int i = 0; i < c->n * c->k; i++) assert_true(fabs(ln_plan_din(plan)[i] - d.dx[i]) <= 1e-6);
        ln_plan_destroy(plan);
        ln_net_destroy(net);
        data_free(&d);
    }
}

static void test_equal_weights(void **state) {
    const struct xent_case c = {6, 4, 0.2, 5, 3, false};
    const float weights[4] = {2, 2, 2, 2};
    const int32_t other[6] = {3, 0, 2, 2, 1, 0};
    struct ln_net *net = net_of(&c);
    struct data d = data_of(&c);
    struct ln_plan *plans[2] = {NULL};
    for (int i = 0; i < 2; i++) {
        struct ln_plan_opts opts = {.batch = c.n,
                                    .train = true,
                                    .input_grad = true,
                                    .label_smoothing = c.smoothing,
                                    .class_weights = i ? weights : NULL};
        assert_int_equal(ln_plan_create(&plans[i], net, &opts), LINNET_OK);
        ln_plan_mix(plans[i], other, 0.3F);
        assert_int_equal(ln_plan_forward(plans[i], d.x, d.labels, 0), LINNET_OK);
        assert_int_equal(ln_plan_backward(plans[i]), LINNET_OK);
    }
    assert_true(fabs(ln_plan_loss(plans[0]) - ln_plan_loss(plans[1])) <= 1e-9);
    for (int i = 0; i < c.n * c.k; i++)
        assert_true(fabs((double)ln_plan_din(plans[0])[i] - (double)ln_plan_din(plans[1])[i]) <= 1e-7);
    ln_plan_destroy(plans[0]);
    ln_plan_destroy(plans[1]);
    ln_net_destroy(net);
    data_free(&d);
}

/* A nan among the logits makes the loss nan; the next step is unaffected. */
static void test_nan(void **state) {
    const struct xent_case c = {2, 3, 0, 1, 0, false};
    const int32_t labels[2] = {0, 1};
    struct ln_net *net = net_of(&c);
    struct ln_plan *plan = NULL;
    assert_int_equal(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = 2, .train = true}),
                     LINNET_OK);
    float x[6] = {0};
    for (int i = 0; i < 6; i++) {
        x[i] = NAN;
        assert_int_equal(ln_plan_forward(plan, x, labels, 0), LINNET_OK);
        assert_true(isnan(ln_plan_loss(plan)));
        x[i] = 0;
    }
    assert_int_equal(ln_plan_forward(plan, x, labels, 0), LINNET_OK);
    assert_true(fabs(ln_plan_loss(plan) - log(3)) < 1e-6);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

/* The loss needs logits [n, k]. */
static void test_refusal(void **state) {
    const struct op_case c = {{1, 3, 4, 4}, &(const struct ln_softmax_xent_attrs){0}};
    const struct op_refusal refusals[] = {
        {{1, 3, 4, 4}, c.attrs, "op-rank", "2 dimensions, got 4"},
        {{1, 3, 4, 4}, &(const struct ln_softmax_xent_attrs){.smoothing = 1.5}, "op-attr", "smoothing 1.5"},
    };
    op_refuse(&ln_op_softmax_xent, false, refusals, COUNT(refusals));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),      cmocka_unit_test(test_mixed), cmocka_unit_test(test_weighted),
        cmocka_unit_test(test_equal_weights), cmocka_unit_test(test_nan),   cmocka_unit_test(test_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
