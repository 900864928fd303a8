/* Max pooling. */
#include "base/cpu.h"
#include "kernel/maxpool_rows.h"
#include "op/op_formulas.h"
#include <math.h>
#include <string.h>

#define POOL(...)                      \
    &(const struct ln_maxpool_attrs) { \
        __VA_ARGS__                    \
    }

static void test_formulas(void **state) {
    const struct op_case cases[] = {
        {{1, 1, 1, 1}, POOL(.kernel = {1})},
        {{3, 1, 4, 6}, POOL(.kernel = {2})},
        {{3, 6, 7, 5}, POOL(.kernel = {2})}, /* the last row and column are dropped */
        {{3, 6, 7, 5}, POOL(.kernel = {2}, .ceil = true)},
        {{2, 16, 9, 8}, POOL(.kernel = {3}, .stride = {2})},
        {{2, 16, 9, 8}, POOL(.kernel = {3}, .stride = {2}, .ceil = true)},
        {{1, 17, 9, 8}, POOL(.kernel = {3}, .stride = {2}, .padding = {1})},
        {{2, 17, 8, 8}, POOL(.kernel = {3}, .stride = {2}, .padding = {1}, .ceil = true)},
        {{2, 33, 5, 5}, POOL(.kernel = {3}, .stride = {1}, .padding = {1})},
        {{16, 3, 6, 6}, POOL(.kernel = {2, 3}, .stride = {1, 2}, .padding = {1, LINNET_NONE})},
        {{2, 3, 5, 9}, POOL(.kernel = {5, 9})},             /* global */
        {{2, 8, 7, 7}, POOL(.kernel = {2}, .stride = {3})}, /* gaps between windows */
        {{2, 16, 4, 4}, POOL(.kernel = {2}, .stride = {4}, .padding = {1}, .ceil = true)},
        {{2, 5, 6, 7}, POOL(.kernel = {4}, .stride = {3}, .padding = {2}, .ceil = true)},
        {{32, 6, 7, 5}, POOL(.kernel = {3}, .stride = {2}, .padding = {1}, .ceil = true)},
        {{130, 2, 3, 3}, POOL(.kernel = {2}, .stride = {1})},
        {{2, 20, 2, 1}, POOL(.kernel = {3, 2}, .stride = {2}, .ceil = true)}, /* hangs over the end */
    };
    op_check(&op_formulas_maxpool, cases, COUNT(cases));
}

/* A plan of one pooling layer run on x; dy is all ones. */
static void run(const struct op_case *c, const struct ln_op *between, const float *x, float *y, float *dx) {
    struct ln_net *net = ln_net_create(c->in[1], c->in[2], c->in[3]);
    struct ln_plan *plan = NULL;
    struct ln_value value = ln_input(net);
    value = ln_layer(net, conv, "front", value, .out = c->in[1], .kernel = {1}, .no_bias = true);
    if (between) value = ln_net_add(net, between, NULL, "", &value, 1);
    value = ln_net_add(net, &ln_op_maxpool, "layer", c->attrs, &value, 1);
    ln_output(net, ln_layer(net, flatten, NULL, value));
    assert_int_equal(ln_net_finish(net), LINNET_OK);
    struct ln_plan_opts opts = {.batch = c->in[0], .train = true, .no_loss = true, .input_grad = true};
    assert_int_equal(ln_plan_create(&plan, net, &opts), LINNET_OK);
    op_front_set(plan);
    assert_int_equal(ln_plan_forward(plan, x, NULL, 0), LINNET_OK);
    size_t in = 1, out = 0;
    for (int i = 0; i < 4; i++) in *= (size_t)c->in[i];
    assert_true(ln_shape_count(&net->nodes[net->count - 1].out, &out));
    out *= (size_t)c->in[0];
    memcpy(y, ln_plan_logits(plan), out * sizeof *y);
    for (size_t i = 0; i < out; i++) ln_plan_dout(plan)[i] = 1;
    assert_int_equal(ln_plan_backward(plan), LINNET_OK);
    memcpy(dx, ln_plan_din(plan), in * sizeof *dx);
    ln_plan_destroy(plan);
    ln_net_destroy(net);
}

enum { CHANNELS = 20, SIDE = 4, PLANE = SIDE * SIDE, CELLS = CHANNELS * PLANE };
static const struct op_case halves = {{1, CHANNELS, SIDE, SIDE}, POOL(.kernel = {2})};

