/* Which instructions the processor has, from CPUID (Intel, "Software developer's manual", volume 2A). The compiler's
 * builtins are used for every feature that they can name: they also check that the system saves the wide registers.
 */
#include "base/cpu.h"
#include "base/text.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* Features of x86-64-v3 that __builtin_cpu_supports cannot name in clang 14: F16C, MOVBE, LZCNT. */
static bool has_v3_details(void) {
    unsigned eax, ebx, ecx, edx;
    const unsigned needed = bit_F16C | bit_MOVBE;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & needed) != needed) return false;
    return __get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) && (ecx & bit_LZCNT);
}

static enum ln_isa detect(void) {
    __builtin_cpu_init();
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && has_v3_details();
    bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl");
    return v4 ? LN_ISA_AVX512 : v3 ? LN_ISA_AVX2 : LN_ISA_ANY;
}

bool ln_cpu_has_bf16(void) {
    return ln_cpu_isa() == LN_ISA_AVX512 && __builtin_cpu_supports("avx512bf16");
}
#else
static enum ln_isa detect(void) {
    return LN_ISA_ANY;
}

bool ln_cpu_has_bf16(void) {
    return false;
}
#endif

static const struct {
    const char *name;
    int lanes;
} sets[] = {
    [LN_ISA_ANY] = {"any", 4}, /* SSE2's and NEON's registers have four */
    [LN_ISA_AVX2] = {"avx2", 8},
    [LN_ISA_AVX512] = {"avx512", 16},
};
enum { SETS_END = sizeof sets / sizeof *sets };

const char *ln_isa_name(enum ln_isa isa) {
    return sets[isa].name;
}

int ln_isa_lanes(enum ln_isa isa) {
    return sets[isa].lanes;
}

/* The set of this name; 0 if there is none. */
static int set_named(const char *name) {
    for (int isa = LN_ISA_ANY; isa < SETS_END; isa++)
        if (strcmp(name, sets[isa].name) == 0) return isa;
    return 0;
}

int ln_cpu_choose(const char *wanted, enum ln_isa best, enum ln_isa *isa) {
    *isa = best;
    if (!wanted || !*wanted) return LINNET_OK;
    int named = set_named(wanted);
    if (named == 0)
        return ln_fail(LINNET_ERR_USAGE, "cpu-isa", "LINNET_ISA=%.*s: must be any, avx2 or avx512",
                       LN_TEXT_CUT(wanted));
    if (named > (int)best)
        return ln_fail(LINNET_ERR_USAGE, "cpu-isa", "LINNET_ISA=%s: this processor has no more than %s",
                       wanted, sets[best].name);
    *isa = (enum ln_isa)named;
    return LINNET_OK;
}

int ln_cpu_check(void) {
    enum ln_isa isa;
    return ln_cpu_choose(getenv("LINNET_ISA"), detect(), &isa);
}

bool ln_cpu_isa_is_chosen(void) {
    const char *wanted = getenv("LINNET_ISA");
    return wanted && *wanted;
}

static enum ln_isa choose(void) {
    const char *wanted = getenv("LINNET_ISA");
    int best = (int)detect(), named = wanted ? set_named(wanted) : 0;
    return (enum ln_isa)(named && named < best ? named : best);
}

enum ln_isa ln_cpu_isa(void) {
    static _Atomic int chosen; /* 0: not yet chosen; threads that race choose the same set */
    int isa = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (isa == 0) {
        isa = (int)choose();
        atomic_store_explicit(&chosen, isa, memory_order_relaxed);
    }
    return (enum ln_isa)isa;
}
