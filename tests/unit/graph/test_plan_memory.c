/* From the lifetimes of buffers to their offsets. */
#include "unit/graph/nets.h"

#include "graph/plan_impl.h"

enum { MANY = 300, LAST_STEP = 60 };

static bool together(const struct ln_buffer *a, const struct ln_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* Bytes alive at the busiest step: no placement can use less. */
static size_t least(const struct ln_buffer *buffers, size_t count) {
    size_t most = 0;
    for (int step = 0; step < LAST_STEP; step++) {
        size_t alive = 0;
        for (size_t i = 0; i < count; i++)
            if (buffers[i].first <= step && step <= buffers[i].last) alive += buffers[i].bytes;
        if (alive > most) most = alive;
    }
    return most;
}

static void placement_check(const struct ln_buffer *buffers, size_t count, size_t bytes) {
    size_t end = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ln_buffer *a = &buffers[i];
        assert_int_equal(a->offset % LN_ARENA_ALIGN, 0);
        if (a->offset + a->bytes > end) end = a->offset + a->bytes;
        for (size_t j = 0; j < i; j++) {
            const struct ln_buffer *b = &buffers[j];
            if (together(a, b))
                assert_true(a->offset + a->bytes <= b->offset || b->offset + b->bytes <= a->offset);
        }
    }
    assert_int_equal(bytes, end);
}

static void random_fill(struct ln_buffer *buffers, size_t count, uint32_t round) {
    struct ln_rng rng;
    ln_rng_init(&rng, 1, LN_RNG_DATA, 0, round);
    for (size_t i = 0; i < count; i++) {
        int first = (int)ln_rng_below(&rng, LAST_STEP);
        buffers[i] =
            (struct ln_buffer){.bytes = 1 + ln_rng_below(&rng, round % 3 ? 10000 : 3),
                               .first = first,
                               .last = first + (int)ln_rng_below(&rng, (uint32_t)(LAST_STEP - first))};
    }
}

/* Random lifetimes: buffers that are alive together do not overlap, and all take at most 1.5 times the least possible. */
static void test_random(void **state) {
    static struct ln_buffer buffers[MANY], again[MANY];
    for (uint32_t round = 0; round < 200; round++) {
        size_t count = 1 + round * 7 % MANY, bytes, bytes_again;
        random_fill(buffers, count, round);
        random_fill(again, count, round);
        nets_ok(ln_plan_place(buffers, count, &bytes));
        placement_check(buffers, count, bytes);
        assert_true(bytes <= least(buffers, count) * 3 / 2);
        nets_ok(ln_plan_place(again, count, &bytes_again));
        assert_memory_equal(buffers, again, count * sizeof *buffers);
    }
}

/* The buffers of a chain, as in inference, alternate between two places. */
static void test_chain(void **state) {
    struct ln_buffer chain[9];
    size_t bytes;
    for (int i = 0; i < 9; i++) chain[i] = (struct ln_buffer){.bytes = 1000, .first = i, .last = i + 1};
    nets_ok(ln_plan_place(chain, 9, &bytes));
    assert_int_equal(bytes, 2 * 1024);
    for (int i = 0; i < 9; i++) assert_int_equal(chain[i].offset, i % 2 ? 1024 : 0);
}

/* The caller's images and buffers that no step uses take no place. */
static void test_left_out(void **state) {
    struct ln_buffer buffers[3] = {{.bytes = 1 << 20, .first = 0, .last = 5, .external = true},
                                   {.bytes = 1 << 20, .first = LN_NO_BUFFER, .last = LN_NO_BUFFER},
                                   {.bytes = 64, .first = 0, .last = 5}};
    size_t bytes;
    nets_ok(ln_plan_place(buffers, 3, &bytes));
    assert_int_equal(bytes, 64);
    assert_int_equal(buffers[2].offset, 0);
    nets_ok(ln_plan_place(buffers, 2, &bytes));
    assert_int_equal(bytes, 0);
    nets_ok(ln_plan_place(NULL, 0, &bytes));
    assert_int_equal(bytes, 0);
}

/* A compiled plan reports the pages that it will take. A second plan that shares memory takes only what the first lacks. */
static void test_pages(void **state) {
    for (int larger = 0; larger < 2; larger++) {
        struct ln_net *net = net_of(net_lenet);
        struct ln_plan *plan, *other;
        struct ln_plan_opts opts = {.batch = 16, .train = true};
        nets_ok(ln_plan_compile(&plan, net, &opts));
        opts.batch = larger ? 128 : 4;
        opts.like = plan;
        nets_ok(ln_plan_compile(&other, net, &opts));
        const struct ln_plan_pages pages = ln_plan_pages(plan), more = ln_plan_pages(other);
        assert_true(!plan->values.base && !plan->activations.base && !other->activations.base);
        nets_ok(ln_plan_take_memory(plan));
        nets_ok(ln_plan_take_memory(other));
        assert_int_equal(pages.values, plan->values.mapped);
        assert_int_equal(pages.grads, plan->grads.mapped);
        assert_int_equal(pages.activations, plan->activations.mapped);
        assert_int_equal(more.values, 0);
        assert_int_equal(more.grads, 0);
        assert_int_equal(more.activations, other->activations.mapped);
        assert_true(larger == (more.activations > 0));
        ln_plan_destroy(other);
        ln_plan_destroy(plan);
        ln_net_destroy(net);
    }
}

static int place(const void *arg) {
    struct ln_buffer buffers[20];
    size_t bytes;
    random_fill(buffers, 20, 1);
    return ln_plan_place(buffers, 20, &bytes);
}

static void test_out_of_memory(void **state) {
    assert_int_equal(allocations_fail(place, NULL), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random), cmocka_unit_test(test_chain),         cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_pages),  cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
