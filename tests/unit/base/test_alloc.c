/* The heap: sizes, counters, failures on request, another allocator, many threads. */
#include "base_test.h"
#include <pthread.h>

static int forget(void **state) {
    ln_error_clear();
    return 0;
}

static void test_blocks_are_counted(void **state) {
    int64_t live = ln_alloc_live();
    uint64_t calls = ln_alloc_count();
    char *a = ln_alloc(100), *b = ln_calloc(10, 10), *c = ln_strdup("linnet");
    assert_true(a && b && c);
    assert_int_equal(ln_alloc_live(), live + 3);
    assert_int_equal(ln_alloc_count(), calls + 3);
    for (int i = 0; i < 100; i++) assert_int_equal(b[i], 0);
    assert_string_equal(c, "linnet");
    a = ln_realloc_array(a, 50, 20); /* the same block, moved */
    assert_int_equal(ln_alloc_live(), live + 3);
    assert_int_equal(ln_alloc_count(), calls + 4);
    ln_free(a);
    ln_free(b);
    ln_free(c);
    ln_free(NULL);
    assert_int_equal(ln_alloc_live(), live);
    assert_int_equal(ln_alloc_count(), calls + 4);
}

static void test_nothing_is_something(void **state) {
    void *blocks[] = {ln_alloc(0), ln_calloc(0, 8), ln_calloc(8, 0), ln_realloc_array(NULL, 0, 0)};
    for (int i = 0; i < 4; i++) assert_non_null(blocks[i]);
    blocks[0] = ln_realloc_array(blocks[0], 0, 4); /* realloc(p, 0) would free it */
    assert_non_null(blocks[0]);
    for (int i = 0; i < 4; i++) ln_free(blocks[i]);
}

static void test_overflow_is_refused(void **state) {
    int64_t live = ln_alloc_live();
    char *kept = ln_strdup("kept");
    assert_null(ln_calloc(SIZE_MAX / 2, 3));
    assert_failure(LINNET_ERR_LIMIT, LINNET_ERR_LIMIT, "mem-alloc", "18446744073709551615 bytes");
    assert_null(ln_realloc_array(kept, (size_t)1 << 33, (size_t)1 << 33));
    assert_string_equal(kept, "kept");
    ln_free(kept);
    assert_int_equal(ln_alloc_live(), live);
}

static void test_too_much(void **state) {
#if UNDER_SANITIZER
    print_message("skipped: the sanitizer's malloc ends the process where memory is short\n");
    skip();
#endif
    assert_null(ln_alloc(SIZE_MAX / 4));
    assert_failure(LINNET_ERR_LIMIT, LINNET_ERR_LIMIT, "mem-alloc", "4611686018427387903 bytes");
}

static void test_fuse(void **state) {
    ln_alloc_fail_at(3);
    char *a = ln_alloc(1), *b = ln_alloc(1);
    assert_true(a && b);
    assert_null(ln_alloc(77));
    assert_failure(LINNET_ERR_LIMIT, LINNET_ERR_LIMIT, "mem-alloc", "out of memory: 77 bytes");
    char *c = ln_alloc(1); /* only the third call fails */
    assert_non_null(c);
    ln_alloc_fail_at(1);
    assert_null(ln_realloc_array(c, 100, 1)); /* the old block stays valid */
    *c = 'c';
    ln_alloc_fail_at(1);
    ln_alloc_fail_at(0);
    char *d = ln_strdup("d");
    assert_non_null(d);
    ln_free(a);
    ln_free(b);
    ln_free(c);
    ln_free(d);
}

static void test_grow(void **state) {
    int *array = NULL;
    size_t capacity = 0, moves = 0;
    for (size_t count = 0; count < 1000; count++) {
        size_t before = capacity;
        int *grown = ln_grow(array, count, &capacity, sizeof *array);
        assert_non_null(grown);
        array = grown;
        array[count] = (int)count;
        moves += before != capacity;
    }
    for (int i = 0; i < 1000; i++) assert_int_equal(array[i], i);
    assert_int_equal(capacity, 1024); /* 8, 16 ... 1024 */
    assert_int_equal(moves, 8);
    ln_alloc_fail_at(1);
    assert_null(ln_grow(array, capacity, &capacity, sizeof *array));
    assert_int_equal(capacity, 1024);
    assert_int_equal(array[999], 999);
    ln_free(array);
}

/* A hostile file may ask for any size: doubling the capacity must not overflow. */
static void test_grow_overflow(void **state) {
    size_t capacity = SIZE_MAX / 2 + 1;
    char one = 1;
    assert_null(ln_grow(&one, capacity, &capacity, 16));
    assert_int_equal(capacity, SIZE_MAX / 2 + 1);
    assert_failure(LINNET_ERR_LIMIT, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
}

struct ledger {
    int allocs, reallocs, frees;
};

static void *ledger_alloc(void *user, size_t size) {
    ((struct ledger *)user)->allocs++;
    return malloc(size);
}

static void *ledger_realloc(void *user, void *block, size_t size) {
    ((struct ledger *)user)->reallocs++;
    return realloc(block, size);
}

static void ledger_free(void *user, void *block) {
    ((struct ledger *)user)->frees++;
    free(block);
}

static void test_replaced_allocator(void **state) {
    struct ledger ledger = {0};
    ln_alloc_replace(&(struct linnet_allocator){ledger_alloc, ledger_realloc, ledger_free, &ledger});
    char *s = ln_strdup("s"), *zeros = ln_calloc(4, 4);
    s = ln_realloc_array(s, 100, 1);
    assert_true(s && zeros);
    ln_free(s);
    ln_free(zeros);
    ln_alloc_replace(NULL);
    ln_free(ln_alloc(1));
    assert_int_equal(ledger.allocs, 2);
    assert_int_equal(ledger.reallocs, 1);
    assert_int_equal(ledger.frees, 2);
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *churn(void *arg) {
    for (int i = 0; i < ROUNDS; i++) ln_free(ln_realloc_array(ln_alloc(16), 32, 1));
    return NULL;
}

static void test_threads(void **state) {
    pthread_t threads[THREADS];
    int64_t live = ln_alloc_live();
    uint64_t calls = ln_alloc_count();
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, churn, NULL), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(ln_alloc_live(), live);
    assert_int_equal(ln_alloc_count(), calls + 2 * THREADS * ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup(name, forget)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_blocks_are_counted),
        TEST(test_nothing_is_something),
        TEST(test_overflow_is_refused),
        TEST(test_too_much),
        TEST(test_fuse),
        TEST(test_grow),
        TEST(test_grow_overflow),
        TEST(test_replaced_allocator),
        TEST(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
