/* The cache: entries that fit are kept, the first entry for an index wins, the budget is never exceeded, and
 * many threads may use it at once. It shrinks if memory is short. */
#include "base/clock.h"
#include "base/threads.h"
#include "data/cache.h"
#include "data/shortage.h"
#include "unit/data/fixture.h"

/* A sample of side x side grey pixels of one value; the original was twice as large. */
static struct ln_prepared sample_of(int side, int value) {
    const size_t n = (size_t)side * (size_t)side;
    struct ln_prepared sample = {
        .image = {side, side, 1, ln_alloc(n)}, .width = 2 * side, .height = 2 * side};
    assert_non_null(sample.image.pixels);
    memset(sample.image.pixels, value, n);
    return sample;
}

static struct ln_cache *created(size_t count, size_t bytes) {
    struct ln_cache *cache;
    assert_int_equal(ln_cache_create(&cache, count, bytes), LINNET_OK);
    return cache;
}

static void kept_samples_are_found(void **state) {
    struct ln_cache *cache = created(3, 1 << 20);
    struct ln_prepared sample = sample_of(4, 7);
    const unsigned char *pixels = sample.image.pixels;
    assert_null(ln_cache_find(cache, 1));
    const struct ln_prepared *kept = ln_cache_keep(cache, 1, &sample);
    assert_non_null(kept);
    assert_null(sample.image.pixels); /* moved, not copied */
    assert_ptr_equal(ln_cache_find(cache, 1), kept);
    assert_ptr_equal(kept->image.pixels, pixels);
    assert_int_equal(kept->width, 8);
    assert_null(ln_cache_find(cache, 0));
    assert_null(ln_cache_find(cache, 2));
    assert_int_equal(ln_cache_bytes(cache), 16 + LN_CACHE_OVERHEAD);
    ln_cache_destroy(cache);
    ln_cache_destroy(NULL);
}

static void the_first_entry_wins(void **state) {
    struct ln_cache *cache = created(1, 1 << 20);
    struct ln_prepared one = sample_of(4, 1), other = sample_of(4, 2);
    const struct ln_prepared *kept = ln_cache_keep(cache, 0, &one);
    assert_null(ln_cache_keep(cache, 0, &other));
    assert_non_null(other.image.pixels); /* not moved into the cache */
    assert_ptr_equal(ln_cache_find(cache, 0), kept);
    assert_int_equal(kept->image.pixels[0], 1);
    assert_int_equal(ln_cache_bytes(cache), 16 + LN_CACHE_OVERHEAD); /* not counted twice */
    ln_image_fini(&other.image);
    ln_cache_destroy(cache);
}

static void the_budget_is_not_exceeded(void **state) {
    enum { EACH = 100 + LN_CACHE_OVERHEAD };
    static const size_t rooms[] = {0, EACH - 1, EACH, 3 * EACH, 3 * EACH + EACH / 2};
    static const int fitting[] = {0, 0, 1, 3, 3};
    for (int r = 0; r < 5; r++) {
        struct ln_cache *cache = created(8, rooms[r]);
        for (uint32_t i = 0; i < 8; i++) {
            struct ln_prepared sample = sample_of(10, (int)i);
            const bool stays = ln_cache_keep(cache, i, &sample) != NULL;
            assert_int_equal(stays, (int)i < fitting[r]);
            ln_image_fini(&sample.image);
        }
        struct ln_prepared small = sample_of(1, 0); /* a smaller sample may still fit */
        const bool stays = ln_cache_keep(cache, 7, &small) != NULL;
        assert_int_equal(stays, rooms[r] - (size_t)fitting[r] * EACH >= 1 + LN_CACHE_OVERHEAD);
        ln_image_fini(&small.image);
        assert_true(ln_cache_bytes(cache) <= rooms[r]);
        ln_cache_destroy(cache);
    }
}

static int note(struct ln_cache *cache, uint32_t index, enum ln_note_kind kind, const char *text,
                uint64_t size) {
    const struct ln_file_stamp stamp = {.size = size};
    struct ln_error error = {.status = LINNET_ERR_INPUT, .code = "img-empty"};
    snprintf(error.text, sizeof error.text, "%s", text);
    return ln_cache_note(cache, index, kind, &error, &stamp);
}

