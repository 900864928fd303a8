/* Logits are sorted as by a plain comparison, for any number of classes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "train/order.h"
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 3000 };

static int by_logit(const void *a, const void *b, void *logits) {
    const float x = ((const float *)logits)[*(const int *)a], y = ((const float *)logits)[*(const int *)b];
    if (x != y) return x < y ? 1 : -1;
    return *(const int *)a - *(const int *)b;
}

static void check(float *logits, int count) {
    static uint64_t scratch[2 * MOST];
    static int order[MOST], expected[MOST];
    for (int i = 0; i < count; i++) expected[i] = i;
    qsort_r(expected, (size_t)count, sizeof *expected, by_logit, logits);
    ln_order(logits, count, scratch, order);
    for (int i = 0; i < count; i++) assert_int_equal(order[i], expected[i]);
}

static void test_random(void **state) {
    static const int counts[] = {1, 2, 3, 10, 63, 64, 65, 100, 1000, MOST};
    static float logits[MOST];
    uint32_t seed = 5;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (int coarse = 0; coarse < 2; coarse++) {
            for (int i = 0; i < counts[c]; i++) {
                seed = seed * 1664525 + 1013904223;
                const float x = (float)(seed >> 8) / (1 << 20) - 8;
                logits[i] = coarse ? roundf(x) : x * expf(x);
            }
            check(logits, counts[c]);
        }
}

static void test_corners(void **state) {
    const float corners[] = {0.0F,  -0.0F,  1e-45F, -1e-45F, INFINITY, -INFINITY,
                             1e38F, -1e38F, 0.0F,   -0.0F,   1,        -1};
    enum { N = sizeof corners / sizeof *corners };
    float many[10 * N];
    for (int i = 0; i < 10 * N; i++) many[i] = corners[i % N];
    check(many, N);
    check(many, 10 * N);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_corners)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
