/* Quantisation with failing allocations, one or all from some point on. The model stays in fp32, and nothing leaks. */
#include "shapes.h"

#include "train/quantize.h"
#include "unit/base/short_memory.h"

struct problem {
    struct ln_dataset *ds;
    struct ln_model *m;
    float first; /* the first weight, unchanged while the model is in fp32 */
};

static struct problem problem_of(const struct fixture *f) {
    put_shapes(f, 9, 3, SHAPES);
    struct problem p = {open_shapes(f, NULL), NULL, 0};
    p.m = model_for(p.ds, 5);
    p.first = p.m->params[0][0];
    return p;
}

static void problem_fini(struct problem *p) {
    ln_model_destroy(p->m);
    ln_dataset_close(p->ds);
}

static int quantize(const struct problem *p) {
    struct linnet_quantization result;
    return ln_quantize(
        p->m, p->ds,
        &(struct linnet_quantize_opts){.images = 6, .batch = 3, .threads = 1, .workers = 1, .max_drop = 100},
        &result);
}

/* A failed call leaves the model as it was. */
static void assert_untouched(const struct problem *p, int64_t n) {
    if (p->m->quant || p->m->params[0][0] != p->first) fail_msg("call %d: the model changed", (int)n);
}

/* Allocation number n fails; returns false if there are fewer. */
static bool quantize_failing(const struct problem *p, uint64_t n) {
    const int64_t live = ln_alloc_live();
    const uint64_t calls = ln_alloc_count();
    ln_error_clear();
    ln_alloc_fail_at(n);
    const int status = quantize(p);
    ln_alloc_fail_at(0);
    if (ln_alloc_count() - calls < n) {
        assert_int_equal(status, LINNET_OK);
        assert_non_null(p->m->quant);
        return false;
    }
    if (status != LINNET_ERR_LIMIT) fail_msg("call %d: status %d, '%s'", (int)n, status, ln_error_line());
    assert_string_equal(ln_error_get()->code, "mem-alloc");
    if (ln_alloc_live() != live)
        fail_msg("call %d: %d blocks are left", (int)n, (int)(ln_alloc_live() - live));
    assert_untouched(p, (int64_t)n);
    ln_error_clear();
    return true;
}

/* Each of the first 60 allocations fails once; they reach up to the first plan. Then every 23rd fails. */
static void test_memory_fails(void **state) {
    struct problem p = problem_of(*state);
    uint64_t n = 1;
    while (quantize_failing(&p, n)) n += n < 60 ? 1 : 23;
    assert_true(n > 60);
    problem_fini(&p);
}

/* All allocations from some point on fail. */
static void test_memory_ends(void **state) {
    struct problem p = problem_of(*state);
    struct short_memory memory;
    const int64_t live = ln_alloc_live();
    int64_t n = 1;
    for (bool failed = true; failed; n += n < 60 ? 7 : 61) {
        short_memory_begin(&memory, n);
        const int status = quantize(&p);
        failed = short_memory_end(&memory);
        if (!failed) break;
        assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
        if (ln_alloc_live() != live) fail_msg("call %d: blocks are left", (int)n);
        assert_untouched(&p, n);
    }
    assert_true(n > 60);
    problem_fini(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_memory_fails),
        fixture_test(test_memory_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
