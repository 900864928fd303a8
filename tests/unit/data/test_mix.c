/* mixup and cutmix: the distributions of the draws, and their effect on a batch. */
#include "data/mix.h"
#include "unit/data/fixture.h"

#include <math.h>

enum { COUNT = 4, CHANNELS = 2, HEIGHT = 6, WIDTH = 5, FLOATS = CHANNELS * HEIGHT * WIDTH };

/* Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)). */
static void shares_are_beta(void **state) {
    static const double alphas[] = {0.001, 0.2, 1, 3, 40};
    for (int i = 0; i < 5; i++) {
        enum { DRAWS = 40000 };
        struct ln_rng rng;
        double sum = 0, squares = 0;
        ln_rng_init(&rng, 5, LN_RNG_BATCH, 0, (uint32_t)i);
        for (int k = 0; k < DRAWS; k++) {
            const double x = ln_rng_beta(&rng, alphas[i]);
            assert_true(x >= 0 && x <= 1);
            sum += x;
            squares += (x - 0.5) * (x - 0.5);
        }
        const double variance = 1 / (4 * (2 * alphas[i] + 1));
        assert_true(fabs(sum / DRAWS - 0.5) < 5 * sqrt(variance / DRAWS));
        assert_true(fabs(squares / DRAWS / variance - 1) < 0.05);
    }
}

/* Beta(1, 1) is uniform: each tenth is equally frequent. */
static void shares_of_mixup_are_uniform_at_one(void **state) {
    int tenths[10] = {0};
    for (uint32_t step = 0; step < 20000; step++) {
        struct ln_mix_draw draw;
        ln_mix_draw(&(struct ln_mix){.mixup = 1}, WIDTH, HEIGHT, 1, step, &draw);
        assert_false(draw.cut);
        tenths[(int)fminf(draw.share * 10, 9)]++;
    }
    for (int i = 0; i < 10; i++) assert_true(abs(tenths[i] - 2000) < 220);
}

/* The share equals the area outside the rectangle. The same step draws the same numbers; another step draws
 * others. */
static void rectangles_give_the_share(void **state) {
    int cuts = 0, same = 0;
    float before = -1;
    for (uint32_t step = 0; step < 2000; step++) {
        struct ln_mix_draw a, b;
        ln_mix_draw(&(struct ln_mix){.mixup = 0.2, .cutmix = 1}, 40, 30, 1, step, &a);
        ln_mix_draw(&(struct ln_mix){.mixup = 0.2, .cutmix = 1}, 40, 30, 1, step, &b);
        assert_memory_equal(&a, &b, sizeof a);
        same += a.share == before;
        before = a.share;
        cuts += a.cut;
        if (!a.cut) continue;
        assert_true(0 <= a.left && a.left <= a.right && a.right <= 40);
        assert_true(0 <= a.top && a.top <= a.bottom && a.bottom <= 30);
        assert_float_equal(a.share, 1 - (a.right - a.left) * (a.bottom - a.top) / 1200.0, 1e-6);
    }
    assert_true(abs(cuts - 1000) < 120);
    assert_true(same < 400); /* some are equal: a draw that cuts nothing has share 1 */
}

/* Compared with the definition: roll by one, then blend or paste. */
static void batches_are_mixed(void **state) {
    static const struct ln_mix_draw draws[] = {
        {.share = 0.3F},
        {.share = 1},
        {.share = 0.5F, .cut = true, .left = 1, .top = 2, .right = 4, .bottom = 6},
        {.share = 1, .cut = true, .left = 2, .top = 2, .right = 2, .bottom = 2},
    };
    const int32_t labels[COUNT] = {3, 1, 4, 1};
    for (int d = 0; d < 4; d++)
        for (int count = 1; count <= COUNT; count++) {
            float images[COUNT][FLOATS], was[COUNT][FLOATS], scratch[FLOATS];
            int32_t other[COUNT];
            for (int i = 0; i < COUNT * FLOATS; i++)
                images[i / FLOATS][i % FLOATS] = was[i / FLOATS][i % FLOATS] = (float)(i * 37 % 101);
            ln_mix_apply(&draws[d], &(struct ln_mix_batch){images[0], count, CHANNELS, HEIGHT, WIDTH, labels,
                                                           other, scratch});
            for (int i = 0; i < COUNT * FLOATS; i++) {
                const int row = i / FLOATS, at = i % FLOATS, x = at % WIDTH, y = at / WIDTH % HEIGHT;
                const float rolled = was[(row + count - 1) % count][at];
                const bool inside =
                    x >= draws[d].left && x < draws[d].right && y >= draws[d].top && y < draws[d].bottom;
                const float want = row >= count ? was[row][at]
                                   : draws[d].cut
                                       ? (inside ? rolled : was[row][at])
                                       : draws[d].share * was[row][at] + (1 - draws[d].share) * rolled;
                assert_float_equal(images[row][at], want, 1e-4);
            }
            for (int i = 0; i < count; i++) assert_int_equal(other[i], labels[(i + count - 1) % count]);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(shares_are_beta),
        fixture_test(shares_of_mixup_are_uniform_at_one),
        fixture_test(rectangles_give_the_share),
        fixture_test(batches_are_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
