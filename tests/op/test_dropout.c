/* Dropout. Which numbers become zero is random, so the tests check properties: the share of zeros, the
 * scale of the rest, and that the gradient has the same zeros. */
#include "base/alloc.h"
#include "op/op_test.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, CHANNELS = 17, SIDE = 23, COUNT_ALL = BATCH * CHANNELS * SIDE * SIDE };

struct run {
    float y[COUNT_ALL], dx[COUNT_ALL];
};

struct how {
    double p;
    uint64_t seed;
    uint32_t step;
    int threads;
    bool front, inference;
    int first; /* position of row 0 in the whole batch */
};

/* x and dy are ones, so that y and dx are the masks. */
static void run(const struct how *how, struct run *r) {
    static float ones[COUNT_ALL];
    const struct op_case c = {{BATCH, CHANNELS, SIDE, SIDE}, &(struct ln_dropout_attrs){.p = how->p}};
    struct ln_net *net = op_net(&ln_op_dropout, false, &c, how->front);
    struct ln_plan *plan = NULL;
    assert_int_equal(ln_net_finish(net), LINNET_OK);
    struct ln_plan_opts opts = {.batch = BATCH, .seed = how->seed, .train = !how->inference};
    opts.no_loss = opts.input_grad = opts.poison = opts.train;
    omp_set_num_threads(how->threads);
    assert_int_equal(ln_plan_create(&plan, net, &opts), LINNET_OK);
    op_front_set(plan);
    for (int i = 0; i < COUNT_ALL; i++) ones[i] = 1;
    ln_plan_share(plan, &(struct ln_op_share){.first = how->first, .total = 2 * BATCH, .count = BATCH});
    assert_int_equal(ln_plan_forward(plan, ones, NULL, how->step), LINNET_OK);
    memcpy(r->y, ln_plan_logits(plan), sizeof r->y);
    if (!how->inference) {
        memcpy(ln_plan_dout(plan), ones, sizeof ones);
        assert_int_equal(ln_plan_backward(plan), LINNET_OK);
        memcpy(r->dx, ln_plan_din(plan), sizeof r->dx);
    }
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

static struct run *run_new(void) {
    struct run *r = calloc(1, sizeof *r);
    assert_non_null(r);
    return r;
}

/* Each number is zero or 1/(1-p), the gradient has the same mask, and the share of zeros is p within four
 * standard deviations. */
static void mask_check(const struct how *how) {
    struct run *r = run_new();
    int fallen = 0;
    run(how, r);
    for (int i = 0; i < COUNT_ALL; i++) {
        assert_true(r->y[i] == 0 || fabs((double)r->y[i] * (1 - how->p) - 1) < 1e-6);
        assert_true(r->dx[i] == r->y[i]);
        fallen += r->y[i] == 0;
    }
    double deviation = sqrt(how->p * (1 - how->p) / COUNT_ALL);
    assert_true(fabs((double)fallen / COUNT_ALL - how->p) <= 4 * deviation);
    free(r);
}

static void test_mask(void **state) {
    static const double ps[] = {0.1, 0.5, 0.9};
    for (size_t i = 0; i < COUNT(ps); i++)
        for (int front = 0; front < 2; front++)
            mask_check(&(struct how){.p = ps[i], .threads = 2, .seed = 3, .front = front});
}

/* Rows 1 and on, run as a share of their own, have the masks that they have in the whole batch. An image has 8,993 numbers,
 * not a multiple of the four that the generator draws at a time. */
static void test_share_of_a_batch(void **state) {
    enum { IMAGE = CHANNELS * SIDE * SIDE, ROWS = BATCH - 1 };
    struct run *whole = run_new(), *share = run_new();
    for (int front = 0; front < 2; front++) {
        run(&(struct how){.p = 0.5, .threads = 2, .seed = 3, .front = front}, whole);
        run(&(struct how){.p = 0.5, .threads = 2, .seed = 3, .front = front, .first = 1}, share);
        assert_memory_equal(share->y, whole->y + IMAGE, ROWS * IMAGE * sizeof(float));
        assert_memory_equal(share->dx, whole->dx + IMAGE, ROWS * IMAGE * sizeof(float));
    }
    free(whole);
    free(share);
}

/* Share of elements that both runs drop or both keep. */
static double agreement(const struct run *a, const struct run *b) {
    int both = 0;
    for (int i = 0; i < COUNT_ALL; i++) both += (a->y[i] == 0) == (b->y[i] == 0);
    return (double)both / COUNT_ALL;
}

/* The masks of two consecutive layers are independent. */
static void test_layers_differ(void **state) {
    struct ln_net *net = ln_net_create(1, 100, 100);
    struct ln_value x = ln_layer(net, dropout, NULL, ln_input(net));
    x = ln_layer(net, dropout, NULL, x);
    ln_output(net, ln_layer(net, flatten, NULL, x));
    struct ln_plan *plan = NULL;
    struct ln_plan_opts opts = {.batch = 1, .train = true, .no_loss = true, .input_grad = true};
    static float ones[10000];
    int left = 0;
    for (int i = 0; i < 10000; i++) ones[i] = 1;
    assert_int_equal(ln_plan_create(&plan, net, &opts), LINNET_OK);
    assert_int_equal(ln_plan_forward(plan, ones, NULL, 0), LINNET_OK);
    for (int i = 0; i < 10000; i++) left += ln_plan_logits(plan)[i] != 0;
    assert_true(abs(left - 2500) < 200);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

/* The same mask for any number of threads; an independent one in another step or with another seed. */
static void test_streams(void **state) {
    struct run *base = run_new(), *other = run_new();
    const struct how how = {.p = 0.5, .threads = 1, .seed = 3, .step = 7};
    run(&how, base);
    struct how changed = how;
    changed.threads = 2;
    run(&changed, other);
    assert_memory_equal(base, other, sizeof *base);
    const struct how different[] = {
        {.p = 0.5, .threads = 1, .seed = 3, .step = 8},
        {.p = 0.5, .threads = 1, .seed = 4, .step = 7},
        {.p = 0.5, .threads = 1, .seed = 3 + (1ULL << 40), .step = 7},
    };
    for (size_t i = 0; i < COUNT(different); i++) {
        run(&different[i], other);
        assert_true(fabs(agreement(base, other) - 0.5) < 0.02);
    }
    free(base);
    free(other);
}

static void test_extremes(void **state) {
    struct run *r = run_new();
    run(&(struct how){.p = 1, .threads = 2}, r);
    for (int i = 0; i < COUNT_ALL; i++) assert_true(r->y[i] == 0 && r->dx[i] == 0);
    run(&(struct how){.p = LINNET_NONE, .threads = 2}, r);
    for (int i = 0; i < COUNT_ALL; i++) assert_true(r->y[i] == 1 && r->dx[i] == 1);
    for (int front = 0; front < 2; front++) {
        run(&(struct how){.p = 0.5, .threads = 2, .inference = true, .front = front}, r);
        for (int i = 0; i < COUNT_ALL; i++) assert_true(r->y[i] == 1);
    }
    free(r);
}

/* The default is a half; another probability comes back from the text to the last bit. */
static void test_text(void **state) {
    static const struct {
        double p, resolved;
        const char *line;
    } cases[] = {{0, 0.5, "layer = dropout(input)\n"},
                 {0.5, 0.5, "layer = dropout(input)\n"},
                 {LINNET_NONE, 0, "layer = dropout(input) p=0\n"},
                 {0.1, 0.1, "layer = dropout(input) p=0.1000"},
                 {1.0 / 3, 1.0 / 3, "layer = dropout(input) p=0.333"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct op_case c = {{1, 1, 2, 2}, &(struct ln_dropout_attrs){.p = cases[i].p}};
        struct ln_net *net = op_net(&ln_op_dropout, false, &c, false), *parsed;
        char *text;
        assert_int_equal(ln_net_print(net, &text), LINNET_OK);
        assert_non_null(strstr(text, cases[i].line));
        assert_int_equal(ln_net_parse(text, &parsed), LINNET_OK);
        assert_true(((const struct ln_dropout_attrs *)parsed->nodes[1].attrs)->p == cases[i].resolved);
        ln_free(text);
        ln_net_destroy(net);
        ln_net_destroy(parsed);
    }
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 4, 4}, &(const struct ln_dropout_attrs){.p = 1.25}, "op-attr", "p 1.25"},
        {{1, 3, 4, 4}, &(const struct ln_dropout_attrs){.p = -0.5}, "op-attr", "p -0.5"},
        {{1, 3, 4, 4}, &(const struct ln_dropout_attrs){.p = NAN}, "op-attr", "p nan"},
    };
    op_refuse(&ln_op_dropout, false, refusals, COUNT(refusals));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mask),     cmocka_unit_test(test_share_of_a_batch),
        cmocka_unit_test(test_streams),  cmocka_unit_test(test_layers_differ),
        cmocka_unit_test(test_extremes), cmocka_unit_test(test_text),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
