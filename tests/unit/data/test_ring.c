/* The ring: batches come in order with their images, whichever worker fills them; series of any length, one
 * after another; a failure is reported in place of its batch. */
#include "base/alloc.h"
#include "data/ring.h"
#include "unit/data/fixture.h"

#include <limits.h>

enum { BATCH = 4, FLOATS = 3 };

struct series {
    size_t bad_from, bad_step; /* places from bad_from on, every bad_step-th, fail; bad_step 0: none */
    int notes[512];            /* the place that fill() was called for, by place % ln_ring_rows() */
    struct ln_ring *ring;
};

static int fill(void *user, size_t place, float *image) {
    struct series *s = user;
    for (int i = 0; i < FLOATS; i++) image[i] = (float)(10 * place + (size_t)i);
    s->notes[place % ln_ring_rows(s->ring)] = (int)place;
    if (s->bad_step > 0 && place >= s->bad_from && (place - s->bad_from) % s->bad_step == 0)
        return ln_fail(LINNET_ERR_INPUT, "test", "place %zu", place);
    return LINNET_OK;
}

static struct series *series_create(int workers, int chunk) {
    struct series *s = test_calloc(1, sizeof *s);
    assert_int_equal(ln_ring_create(&s->ring, &(struct ln_ring_opts){.batch = BATCH,
                                                                     .row_floats = FLOATS,
                                                                     .chunk = chunk,
                                                                     .workers = workers,
                                                                     .fill = fill,
                                                                     .user = s}),
                     LINNET_OK);
    assert_in_range(ln_ring_rows(s->ring), 3 * BATCH, 512);
    return s;
}

static void series_destroy(struct series *s) {
    ln_ring_destroy(s->ring);
    test_free(s);
}

/* The next batch begins at that place and holds its images. */
static void check_batch(struct series *s, size_t place, int count) {
    struct ln_ring_batch batch;
    assert_int_equal(ln_ring_next(s->ring, &batch), LINNET_OK);
    assert_int_equal(batch.count, count);
    if (count == 0) return;
    assert_int_equal(batch.place, place);
    assert_int_equal((uintptr_t)batch.images % 64, 0);
    for (int row = 0; row < count; row++) {
        assert_int_equal(s->notes[(place + (size_t)row) % ln_ring_rows(s->ring)], place + (size_t)row);
        for (int i = 0; i < FLOATS; i++)
            assert_true(batch.images[row * FLOATS + i] == (float)(10 * (place + (size_t)row) + (size_t)i));
    }
}

static void check_series(struct series *s, size_t count, int step) {
    ln_ring_stop(s->ring);
    assert_int_equal(ln_ring_start(s->ring, count, step), LINNET_OK);
    for (size_t place = (size_t)step * BATCH; place < count; place += BATCH)
        check_batch(s, place, count - place < BATCH ? (int)(count - place) : BATCH);
    check_batch(s, 0, 0);
    check_batch(s, 0, 0);
}

static void test_series(void **state) {
    static const size_t counts[] = {0, 1, 3, 4, 5, 50, 1, 0, 199};
    for (int workers = 0; workers <= 7; workers += 1 + workers / 2)
        for (int chunk = 0; chunk <= 8; chunk += 1 + chunk) {
            struct series *s = series_create(workers, chunk);
            check_batch(s, 0, 0); /* nothing before start */
            for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) check_series(s, counts[i], 0);
            check_series(s, 50, 3);
            check_series(s, 50, 13);
            series_destroy(s);
        }
}

/* Another series, or destroying the ring, may end a series at any moment. */
static void test_abandoned(void **state) {
    for (int taken = 0; taken < 6; taken++) {
        struct series *s = series_create(3, 1);
        for (int again = 0; again < 3; again++) {
            ln_ring_stop(s->ring);
            assert_int_equal(ln_ring_start(s->ring, 100, 0), LINNET_OK);
            for (int i = 0; i < taken; i++) check_batch(s, (size_t)i * BATCH, BATCH);
        }
        check_series(s, 7, 0);
        assert_int_equal(ln_ring_start(s->ring, 100, 0), LINNET_OK);
        series_destroy(s);
    }
}

/* Batches before the failure are delivered. If several places of a batch fail, this and every further call
 * report the first. */
static void test_failure(void **state) {
    struct ln_ring_batch batch;
    for (int workers = 1; workers <= 4; workers++) {
        struct series *s = series_create(workers, 1);
        s->bad_from = 9;
        s->bad_step = 2;
        assert_int_equal(ln_ring_start(s->ring, 40, 0), LINNET_OK);
        check_batch(s, 0, BATCH);
        check_batch(s, 4, BATCH);
        for (int i = 0; i < 2; i++) {
            ln_error_clear();
            assert_refused(ln_ring_next(s->ring, &batch), LINNET_ERR_INPUT, "test", "place 9");
        }
        ln_error_clear();
        ln_ring_stop(s->ring);
        s->bad_step = 0;
        check_series(s, 40, 0);
        series_destroy(s);
    }
}

static void test_too_many(void **state) {
    int steps;
    assert_refused(ln_ring_steps((size_t)INT_MAX + 1, 1, &steps), LINNET_ERR_LIMIT, "loader-steps",
                   "at most");
    ln_error_clear();
    assert_int_equal(ln_ring_steps((size_t)INT_MAX + 1, 2, &steps), LINNET_OK);
    assert_int_equal(steps, 1 << 30);
    struct ln_ring *ring;
    assert_refused(
        ln_ring_create(&ring,
                       &(struct ln_ring_opts){.batch = INT_MAX, .row_floats = SIZE_MAX / 4, .fill = fill}),
        LINNET_ERR_LIMIT, "loader-size", "do not fit");
    ln_error_clear();
}

static void test_memory_fails(void **state) {
    const int64_t live = ln_alloc_live();
    for (uint64_t n = 1;; n++) {
        struct ln_ring *ring;
        uint64_t calls = ln_alloc_count();
        ln_alloc_fail_at(n);
        int status = ln_ring_create(
            &ring, &(struct ln_ring_opts){.batch = BATCH, .row_floats = FLOATS, .workers = 2, .fill = fill});
        ln_alloc_fail_at(0);
        ln_ring_destroy(ring);
        assert_int_equal(ln_alloc_live(), live);
        if (ln_alloc_count() - calls < n) break;
        assert_int_equal(status, LINNET_ERR_LIMIT);
        ln_error_clear();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_series),   cmocka_unit_test(test_abandoned),    cmocka_unit_test(test_failure),
        cmocka_unit_test(test_too_many), cmocka_unit_test(test_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
