/* The roofs of Williams, Waterman, Patterson, "Roofline: an insightful visual performance model" (2009). */
#include "base/limits.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/simd.h"
#include "base/threads.h"

#include <stdint.h>

/* Independent sums: two FMA a cycle with a latency of four or five cycles keep ten vectors in flight. */
enum { SUMS = 12, TURNS = 20000, FLOATS = 1 << 24, REPEATS = 7 };

/* The best of a few runs: other processes only slow a run down. */
static double best(double seconds, double best_so_far) {
    return best_so_far == 0 || seconds < best_so_far ? seconds : best_so_far;
}

/* sum[i] = sum[i] * a + b, TURNS times, in vectors as wide as a register: a wider one would be cut in two, and the
 * sums would no longer fit into the sixteen registers of AVX2. */
#define TURN(i) s##i = s##i * a + b;
#define TURN_KERNEL(name, lanes)                                                                      \
    typedef float name##_vec __attribute__((vector_size((lanes) * sizeof(float))));                   \
    LN_KERNEL(float, name, (float start), (start)) {                                                  \
        name##_vec a = {0}, b = {0};                                                                  \
        a = a + 0.999F;                                                                               \
        b = b + start; /* the compiler would merge equal sums */                                      \
        name##_vec s0 = b, s1 = 2 * b, s2 = 3 * b, s3 = 4 * b, s4 = 5 * b, s5 = 6 * b, s6 = 7 * b;    \
        name##_vec s7 = 8 * b, s8 = 9 * b, s9 = 10 * b, s10 = 11 * b, s11 = 12 * b;                   \
        for (int i = 0; i < TURNS; i++) {                                                             \
            TURN(0)                                                                                   \
            TURN(1) TURN(2) TURN(3) TURN(4) TURN(5) TURN(6) TURN(7) TURN(8) TURN(9) TURN(10) TURN(11) \
        }                                                                                             \
        s0 += s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11;                                 \
        return s0[0] + s0[(lanes)-1];                                                                 \
    }
TURN_KERNEL(turn_16, 16)
TURN_KERNEL(turn_8, 8)

double ln_limits_flops(void) {
    int threads = ln_threads_team();
    const int lanes = ln_cpu_isa() == LN_ISA_AVX512 ? 16 : 8;
    double least = 0;
    volatile float sink = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double begin = ln_clock_now();
#pragma omp parallel for schedule(static)
        for (int i = 0; i < threads; i++) {
            float sum = 0;
            for (int again = 0; again < 20; again++) {
                const float start = (float)(i + again) * 1e-3F;
                sum += lanes == 16 ? turn_16(start) : turn_8(start);
            }
#pragma omp critical
            sink += sum;
        }
        least = best(ln_clock_now() - begin, least);
    }
    return 2.0 * 20 * lanes * SUMS * TURNS * threads / least;
}

LN_KERNEL(void, add, (const float *restrict x, float *restrict y, int64_t count), (x, y, count)) {
    for (int64_t i = 0; i < count; i++) y[i] += x[i];
}

/* y += x: two reads and a write for each float. */
static double measure_bytes(const float *x, float *y, int threads) {
    double least = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double begin = ln_clock_now();
#pragma omp parallel for schedule(static)
        for (int i = 0; i < threads; i++) {
            int64_t from = (int64_t)FLOATS * i / threads, to = (int64_t)FLOATS * (i + 1) / threads;
            add(x + from, y + from, to - from);
        }
        least = best(ln_clock_now() - begin, least);
    }
    return 3.0 * FLOATS * sizeof(float) / least;
}

int ln_limits_measure(struct ln_limits *limits) {
    int threads = ln_threads_team();
    float *x = ln_calloc(FLOATS, sizeof *x), *y = ln_calloc(FLOATS, sizeof *y);
    int status = x && y ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) {
        for (int64_t i = 0; i < FLOATS; i++) x[i] = 1;
        limits->flops = ln_limits_flops();
        limits->bytes = measure_bytes(x, y, threads);
    }
    ln_free(x);
    ln_free(y);
    return status;
}
