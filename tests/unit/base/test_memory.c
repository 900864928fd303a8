/* Memory figures: plausible sizes that change in the right direction. */
#include "base/memory.h"
#include "base_test.h"
#include <sys/mman.h>

static void test_available(void **state) {
    size_t available = ln_memory_available();
    size_t physical = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    assert_true(available > 0);
    assert_true(available == SIZE_MAX || available <= physical);
}

static void test_resident(void **state) {
    const size_t before = ln_memory_resident(), size = 64 << 20;
    /* The kernel updates the two at different times. */
    assert_true(before > 0 && before <= ln_memory_peak() + (4 << 20));
    /* Not malloc: AddressSanitizer keeps freed blocks for a while. */
    char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    assert_true(ln_memory_resident() < before + size / 2); /* not touched yet */
    memset(block, 1, size);
    assert_true(ln_memory_resident() >= before + size / 2);
    assert_int_equal(munmap(block, size), 0);
    assert_true(ln_memory_resident() < before + size / 2);
}

static void test_peak(void **state) {
    size_t before = ln_memory_peak(), size = before + (64 << 20);
    assert_true(before > 0);
    char *block = ln_alloc(size);
    assert_non_null(block);
    memset(block, 1, size);
    assert_true(ln_memory_peak() >= before + (32 << 20));
    ln_free(block);
    assert_true(ln_memory_peak() >= before + (32 << 20)); /* a peak does not fall */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_available),
        cmocka_unit_test(test_resident),
        cmocka_unit_test(test_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
