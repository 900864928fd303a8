/* The loader: the contents of batches, which do not depend on the number of workers; restarting and stopping
 * at any moment. test_loader_photos.c tests the loader on image files. */
#include "unit/data/loaded.h"

static const struct ln_preprocess as_it_is = {
    .width = COLUMNS, .height = ROWS, .channels = 1, .mean = {0}, .std = {1, 1, 1}};

/* ---- contents of the batches -------------------------------------------------------------------------- */

static void batches_hold_the_part_in_order(void **state) {
    put_idx_set(*state);
    struct ln_dataset *ds = opened(*state, NULL);
    struct ln_loader *loader = created(
        ds, &(struct ln_loader_opts){.part = LINNET_TEST, .batch = 5, .preprocess = &as_it_is, .workers = 2});
    assert_int_equal(ln_loader_steps(loader), 3);
    struct ln_batch batch;
    assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
    assert_int_equal(batch.count, 0); /* nothing before start */
    for (int epoch = 0; epoch < 3; epoch++) {
        assert_int_equal(ln_loader_start(loader, epoch, 0), LINNET_OK);
        for (int item = 0, step = 0; step < 3; step++) {
            assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
            assert_int_equal(batch.count, step < 2 ? 5 : 2);
            assert_int_equal((uintptr_t)batch.images % 64, 0);
            for (int row = 0; row < 5; row++) {
                bool filled = row < batch.count;
                const float *image = batch.images + row * ROWS * COLUMNS;
                assert_int_equal(batch.indices[row], filled ? TRAIN_COUNT + item : 0);
                assert_int_equal(batch.labels[row], filled ? item % 10 : 0);
                for (int p = 0; p < ROWS * COLUMNS; p++)
                    assert_true(image[p] == (filled ? (float)((7 * item + p) % 256) / 255.0F : 0.0F));
                item += filled;
            }
        }
        for (int i = 0; i < 2; i++) {
            assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
            assert_int_equal(batch.count, 0);
        }
    }
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

static void an_empty_part_has_no_batches(void **state) {
    put_idx_set(*state);
    struct ln_dataset *ds = opened(*state, "100,0,0");
    struct ln_loader *loader = created(
        ds,
        &(struct ln_loader_opts){.part = LINNET_TEST, .batch = 5, .preprocess = &as_it_is, .shuffle = true});
    struct ln_batch batch;
    assert_int_equal(ln_loader_steps(loader), 0);
    assert_int_equal(ln_loader_start(loader, 1, 0), LINNET_OK);
    assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
    assert_int_equal(batch.count, 0);
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

static void a_batch_of_nothing_is_refused(void **state) {
    put_idx_set(*state);
    struct ln_dataset *ds = opened(*state, NULL);
    struct ln_loader *loader;
    assert_refused(ln_loader_create(&loader, ds,
                                    &(struct ln_loader_opts){.part = LINNET_TRAIN, .preprocess = &as_it_is}),
                   LINNET_ERR_USAGE, "loader-batch", "the batch size is 0");
    ln_dataset_close(ds);
}

/* ---- the same batches --------------------------------------------------------------------------------- */

/* A training part of many images, so that the workers race. */
enum { MANY = 2000, SIDE = 5 };

static struct ln_dataset *many(const struct fixture *f) {
    static struct idx_bytes idx;
    idx_images(&idx, MANY, SIDE, SIDE);
    put(f, "train-images-idx3-ubyte", idx.data, idx.size);
    idx_labels(&idx, MANY, 7);
    put(f, "train-labels-idx1-ubyte", idx.data, idx.size);
    return opened(f, "100,0,0");
}

static const struct ln_preprocess doubled = {/* resizing makes each row slow */
                                             .width = 2 * SIDE,
                                             .height = 2 * SIDE,
                                             .channels = 1,
                                             .mean = {0.5F},
                                             .std = {0.25F, 1, 1}};

/* Hashes the remaining batches of the epoch; every sample must appear exactly once. */
static uint64_t hash_epoch(struct ln_loader *loader, int batch_size) {
    uint64_t h = 0xcbf29ce484222325;
    static bool seen[MANY];
    memset(seen, 0, sizeof seen);
    size_t total = 0;
    struct ln_batch batch;
    while (assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK), batch.count > 0) {
        hash(&h, batch.images, (size_t)batch_size * 4 * SIDE * SIDE * sizeof(float));
        hash(&h, batch.labels, (size_t)batch_size * sizeof(int32_t));
        hash(&h, batch.indices, (size_t)batch_size * sizeof(uint32_t));
        for (int i = 0; i < batch.count; i++, total++) {
            assert_false(seen[batch.indices[i]]);
            seen[batch.indices[i]] = true;
        }
    }
    assert_int_equal(total, MANY);
    return h;
}

static void any_number_of_workers_makes_the_same_batches(void **state) {
    struct ln_dataset *ds = many(*state);
    static const int workers[] = {1, 2, 5}, batches[] = {1, 64, 700, MANY + 1};
    for (int b = 0; b < 4; b++) {
        uint64_t expected[3];
        for (int w = 0; w < 3; w++) {
            struct ln_loader *loader = created(ds, &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                                                            .batch = batches[b],
                                                                            .preprocess = &doubled,
                                                                            .shuffle = true,
                                                                            .seed = 9,
                                                                            .workers = workers[w]});
            for (int epoch = 0; epoch < 3; epoch++) {
                assert_int_equal(ln_loader_start(loader, epoch, 0), LINNET_OK);
                uint64_t h = hash_epoch(loader, batches[b]);
                if (w == 0)
                    expected[epoch] = h;
                else
                    assert_true(h == expected[epoch]);
            }
            ln_loader_destroy(loader);
        }
        assert_true(expected[0] != expected[1] && expected[1] != expected[2]);
    }
    ln_dataset_close(ds);
}

