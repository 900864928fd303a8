/* A balanced order: every class is equally frequent. Small classes repeat their samples, large classes contribute a random choice.
 * The same epoch gives the same order. */
#include "base/rng.h"
#include "data/balance.h"
#include "fixture.h"

enum { COUNT = 100, CLASSES = 4 };

/* 70 of class 0, 20 of class 1, none of class 2, 10 of class 3 */
static int32_t labels[COUNT];

static void fill(uint32_t *order, uint32_t *repeats, uint32_t epoch) {
    struct ln_rng rng;
    for (int i = 0; i < COUNT; i++) {
        order[i] = (uint32_t)i;
        labels[i] = i < 70 ? 0 : i < 90 ? 1 : 3;
    }
    ln_rng_init(&rng, 5, LN_RNG_ORDER, epoch, 0);
    ln_rng_shuffle(&rng, order, COUNT);
    const struct ln_balance b = {labels, CLASSES, order, repeats, COUNT};
    assert_int_equal(ln_balance_order(&b, &rng), LINNET_OK);
}

static void classes_are_equal(void **state) {
    uint32_t order[COUNT], repeats[COUNT], seen[COUNT] = {0}, first_half[CLASSES] = {0};
    int sizes[CLASSES] = {0};
    fill(order, repeats, 1);
    for (int i = 0; i < COUNT; i++) {
        sizes[labels[order[i]]]++;
        first_half[labels[order[i]]] += i < COUNT / 2;
        seen[order[i]]++;
    }
    assert_int_equal(sizes[0], 34);
    assert_int_equal(sizes[1], 33);
    assert_int_equal(sizes[2], 0);
    assert_int_equal(sizes[3], 33);
    for (int i = 0; i < 70; i++) assert_true(seen[i] <= 1);
    for (int i = 70; i < 90; i++) assert_true(seen[i] == 1 || seen[i] == 2);
    for (int i = 90; i < COUNT; i++) assert_true(seen[i] == 3 || seen[i] == 4);
    for (int k = 0; k < CLASSES; k++) /* the classes are mixed */
        assert_true(k == 2 || (first_half[k] > 8 && first_half[k] < 26));
}

/* Each repeat of a sample has its own number, so that it is augmented differently. */
static void repeats_are_counted(void **state) {
    uint32_t order[COUNT], repeats[COUNT];
    bool used[COUNT][4] = {{false}};
    fill(order, repeats, 1);
    for (int i = 0; i < COUNT; i++) {
        assert_true(repeats[i] < 4);
        assert_false(used[order[i]][repeats[i]]);
        used[order[i]][repeats[i]] = true;
    }
}

static void the_epoch_decides(void **state) {
    uint32_t a[COUNT], b[COUNT], c[COUNT], repeats[COUNT];
    fill(a, repeats, 1);
    fill(b, repeats, 1);
    fill(c, repeats, 2);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_equal),
        cmocka_unit_test(repeats_are_counted),
        cmocka_unit_test(the_epoch_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