/* The first of equal values gets the gradient. */
static void test_equal_values(void **state) {
    float x[CELLS], y[CELLS / 4], dx[CELLS];
    for (int i = 0; i < CELLS; i++) x[i] = 3;
    run(&halves, NULL, x, y, dx);
    for (int i = 0; i < CELLS; i++) {
        int row = i % PLANE / SIDE, column = i % SIDE;
        assert_true(dx[i] == (row % 2 == 0 && column % 2 == 0 ? 1 : 0));
        assert_true(y[i / 4] == 3);
    }
}

/* Behind a ReLU a window that is all zero passes no gradient: the pooling masks for the ReLU. */
static void test_behind_relu(void **state) {
    float x[CELLS], y[CELLS / 4], dx[CELLS];
    op_fill(x, CELLS, 5);
    for (int i = 0; i < CELLS; i++)
        if (i % PLANE < PLANE / 2) x[i] = -1 - x[i] * x[i];
    run(&halves, &ln_op_relu, x, y, dx);
    for (int plane = 0; plane < CHANNELS; plane++)
        for (int window = 0; window < PLANE / 4; window++) {
            int corner = plane * PLANE + window / 2 * 2 * SIDE + window % 2 * 2, best = corner;
            const int cells[] = {corner, corner + 1, corner + SIDE, corner + SIDE + 1};
            for (int i = 0; i < 4; i++) best = x[cells[i]] > x[best] ? cells[i] : best;
            assert_true(y[plane * PLANE / 4 + window] == (x[best] > 0 ? x[best] : 0));
            for (int i = 0; i < 4; i++)
                assert_true(dx[cells[i]] == (cells[i] == best && x[best] > 0 ? 1 : 0));
        }
}

/* A nan is not overlooked. */
static void test_nan(void **state) {
    float x[CELLS] = {0}, y[CELLS / 4], dx[CELLS];
    for (int i = 0; i < SIDE; i++) x[i * SIDE + i] = NAN;
    run(&halves, NULL, x, y, dx);
    /* the convolution spreads it over the channels */
    for (int i = 0; i < CELLS / 4; i++) assert_int_equal(isnan(y[i]) != 0, i % 4 == 0 || i % 4 == 3);
}

static void test_refusals(void **state) {
    const struct op_refusal refusals[] = {
        {{1, 3, 8, 8}, POOL(.stride = {2}), "op-attr", "kernel is missing"},
        {{1, 3, 8, 8}, POOL(.kernel = {-2}), "op-attr", "kernel -2"},
        {{1, 3, 8, 8}, POOL(.kernel = {2000}), "op-attr", "kernel 2000"},
        {{1, 3, 8, 8}, POOL(.kernel = {2}, .stride = {-7}), "op-attr", "stride -7"},
        {{1, 3, 8, 8},
         POOL(.kernel = {3}, .padding = {2}),
         "op-padding",
         "2x2 is more than half the kernel 3x3"},
        {{1, 3, 8, 8}, POOL(.kernel = {2, 4}, .padding = {2}), "op-padding", "2x2 is more than half"},
        {{1, 3, 4, 8}, POOL(.kernel = {5}), "op-kernel", "kernel 5 larger than input 4 (rows"},
        {{1, 3, 8, 4}, POOL(.kernel = {5}), "op-kernel", "kernel 5 larger than input 4 (columns"},
    };
    op_refuse(&ln_op_maxpool, false, refusals, COUNT(refusals));
    const struct op_refusal flat[] = {
        {{1, 3, 8, 8}, POOL(.kernel = {2}), "op-rank", "4 dimensions, got 2"},
    };
    op_refuse(&ln_op_maxpool, true, flat, COUNT(flat));
}

/* Sizes as torch.nn.MaxPool2d gives them. */
static void test_facts(void **state) {
    const struct op_facts facts[] = {
        {{1, 3, 8, 9}, POOL(.kernel = {2}), "layer = maxpool(input) kernel=2", {3, 4, 4}, 0, 0},
        {{1, 3, 8, 9}, POOL(.kernel = {2}, .ceil = true), "layer = maxpool(input) kernel=2 ceil", {3, 4, 5}},
        {{1, 2, 13, 6},
         POOL(.kernel = {3, 2}, .stride = {2, 3}, .padding = {LINNET_NONE, 1}),
         "layer = maxpool(input) kernel=3x2 stride=2x3 padding=0x1",
         {2, 6, 3}},
        /* the third window would start in the right padding */
        {{1, 1, 3, 3},
         POOL(.kernel = {2}, .stride = {2}, .padding = {1}, .ceil = true),
         "layer = maxpool(input) kernel=2 stride=2 padding=1 ceil",
         {1, 2, 2}},
    };
    op_facts_check(&ln_op_maxpool, false, facts, COUNT(facts));
}

