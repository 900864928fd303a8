/* Loops of ours are plain C that the compiler vectorises; LN_CLONES makes one copy of a function for each
 * family of processors, and the loader picks. On functions without OpenMP in them: a parallel region is
 * outlined past the copies.
 */
#ifndef LN_BASE_SIMD_H
#define LN_BASE_SIMD_H

/* Sanitizers do not live with the resolvers that run before them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LN_NO_CLONES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define LN_NO_CLONES 1
#endif
#endif

/* Named by what a processor can do, the levels of the x86-64 ABI (v3: AVX2 and FMA, v4: AVX-512):
 * "arch=haswell" would mean Intel's own Haswell and nothing later or other. clang 14 picks wrongly between
 * the levels, and its resolvers of two static functions of one name collide. */
#if defined(__x86_64__) && __GNUC__ >= 12 && !defined(__clang__) && !defined(LN_NO_CLONES)
#define LN_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define LN_CLONES
#endif

/* Before a loop over the lanes of a vector: gcc would unroll a loop of sixteen before it sees what it is.
 * clang sees it, and warns where it can't do as it is told. */
#if defined(__clang__)
#define LN_SIMD
#else
#define LN_SIMD _Pragma("omp simd")
#endif

#endif
