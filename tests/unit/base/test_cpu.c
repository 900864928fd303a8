/* The instruction set: values of LINNET_ISA, and a kernel's copies for the instruction sets, which must agree. */
#include "base/cpu.h"
#include "base/simd.h"
#include "base_test.h"

static enum ln_isa chosen(const char *wanted, enum ln_isa best) {
    enum ln_isa isa = LN_ISA_ANY;
    assert_int_equal(ln_cpu_choose(wanted, best, &isa), LINNET_OK);
    return isa;
}

static void test_choose(void **state) {
    assert_int_equal(chosen(NULL, LN_ISA_AVX2), LN_ISA_AVX2);
    assert_int_equal(chosen("", LN_ISA_AVX512), LN_ISA_AVX512);
    assert_int_equal(chosen("any", LN_ISA_AVX512), LN_ISA_ANY);
    assert_int_equal(chosen("avx2", LN_ISA_AVX512), LN_ISA_AVX2);
    assert_int_equal(chosen("avx2", LN_ISA_AVX2), LN_ISA_AVX2);
    assert_int_equal(chosen("avx512", LN_ISA_AVX512), LN_ISA_AVX512);
}

static void test_refused(void **state) {
    enum ln_isa isa;
    assert_failure(ln_cpu_choose("sse9", LN_ISA_AVX512, &isa), LINNET_ERR_USAGE, "cpu-isa",
                   "LINNET_ISA=sse9: must be any, avx2 or avx512");
    assert_failure(ln_cpu_choose("avx512", LN_ISA_AVX2, &isa), LINNET_ERR_USAGE, "cpu-isa",
                   "LINNET_ISA=avx512: this processor has no more than avx2");
    assert_failure(ln_cpu_choose("AVX2", LN_ISA_AVX2, &isa), LINNET_ERR_USAGE, "cpu-isa", "LINNET_ISA=AVX2");
}

static void test_of_this_processor(void **state) {
    enum ln_isa isa = ln_cpu_isa();
    assert_int_equal(ln_cpu_isa(), isa);
    print_message("this processor: %s, %d lanes%s\n", ln_isa_name(isa), ln_isa_lanes(isa),
                  ln_cpu_has_bf16() ? ", bf16" : "");
    assert_int_equal(ln_isa_lanes(isa), isa == LN_ISA_AVX512 ? 16 : isa == LN_ISA_AVX2 ? 8 : 4);
    if (ln_cpu_has_bf16()) assert_int_equal(isa, LN_ISA_AVX512);
    const char *wanted = getenv("LINNET_ISA");
    assert_int_equal(ln_cpu_isa_is_chosen(), wanted && *wanted);
    if (wanted && *wanted) assert_string_equal(ln_isa_name(isa), wanted);
}

LN_KERNEL(int64_t, add, (const int *x, int n, int64_t start), (x, n, start)) {
    int64_t sum = start;
    for (int i = 0; i < n; i++) sum += x[i];
    return sum;
}

/* Callers see one function, which has arguments, returns a value and may be pointed to. */
static void test_kernel(void **state) {
    int x[37];
    for (int i = 0; i < 37; i++) x[i] = i;
    int64_t (*function)(const int *, int, int64_t) = add;
    assert_int_equal(function(x, 37, 1000), 1666);
#if defined(LN_HAS_COPIES)
    assert_int_equal(add_any(x, 37, 1000), 1666);
    if (ln_cpu_isa() >= LN_ISA_AVX2) assert_int_equal(add_avx2(x, 37, 1000), 1666);
    if (ln_cpu_isa() >= LN_ISA_AVX512) assert_int_equal(add_avx512(x, 37, 1000), 1666);
#endif
}

/* A child process, because a process reads LINNET_ISA only once. */
static void body_any(void) {
    setenv("LINNET_ISA", "any", 1);
    _exit(ln_cpu_isa() == LN_ISA_ANY && ln_cpu_check() == LINNET_OK ? 0 : 1);
}
static void body_unknown(void) {
    setenv("LINNET_ISA", "unknown", 1);
    int status = ln_cpu_check();
    unsetenv("LINNET_ISA");
    _exit(status == LINNET_ERR_USAGE ? 0 : 1);
}

static void test_environment(void **state) {
    assert_int_equal(child_run(body_any), 0);
    assert_int_equal(child_run(body_unknown), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_environment), /* first, before this process chooses: the children must choose for themselves */
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_of_this_processor),
        cmocka_unit_test(test_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