/* ---- every family of processors gives the same bits --------------------------------------------------- */

enum { SPAN_H = 9, OUT_H = 5, MOST_X = SPAN_H * 301 * 2, MOST_ROW = 151 * 2 };

struct plane {
    float x[MOST_X], t[3 * MOST_ROW], y[OUT_H * MOST_ROW], dx[MOST_X];
    uint8_t across[SPAN_H * MOST_ROW], down[OUT_H * MOST_ROW];
};

/* Runs the row kernels forward and backward over a plane of w columns. */
static void run_rows(const struct ln_maxpool_rows *rows, int w, int inner, bool bf16, struct plane *plane) {
    int out_w = (w - 1) / 2 + 1, x_row = w * inner, row = out_w * inner;
    struct ln_maxpool m = {.pool = {.kernel = {3, 3},
                                    .stride = {2, 2},
                                    .padding = {1, 1},
                                    .in = {1, SPAN_H, w, inner},
                                    .out = {1, OUT_H, out_w, inner},
                                    .bf16 = bf16,
                                    .mask_input = true},
                           .row = row};
    struct ln_maxpool_pass f = {&m, plane->x, plane->y, plane->across, plane->down, plane->t},
                           b = {&m, plane->y, plane->dx, plane->across, plane->down, plane->t};
    for (int p = 0, next = 0; p < OUT_H; p++) {
        struct ln_maxpool_line l = ln_maxpool_line(p, 2, 1, 3, SPAN_H);
        for (; next < l.to; next++)
            rows->across(&f, (int64_t)next * x_row, plane->t + next % 3 * row, plane->across + next * row);
        rows->down(&f, &l, (int64_t)p * row);
    }
    struct ln_pool_reach p = {0};
    for (int y = 0; y < SPAN_H; y++) {
        ln_pool_advance(&p, y, 2, 1, 3, OUT_H);
        rows->up(&b, &p, y, 0);
        rows->back(&b, plane->across + y * row, (int64_t)y * x_row);
    }
}

static const struct { int w, inner; } shapes[] = {{9, 24}, {10, 8}, {40, 1}, {301, 1}, {2, 1}};

static void test_families(void **state) {
    static struct plane planes[2];
    for (size_t i = 0; i < COUNT(shapes); i++)
        for (int bf16 = 0; bf16 < 2; bf16++)
            for (enum ln_isa isa = LN_ISA_ANY; isa <= ln_cpu_isa(); isa++) {
                struct plane *is = &planes[isa > LN_ISA_ANY];
                memset(is, 0, sizeof *is);
                op_fill(is->x, MOST_X, 1); /* read as bf16, twice as many numbers of any size */
                is->x[7] = NAN;
                run_rows(ln_maxpool_rows(isa), shapes[i].w, shapes[i].inner, bf16, is);
                if (isa > LN_ISA_ANY) assert_memory_equal(&planes[0], is, sizeof *is);
            }
}

/* The plain layout has loops of its own. They must give the same bits as blocks of two equal channels. */
static void test_plain(void **state) {
    static struct plane plain, pairs;
    const int widths[] = {1, 2, 9, 40, 301};
    for (enum ln_isa isa = LN_ISA_ANY; isa <= ln_cpu_isa(); isa++)
        for (size_t i = 0; i < COUNT(widths); i++) {
            int w = widths[i], out = OUT_H * ((w - 1) / 2 + 1), in = SPAN_H * w;
            memset(&plain, 0, sizeof plain);
            memset(&pairs, 0, sizeof pairs);
            op_fill(plain.x, (size_t)in, 1);
            plain.x[in - 1] = NAN;
            for (int j = 0; j < in; j++) pairs.x[2 * j] = pairs.x[2 * j + 1] = plain.x[j];
            run_rows(ln_maxpool_rows(isa), w, 1, false, &plain);
            run_rows(ln_maxpool_rows(isa), w, 2, false, &pairs);
            for (int j = 0; j < out; j++) assert_memory_equal(&plain.y[j], &pairs.y[2 * j], sizeof(float));
            for (int j = 0; j < out; j++) assert_int_equal(plain.down[j], pairs.down[2 * j]);
            for (int j = 0; j < in; j++) assert_memory_equal(&plain.dx[j], &pairs.dx[2 * j], sizeof(float));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),    cmocka_unit_test(test_equal_values),
        cmocka_unit_test(test_behind_relu), cmocka_unit_test(test_nan),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_facts),
        cmocka_unit_test(test_families),    cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