static void seed_and_epoch_alone_make_the_order(void **state) {
    struct ln_dataset *ds = many(*state);
    struct ln_loader_opts opts = {
        .part = LINNET_TRAIN, .batch = 100, .preprocess = &doubled, .shuffle = true, .seed = 1, .workers = 2};
    struct ln_loader *loader = created(ds, &opts);
    assert_int_equal(ln_loader_start(loader, 4, 0), LINNET_OK);
    uint64_t fourth = hash_epoch(loader, 100);
    assert_int_equal(ln_loader_start(loader, 5, 0), LINNET_OK);
    uint64_t fifth = hash_epoch(loader, 100);
    assert_int_equal(ln_loader_start(loader, 4, 0), LINNET_OK); /* a resumed run starts there */
    assert_true(hash_epoch(loader, 100) == fourth);
    assert_true(fourth != fifth);
    ln_loader_destroy(loader);
    opts.seed = 2;
    loader = created(ds, &opts);
    assert_int_equal(ln_loader_start(loader, 4, 0), LINNET_OK);
    assert_true(hash_epoch(loader, 100) != fourth);
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

static void an_epoch_can_be_abandoned_anywhere(void **state) {
    struct ln_dataset *ds = many(*state);
    struct ln_loader *loader = created(
        ds, &(struct ln_loader_opts){
                .part = LINNET_TRAIN, .batch = 64, .preprocess = &doubled, .shuffle = true, .workers = 3});
    assert_int_equal(ln_loader_start(loader, 0, 0), LINNET_OK);
    uint64_t expected = hash_epoch(loader, 64);
    for (int taken = 0; taken < 34; taken++) {
        struct ln_batch batch;
        assert_int_equal(ln_loader_start(loader, 1, 0), LINNET_OK);
        for (int i = 0; i < taken; i++) assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
        assert_int_equal(ln_loader_start(loader, 0, 0), LINNET_OK);
        if (taken % 8 == 0) assert_true(hash_epoch(loader, 64) == expected);
    }
    ln_loader_destroy(loader); /* in the middle of an epoch */
    ln_dataset_close(ds);
}

static void destroyed_at_any_moment(void **state) {
    struct ln_dataset *ds = many(*state);
    for (int taken = -1; taken < 6; taken++) {
        struct ln_loader *loader =
            created(ds, &(struct ln_loader_opts){
                            .part = LINNET_TRAIN, .batch = 16, .preprocess = &doubled, .workers = 4});
        struct ln_batch batch;
        if (taken >= 0) assert_int_equal(ln_loader_start(loader, 0, 0), LINNET_OK);
        for (int i = 0; i < taken; i++) assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
        ln_loader_destroy(loader);
    }
    ln_loader_destroy(NULL);
    ln_dataset_close(ds);
}

/* The workers leave a batch untouched until the next one is requested. */
static void a_batch_is_the_trainers_until_the_next(void **state) {
    struct ln_dataset *ds = many(*state);
    struct ln_loader *loader = created(
        ds, &(struct ln_loader_opts){
                .part = LINNET_TRAIN, .batch = 8, .preprocess = &doubled, .shuffle = true, .workers = 5});
    assert_int_equal(ln_loader_start(loader, 0, 0), LINNET_OK);
    for (int i = 0; i < 20; i++) {
        struct ln_batch batch;
        assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
        uint64_t before = 1, after = 1;
        hash(&before, batch.images, 8 * 4 * SIDE * SIDE * sizeof(float));
        usleep(500);
        hash(&after, batch.images, 8 * 4 * SIDE * SIDE * sizeof(float));
        assert_true(before == after);
    }
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

static void a_running_loader_allocates_nothing(void **state) {
    put_idx_set(*state);
    struct ln_dataset *ds = opened(*state, NULL);
    struct ln_loader *loader = created(
        ds, &(struct ln_loader_opts){
                .part = LINNET_TRAIN, .batch = 4, .preprocess = &as_it_is, .shuffle = true, .workers = 2});
    uint64_t calls = ln_alloc_count();
    for (int epoch = 0; epoch < 3; epoch++) {
        struct ln_batch batch;
        assert_int_equal(ln_loader_start(loader, epoch, 0), LINNET_OK);
        while (assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK), batch.count > 0) continue;
    }
    assert_int_equal(ln_alloc_count() - calls, 0);
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(batches_hold_the_part_in_order),
        fixture_test(an_empty_part_has_no_batches),
        fixture_test(a_batch_of_nothing_is_refused),
        fixture_test(any_number_of_workers_makes_the_same_batches),
        fixture_test(seed_and_epoch_alone_make_the_order),
        fixture_test(an_epoch_can_be_abandoned_anywhere),
        fixture_test(destroyed_at_any_moment),
        fixture_test(a_batch_is_the_trainers_until_the_next),
        fixture_test(a_running_loader_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