static void notes_are_kept_beyond_the_budget(void **state) {
    struct ln_cache *cache = created(2, 0);
    struct ln_error error;
    struct ln_file_stamp stamp;
    assert_false(ln_cache_noted(cache, 1, LN_NOTE_FAILURE, NULL, NULL));
    assert_int_equal(note(cache, 1, LN_NOTE_FAILURE, "first", 7), LINNET_OK);
    assert_int_equal(note(cache, 1, LN_NOTE_FAILURE, "not noted: the same stamp", 7), LINNET_OK);
    assert_true(ln_cache_noted(cache, 1, LN_NOTE_FAILURE, &error, &stamp));
    assert_int_equal(error.status, LINNET_ERR_INPUT);
    assert_string_equal(error.code, "img-empty");
    assert_string_equal(error.text, "first");
    assert_int_equal(stamp.size, 7);
    assert_int_equal(note(cache, 1, LN_NOTE_DAMAGE, "damage", 7), LINNET_OK);
    assert_int_equal(note(cache, 1, LN_NOTE_FAILURE, "newer", 8), LINNET_OK);
    assert_true(ln_cache_noted(cache, 1, LN_NOTE_FAILURE, &error, &stamp));
    assert_string_equal(error.text, "newer");
    assert_true(ln_cache_noted(cache, 1, LN_NOTE_DAMAGE, &error, NULL));
    assert_string_equal(error.text, "damage");
    assert_false(ln_cache_noted(cache, 1, LN_NOTE_LOSS, NULL, NULL));
    assert_false(ln_cache_noted(cache, 0, LN_NOTE_FAILURE, NULL, NULL));
    assert_null(ln_cache_find(cache, 1));
    ln_cache_destroy(cache);
}

