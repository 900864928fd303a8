/* Cuts of a pass of minimal filtering: every row, image and channel is in exactly one piece. */
#include "kernel/winograd_cut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

/* `row` bytes per row, and one row more. */
static int64_t bytes(const void *row, int64_t strip) {
    return (strip + 1) * *(const int64_t *)row;
}

static void cover(const struct ln_cut *cut, const struct ln_cut_opts *o) {
    unsigned char *seen = calloc((size_t)(o->n * o->height * o->blocks), 1);
    assert_non_null(seen);
    for (int part = 0; part < o->parts; part++)
        for (int64_t i = ln_cut_first(cut, part, o->parts); i < ln_cut_first(cut, part + 1, o->parts); i++) {
            struct ln_piece p = ln_cut_piece(cut, i);
            assert_true(p.rows > 0 && p.rows <= cut->strip && p.n1 - p.n0 <= cut->images);
            for (int64_t n = p.n0; n < p.n1; n++)
                for (int64_t row = p.top; row < p.top + p.rows; row++)
                    for (int64_t b = p.block0; b < p.block1; b++) {
                        assert_true(n < o->n && row < o->height && b < o->blocks);
                        assert_int_equal(seen[(n * o->height + row) * o->blocks + b]++, 0);
                    }
        }
    for (int64_t i = 0; i < o->n * o->height * o->blocks; i++) assert_int_equal(seen[i], 1);
    free(seen);
}

static struct ln_cut make(struct ln_cut_opts o, int64_t row) {
    struct ln_cut cut;
    o.input_bytes = bytes;
    o.pass = &row;
    ln_cut_make(&cut, &o);
    cover(&cut, &o);
    return cut;
}

static int64_t some(unsigned *seed, int64_t most) {
    *seed = *seed * 1664525U + 1013904223U;
    return 1 + (*seed >> 8) % most;
}

static void test_any_shape(void **state) {
    unsigned seed = 1;
    for (int i = 0; i < 2000; i++) {
        struct ln_cut_opts o = {.n = some(&seed, 20),
                                .height = some(&seed, 40),
                                .tiles = some(&seed, 10),
                                .blocks = some(&seed, 9),
                                .parts = (int)some(&seed, 7),
                                .room = some(&seed, 3000),
                                .shrink = some(&seed, 2),
                                .positions = some(&seed, 200),
                                .even = i % 2};
        o.strip = some(&seed, o.height);
        int64_t row = some(&seed, 300);
        struct ln_cut cut = make(o, row);
        if (cut.strip > 4) assert_true(bytes(&row, cut.strip) <= o.room);
        if (cut.images > 1) assert_true(cut.images * bytes(&row, cut.strip) <= o.room);
        if (o.even) assert_int_equal(o.n % cut.images, 0);
    }
}

/* As many images as the wanted positions need, if they fit. */
static void test_images(void **state) {
    struct ln_cut_opts o = {.n = 64,
                            .height = 4,
                            .tiles = 2,
                            .blocks = 4,
                            .parts = 2,
                            .room = 1 << 20,
                            .strip = 4,
                            .shrink = 1,
                            .positions = 64};
    assert_int_equal(make(o, 1).images, 8);
    o.room = 4 * 5; /* room for four images */
    assert_int_equal(make(o, 1).images, 4);
    o.even = true;
    o.n = 9;
    assert_int_equal(make(o, 1).images, 3);
}

/* One image for three threads: the threads share its channels. */
static void test_splits(void **state) {
    struct ln_cut_opts o = {.n = 1,
                            .height = 4,
                            .tiles = 2,
                            .blocks = 4,
                            .parts = 3,
                            .room = 1 << 20,
                            .strip = 4,
                            .shrink = 1,
                            .positions = 8};
    assert_int_equal(make(o, 1).splits, 3);
    o.n = 24;
    assert_int_equal(make(o, 1).splits, 1);
}

static void test_divisor(void **state) {
    assert_int_equal(ln_cut_divisor(12, 5), 4);
    assert_int_equal(ln_cut_divisor(12, 0), 1);
    assert_int_equal(ln_cut_divisor(7, 6), 1);
    assert_int_equal(ln_cut_divisor(7, 100), 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_shape),
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_divisor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
