/* Features of a data set: the rows and their order, parts, progress, the nearest images, and failing allocations. */
#include "shapes.h"
#include "train/embed.h"
#include "unit/base/short_memory.h"

#include <math.h>

enum { TRAIN = 21, TEST = 9, ALL = TRAIN + TEST };

struct progress {
    int64_t done, images;
    int calls;
};

static void on_event(void *user, const struct linnet_event *event) {
    struct progress *p = user;
    assert_int_equal(event->kind, LINNET_EVENT_STEP);
    assert_true(event->images_done > p->done);
    p->done = event->images_done;
    p->images = event->images;
    p->calls++;
}

static void test_rows(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, TRAIN, TEST, SHAPES);
    struct ln_dataset *ds = open_shapes(f, "80,20");
    struct ln_model *m = model_for(ds, 3);
    struct ln_embedding all = {0}, part = {0};
    struct progress progress = {0};
    struct linnet_embed_opts opts = {.batch = 4, .threads = 1, .on_event = on_event, .user = &progress};
    assert_int_equal(ln_embed(&all, m, ds, &opts), LINNET_OK);
    assert_int_equal(all.shown.count, ALL);
    assert_int_equal(progress.calls, (ALL + 3) / 4);
    assert_true(progress.done == ALL && progress.images == ALL);
    for (int i = 0; i < ALL; i++) assert_int_equal(all.shown.images[i].sample, i);
    progress = (struct progress){0};
    opts.part = LINNET_TEST;
    assert_int_equal(ln_embed(&part, m, ds, &opts), LINNET_OK);
    assert_int_equal(part.shown.count, TEST);
    const size_t row = (size_t)all.shown.feature_count;
    for (int64_t i = 0; i < TEST; i++) {
        const float *whole = all.features + (size_t)part.shown.images[i].sample * row;
        for (size_t k = 0; k < row; k++)
            assert_true(fabsf(whole[k] - part.features[(size_t)i * row + k]) < 1e-4F);
        assert_int_equal(part.shown.images[i].part, LINNET_TEST);
    }
    struct linnet_neighbour near[3];
    ln_embedding_nearest(&all, all.features + 5 * row, near, 3);
    assert_int_equal(near[0].image, 5);
    assert_true(near[0].similarity > 0.9999 && near[1].similarity >= near[2].similarity);
    ln_embedding_fini(&all);
    ln_embedding_fini(&part);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

/* Allocation n fails, or all from n on. Returns false if no allocation failed. */
static bool embed_failing(const struct ln_model *m, const struct ln_dataset *ds, uint64_t n, bool for_good) {
    const struct linnet_embed_opts opts = {.batch = 8, .threads = 1, .workers = 1};
    const int64_t live = ln_alloc_live();
    const uint64_t calls = ln_alloc_count();
    struct short_memory memory;
    struct ln_embedding e = {0};
    ln_error_clear();
    if (for_good)
        short_memory_begin(&memory, (int64_t)n);
    else
        ln_alloc_fail_at(n);
    const int status = ln_embed(&e, m, ds, &opts);
    ln_embedding_fini(&e);
    ln_alloc_fail_at(0);
    const bool failed = for_good ? short_memory_end(&memory) : ln_alloc_count() - calls >= n;
    if (ln_alloc_live() != live) fail_msg("call %d: blocks are left", (int)n);
    if (failed && status != LINNET_ERR_LIMIT)
        fail_msg("call %d: status %d, '%s'", (int)n, status, ln_error_line());
    if (!failed && status != LINNET_OK) fail_msg("call %d: %s", (int)n, ln_error_line());
    return failed;
}

static void test_memory_fails(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, TRAIN, TEST, SHAPES);
    struct ln_dataset *ds = open_shapes(f, "80,20");
    struct ln_model *m = model_for(ds, 3);
    for (int how = 0; how < 2; how++) {
        uint64_t n = 1;
        while (embed_failing(m, ds, n, how)) n++;
        assert_true(n > 40);
    }
    ln_model_destroy(m);
    ln_dataset_close(ds);
    ln_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_rows),
        fixture_test(test_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