static void out_of_memory_means_not_cached(void **state) {
    struct ln_cache *cache = created(2, 1 << 20);
    struct ln_prepared sample = sample_of(4, 1);
    ln_alloc_fail_at(1);
    assert_null(ln_cache_keep(cache, 0, &sample));
    assert_int_equal(ln_error_get()->status, LINNET_OK);
    assert_int_equal(ln_cache_bytes(cache), 0);
    assert_non_null(ln_cache_keep(cache, 0, &sample));
    ln_alloc_fail_at(1);
    assert_refused(note(cache, 1, LN_NOTE_LOSS, "lost", 0), LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    assert_false(ln_cache_noted(cache, 1, LN_NOTE_LOSS, NULL, NULL));
    for (uint64_t call = 1; call <= 3; call++) {
        struct ln_cache *none;
        ln_alloc_fail_at(call);
        assert_refused(ln_cache_create(&none, 10, 10), LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
        assert_null(none);
    }
    ln_alloc_fail_at(0);
    ln_cache_destroy(cache);
}

/* ---- threads ------------------------------------------------------------------------------------------ */

enum { SAMPLES = 400, ROUNDS = 4, THREADS = 4, SIDE = 6 };

struct racer {
    struct ln_cache *cache;
    int number, wrong;
};

/* Each thread looks up every sample, adds the missing ones, and checks the ones it finds. */
static void *race(void *racer_) {
    struct racer *racer = racer_;
    for (int round = 0; round < ROUNDS; round++)
        for (uint32_t i = 0; i < SAMPLES; i++) {
            const uint32_t index = racer->number % 2 ? SAMPLES - 1 - i : i;
            struct ln_prepared sample = {0};
            struct ln_error error;
            ln_cache_hold(racer->cache);
            const struct ln_prepared *kept = ln_cache_find(racer->cache, index);
            if (index % 50 == 0) {
                racer->wrong +=
                    note(racer->cache, index, LN_NOTE_FAILURE, "a note", (uint64_t)round) != LINNET_OK;
                racer->wrong += !ln_cache_noted(racer->cache, index, LN_NOTE_FAILURE, &error, NULL);
                racer->wrong += strcmp(error.text, "a note") != 0;
            } else if (!kept) {
                sample = sample_of(SIDE, (int)index % 256);
                kept = ln_cache_keep(racer->cache, index, &sample);
            }
            if (kept)
                for (int p = 0; p < SIDE * SIDE; p++) racer->wrong += kept->image.pixels[p] != index % 256;
            ln_cache_release(racer->cache);
            ln_image_fini(&sample.image);
        }
    return NULL;
}

static void many_threads_share_the_cache(void **state) {
    const size_t each = SIDE * SIDE + LN_CACHE_OVERHEAD;
    for (int full = 0; full < 2; full++) {
        const size_t room = full ? SAMPLES * each : SAMPLES / 3 * each;
        struct ln_cache *cache = created(SAMPLES, room);
        struct racer racers[THREADS];
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            racers[i] = (struct racer){cache, i, 0};
            assert_int_equal(ln_thread_create(&threads[i], race, &racers[i]), LINNET_OK);
        }
        for (int i = 0; i < THREADS; i++) ln_thread_join(threads[i]);
        size_t kept = 0;
        for (uint32_t i = 0; i < SAMPLES; i++) kept += ln_cache_find(cache, i) != NULL;
        for (int i = 0; i < THREADS; i++) assert_int_equal(racers[i].wrong, 0);
        assert_int_equal(kept, full ? SAMPLES - SAMPLES / 50 : SAMPLES / 3);
        assert_int_equal(ln_cache_bytes(cache),
                         kept * each); /* threads that lost the race returned their bytes */
        ln_cache_destroy(cache);
    }
}

static int count_kept(const struct ln_cache *cache) {
    int kept = 0;
    for (uint32_t i = 0; i < SAMPLES; i++) kept += ln_cache_find(cache, i) != NULL;
    return kept;
}

static void fill(struct ln_cache *cache) {
    for (uint32_t i = 0; i < SAMPLES; i++) {
        struct ln_prepared sample = sample_of(SIDE, (int)i % 256);
        ln_cache_hold(cache);
        ln_cache_keep(cache, i, &sample);
        ln_cache_release(cache);
        ln_image_fini(&sample.image);
    }
}

static void what_is_given_back_is_not_taken_again(void **state) {
    const size_t each = SIDE * SIDE + LN_CACHE_OVERHEAD;
    struct ln_cache *cache = created(SAMPLES, SAMPLES * each);
    assert_int_equal(ln_cache_shrink(cache, 1), 0); /* nothing is kept yet, so only the budget shrinks */
    fill(cache);
    assert_int_equal(count_kept(cache), 0);
    ln_cache_grow(cache, SIZE_MAX); /* back to the first budget */
    fill(cache);
    assert_int_equal(count_kept(cache), SAMPLES);
    assert_int_equal(ln_cache_shrink(cache, 10 * each - 1), 10 * each);
    assert_int_equal(ln_cache_bytes(cache), (SAMPLES - 10) * each);
    fill(cache);
    assert_int_equal(count_kept(cache), SAMPLES - 10);
    ln_cache_grow(cache, 4 * each);
    fill(cache);
    assert_int_equal(count_kept(cache), SAMPLES - 6);
    assert_int_equal(ln_cache_shrink(cache, SIZE_MAX), (SAMPLES - 6) * each);
    assert_int_equal(ln_cache_bytes(cache), 0);
    assert_int_equal(ln_cache_shrink(cache, SIZE_MAX), 0);
    ln_cache_destroy(cache);
}

/* The cache shrinks and grows while threads use it; samples that a thread holds stay valid. */
static void it_shrinks_while_threads_use_it(void **state) {
    struct ln_cache *cache = created(SAMPLES, SIZE_MAX);
    struct racer racers[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        racers[i] = (struct racer){cache, i, 0};
        assert_int_equal(ln_thread_create(&threads[i], race, &racers[i]), LINNET_OK);
    }
    for (int i = 0; i < 100; i++) {
        ln_cache_shrink(cache, (size_t)i * 100);
        ln_cache_grow(cache, SIZE_MAX);
    }
    for (int i = 0; i < THREADS; i++) ln_thread_join(threads[i]);
    for (int i = 0; i < THREADS; i++) assert_int_equal(racers[i].wrong, 0);
    ln_cache_destroy(cache);
}

/* ---- shortage ----------------------------------------------------------------------------------------- */

static void the_excess_keeps_a_reserve(void **state) {
    const size_t mb = 1 << 20;
    const int64_t MB = 1 << 20;
    static const struct {
        size_t resident, available; /* MB */
        int64_t excess;             /* MB */
    } cases[] = {
        {500, 12, 52}, /* the reserve is a sixteenth of 512 MB: 32 MB */
        {480, 32, 0},    {448, 64, 0},
        {384, 128, 0},   {256, 256, -128},  /* more than four times the reserve: it may grow */
        {60, 10, 22},                       /* the reserve is at least 16 MB */
        {40, 30, 0},     {20000, 500, 524}, /* and at most 512 MB */
        {20000, 600, 0}, {16000, 0, 1024},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ln_shortage_excess(cases[i].resident * mb, cases[i].available * mb),
                         cases[i].excess * MB);
    assert_int_equal(ln_shortage_excess(100 * mb, SIZE_MAX), 0); /* the available memory is unknown */
}

static void it_looks_once_a_second(void **state) {
    struct ln_cache *cache = created(1, 1 << 20);
    struct ln_shortage shortage = {0};
    ln_shortage_watch(&shortage, cache);
    const double next = shortage.next;
    assert_true(next > ln_clock_now());
    ln_shortage_watch(&shortage, cache);
    assert_true(shortage.next == next);
    ln_cache_destroy(cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(kept_samples_are_found),
        fixture_test(the_first_entry_wins),
        fixture_test(the_budget_is_not_exceeded),
        fixture_test(notes_are_kept_beyond_the_budget),
        fixture_test(out_of_memory_means_not_cached),
        fixture_test(many_threads_share_the_cache),
        fixture_test(what_is_given_back_is_not_taken_again),
        fixture_test(it_shrinks_while_threads_use_it),
        fixture_test(the_excess_keeps_a_reserve),
        fixture_test(it_looks_once_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
