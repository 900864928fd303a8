/* The sample of test images: as many of each class as possible, chosen by the images' numbers alone. */
#include "train/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { IMAGES = 600, MOST = 25 };

struct part {
    int32_t labels[IMAGES];
    uint32_t indices[IMAGES];
    size_t count;
};

/* As a part lists them: sorted by class. */
static struct part part_of(const int *counts, int classes) {
    struct part p = {.count = 0};
    for (int k = 0; k < classes; k++)
        for (int i = 0; i < counts[k]; i++, p.count++) {
            p.labels[p.count] = k;
            p.indices[p.count] = (uint32_t)(3 * p.count + 1);
        }
    return p;
}

static size_t sample(const struct part *p, size_t most, size_t *picked) {
    size_t chosen;
    assert_int_equal(ln_sample_classes(p->labels, p->indices, p->count, most, picked, &chosen), LINNET_OK);
    for (size_t i = 0; i < chosen; i++) assert_true(picked[i] < p->count);
    for (size_t i = 1; i < chosen; i++) {
        assert_true(p->labels[picked[i - 1]] <= p->labels[picked[i]]);
        assert_true(picked[i - 1] != picked[i]);
    }
    return chosen;
}

static void assert_shares(const int *counts, int classes, const int *want) {
    const struct part p = part_of(counts, classes);
    size_t picked[MOST], n = sample(&p, MOST, picked);
    int got[MOST] = {0};
    for (size_t i = 0; i < n; i++) got[p.labels[picked[i]]]++;
    for (int k = 0; k < classes; k++)
        if (got[k] != want[k]) fail_msg("class %d: %d images, not %d", k, got[k], want[k]);
}

static void test_shares(void **state) {
    (void)state;
    assert_shares((const int[]){100, 100, 100, 100, 100}, 5, (const int[]){5, 5, 5, 5, 5});
    assert_shares((const int[]){300, 3, 60}, 3, (const int[]){11, 3, 11}); /* class 1 runs out */
    assert_shares((const int[]){2, 0, 1}, 3, (const int[]){2, 0, 1});      /* fewer images than places */
    /* 25 images of two classes: 13 and 12. */
    const struct part p = part_of((const int[]){200, 200}, 2);
    size_t picked[MOST], n = sample(&p, MOST, picked), of_first = 0;
    for (size_t i = 0; i < n; i++) of_first += p.labels[picked[i]] == 0;
    assert_int_equal(n, MOST);
    assert_in_range(of_first, 12, 13);
}

/* More classes than places: one image of each chosen class, and not only of the first classes. */
static void test_many_classes(void **state) {
    (void)state;
    int counts[100], last = 0;
    for (int k = 0; k < 100; k++) counts[k] = 6;
    const struct part p = part_of(counts, 100);
    size_t picked[MOST];
    assert_int_equal(sample(&p, MOST, picked), MOST);
    for (size_t i = 1; i < MOST; i++) assert_true(p.labels[picked[i]] > p.labels[picked[i - 1]]);
    for (size_t i = 0; i < MOST; i++) last = p.labels[picked[i]];
    assert_true(last > 50);
}

/* Random, not the first ones of each class. */
static void test_random(void **state) {
    (void)state;
    const struct part p = part_of((const int[]){300, 300}, 2);
    size_t picked[MOST], n = sample(&p, MOST, picked), beyond = 0;
    for (size_t i = 0; i < n; i++) beyond += picked[i] % 300 >= MOST;
    assert_true(beyond > n / 2);
}

/* Another order of the part, as another seed or batch gives: the same images. */
static void test_order(void **state) {
    (void)state;
    const struct part p = part_of((const int[]){250, 250, 100}, 3);
    struct part q = p;
    for (size_t i = 0; i < p.count; i++) {
        q.labels[i] = p.labels[p.count - 1 - i];
        q.indices[i] = p.indices[p.count - 1 - i];
    }
    size_t a[MOST], b[MOST];
    assert_int_equal(sample(&p, MOST, a), MOST);
    assert_int_equal(sample(&q, MOST, b), MOST);
    for (size_t i = 0; i < MOST; i++) assert_int_equal(p.indices[a[i]], q.indices[b[i]]);
}

static void test_empty(void **state) {
    (void)state;
    const struct part p = {.count = 0};
    size_t picked[1];
    assert_int_equal(sample(&p, 1, picked), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shares), cmocka_unit_test(test_many_classes),
                                       cmocka_unit_test(test_random), cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_empty)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
