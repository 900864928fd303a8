/* The arena: alignment, zeroes, no page faults after creation, no writing past a slice. */
#include "base/arena.h"
#include "base/memory.h"
#include "base/size.h"
#include "base_test.h"
#include <signal.h>
#include <sys/resource.h>

static bool all_zero(const unsigned char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (bytes[i]) return false;
    return true;
}

static void test_slices(void **state) {
    static const size_t sizes[] = {1, 64, 65, 0, 4096, 100000, 7, 3 << 20};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    struct ln_arena arena;
    size_t total = 0;
    for (int i = 0; i < COUNT; i++) total += ln_arena_slice_bytes(sizes[i]);
    assert_int_equal(ln_arena_init(&arena, total), LINNET_OK);
    assert_int_equal(arena.size, total);
    assert_true(arena.mapped >= total);
    unsigned char *end = arena.base;
    for (int i = 0; i < COUNT; i++) {
        unsigned char *slice = ln_arena_take(&arena, sizes[i]);
        assert_int_equal((uintptr_t)slice % LN_ARENA_ALIGN, 0);
        assert_true(slice >= end);
        assert_true(all_zero(slice, sizes[i]));
        memset(slice, 0xa5, sizes[i]);
        end = slice + sizes[i];
    }
    assert_true(end <= arena.base + total);
    assert_int_equal(arena.used, total);
    ln_arena_fini(&arena);
    assert_null(arena.base);
}

/* Reserving touches no page. ln_arena_touch touches all of them, and a second call causes no page faults. */
static void test_reserved(void **state) {
    enum { SIZE = 80 << 20 }; /* several pieces, so that threads share the touching */
    struct ln_arena arena;
    struct rusage before, after;
    assert_int_equal(ln_arena_reserve(&arena, ln_arena_slice_bytes(SIZE)), LINNET_OK);
    assert_false(arena.touched);
    unsigned char *slice = ln_arena_take(&arena, SIZE);
    assert_int_equal(ln_arena_touch(&arena), LINNET_OK);
    assert_true(arena.touched);
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    assert_int_equal(ln_arena_touch(&arena), LINNET_OK);
    assert_true(all_zero(slice, SIZE));
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_true(UNDER_SANITIZER ||
                after.ru_minflt - before.ru_minflt < 16); /* shadow memory has faults too */
    ln_arena_fini(&arena);
}

/* Released memory reads as zeroes, occupies no pages until it is written, and can be touched again. */
static void test_released(void **state) {
    enum { SIZE = 80 << 20 };
    struct ln_arena arena;
    assert_int_equal(ln_arena_init(&arena, ln_arena_slice_bytes(SIZE)), LINNET_OK);
    unsigned char *slice = ln_arena_take(&arena, SIZE);
    memset(slice, 0xa5, SIZE);
    const size_t held = ln_memory_resident();
    ln_arena_release(&arena);
    assert_true(ln_memory_resident() + SIZE / 2 < held);
    assert_false(arena.touched);
    assert_int_equal(ln_arena_touch(&arena), LINNET_OK);
    assert_true(all_zero(slice, SIZE));
    ln_arena_fini(&arena);
    ln_arena_release(&arena); /* no effect: the arena has no memory */
}

static void test_slice_bytes(void **state) {
    for (size_t size = 0; size < 1000; size++) {
        size_t bytes = ln_arena_slice_bytes(size);
        assert_true(bytes >= size && bytes <= size + 2 * LN_ARENA_ALIGN);
        assert_int_equal(bytes % LN_ARENA_ALIGN, 0);
    }
}

static void test_empty_and_unused(void **state) {
    struct ln_arena arena;
    assert_int_equal(ln_arena_init(&arena, 0), LINNET_OK);
    ln_arena_fini(&arena);
    ln_arena_fini(&arena);
    ln_arena_fini(NULL);
}

static void test_too_large(void **state) {
    /* Many systems would grant the last size, and kill the process when its pages are touched. */
    size_t available = ln_memory_available(),
           last = available < SIZE_MAX / 2 ? available + available / 2 : SIZE_MAX;
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2, (size_t)1 << 50, last};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ln_arena arena;
        int status = ln_arena_init(&arena, sizes[i]);
        assert_failure(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
        assert_null(arena.base);
        ln_arena_fini(&arena);
    }
}

static long minor_faults(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

/* 32 MiB are 8192 pages of 4 KiB. If they had not been touched at creation, writing to them would cause
 * page faults. */
static void test_no_faults_afterwards(void **state) {
    if (UNDER_SANITIZER) {
        print_message("skipped: the sanitizer's shadow has page faults of its own\n");
        skip();
    }
    struct ln_arena arena;
    size_t size = 32 << 20;
    assert_int_equal(ln_arena_init(&arena, ln_arena_slice_bytes(size)), LINNET_OK);
    unsigned char *slice = ln_arena_take(&arena, size);
    long before = minor_faults();
    memset(slice, 1, size);
    assert_true(minor_faults() - before < 16);
    ln_arena_fini(&arena);
}

static void test_large_ones_allow_huge_pages(void **state) {
    struct ln_arena arena;
    assert_int_equal(ln_arena_init(&arena, 5 << 20), LINNET_OK);
    assert_int_equal((uintptr_t)arena.base % (2 << 20), 0);
    assert_int_equal(arena.mapped, 6 << 20);
    ln_arena_fini(&arena);
}

static void take_too_much(void) {
    struct ln_arena arena;
    if (ln_arena_init(&arena, 256) != LINNET_OK) _exit(98);
    ln_arena_take(&arena, 257);
}

static void test_running_out_is_a_bug(void **state) {
    assert_int_equal(child_run(take_too_much), 128 + SIGABRT);
}

static void write_past_a_slice(void) {
    struct ln_arena arena;
    if (ln_arena_init(&arena, 4096) != LINNET_OK) _exit(98);
    volatile char *slice = ln_arena_take(&arena, 100);
    slice[99] = 1;
    slice[100] = 1;
}

static void test_redzone(void **state) {
    if (ln_arena_slice_bytes(64) == 64) {
        print_message("skipped: redzones are for builds with AddressSanitizer\n");
        skip();
    }
    assert_int_not_equal(child_run(write_past_a_slice), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_slice_bytes),
        cmocka_unit_test(test_empty_and_unused),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_no_faults_afterwards),
        cmocka_unit_test(test_large_ones_allow_huge_pages),
        cmocka_unit_test(test_running_out_is_a_bug),
        cmocka_unit_test(test_redzone),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
