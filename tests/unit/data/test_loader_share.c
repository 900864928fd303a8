/* Loaders of several ranks: together they give the batches of a single loader, each image once, with the same pixels. A rank
 * without an image in the last batch gets a blank one. */
#include "unit/data/loaded.h"

enum { SIDE = 6, IMAGE = SIDE * SIDE, BATCH = 5, EPOCHS = 2 };

static const struct ln_preprocess small = {
    .width = SIDE, .height = SIDE, .channels = 1, .mean = {0}, .std = {1, 1, 1}};
static const struct ln_augment shifted = {.crop = LN_CROP_PADDED, .flip = 0.5};

static struct ln_loader *loader_of(const struct ln_dataset *ds, struct ln_share share, bool previous) {
    return created(ds, &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                                .batch = BATCH,
                                                .share = share,
                                                .previous = previous,
                                                .preprocess = &small,
                                                .augment = &shifted,
                                                .shuffle = true,
                                                .seed = 3,
                                                .refill = true,
                                                .workers = 2});
}

/* A rank's batch holds the rows first .. first + count - 1 of the single loader's batch. */
static void check_share(const struct ln_batch *whole, const struct ln_batch *own, bool *seen) {
    assert_int_equal(own->total, whole->count);
    for (int i = 0; i < own->count; i++) {
        const int row = own->first + i;
        assert_false(seen[row]);
        seen[row] = true;
        assert_int_equal(own->indices[i], whole->indices[row]);
        assert_int_equal(own->labels[i], whole->labels[row]);
        assert_memory_equal(own->images + i * IMAGE, whole->images + row * IMAGE, IMAGE * sizeof(float));
    }
    if (own->count == 0 && own->total > 0) assert_int_equal(own->labels[0], -1);
    if (!own->previous || own->count == 0) return;
    const int before = (own->first + whole->count - 1) % whole->count;
    assert_int_equal(own->previous_label, whole->labels[before]);
    assert_memory_equal(own->previous, whole->images + before * IMAGE, IMAGE * sizeof(float));
}

static void check_epoch(struct ln_loader *alone, struct ln_loader **shares, int ranks) {
    for (int step = 0;; step++) {
        struct ln_batch whole, own;
        bool seen[BATCH] = {false};
        assert_int_equal(ln_loader_next(alone, &whole), LINNET_OK);
        for (int r = 0; r < ranks; r++) {
            assert_int_equal(ln_loader_next(shares[r], &own), LINNET_OK);
            check_share(&whole, &own, seen);
        }
        for (int i = 0; i < whole.count; i++) assert_true(seen[i]);
        if (whole.count == 0) {
            assert_int_equal(step, ln_loader_steps(alone));
            return;
        }
    }
}

static void check_ranks(const struct ln_dataset *ds, int ranks, int unit) {
    struct ln_loader *alone = loader_of(ds, (struct ln_share){0}, false), *shares[BATCH];
    for (int r = 0; r < ranks; r++)
        shares[r] = loader_of(ds, (struct ln_share){r, ranks, unit}, ranks % 2 == 0);
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        assert_int_equal(ln_loader_start(alone, epoch, 0), LINNET_OK);
        for (int r = 0; r < ranks; r++) assert_int_equal(ln_loader_start(shares[r], epoch, 0), LINNET_OK);
        check_epoch(alone, shares, ranks);
    }
    for (int r = 0; r < ranks; r++) ln_loader_destroy(shares[r]);
    ln_loader_destroy(alone);
}

static void ranks_share_each_batch(void **state) {
    put_idx_set(*state);
    for (int count = 21; count <= 25; count++) { /* last batches of 1, 2, 3, 4 and 5 images */
        char split[32];
        snprintf(split, sizeof split, "%d,1,1", count);
        struct ln_dataset *ds = opened(*state, split);
        for (int ranks = 1; ranks <= BATCH; ranks++) check_ranks(ds, ranks, 0);
        check_ranks(ds, BATCH, 1); /* in units: the first ranks have the last batch */
        ln_dataset_close(ds);
    }
}

static void an_epoch_is_entered_at_any_step(void **state) {
    put_idx_set(*state);
    struct ln_dataset *ds = opened(*state, "21,1,1"); /* the last rank gets the last batch's one image */
    struct ln_loader *alone = loader_of(ds, (struct ln_share){0}, false);
    struct ln_loader *first = loader_of(ds, (struct ln_share){.ranks = 2}, false);
    for (int step = 0; step <= 5; step++) {
        struct ln_batch whole, own;
        assert_int_equal(ln_loader_start(alone, 1, step), LINNET_OK);
        assert_int_equal(ln_loader_start(first, 1, step), LINNET_OK);
        assert_int_equal(ln_loader_next(alone, &whole), LINNET_OK);
        assert_int_equal(ln_loader_next(first, &own), LINNET_OK);
        assert_int_equal(own.total, whole.count);
        assert_int_equal(own.count, step < 4 ? 2 : 0);
    }
    ln_loader_destroy(first);
    ln_loader_destroy(alone);
    ln_dataset_close(ds);
}

/* Every rank refuses, even one that would have an image, so that all ranks end together. */
static void more_ranks_than_images_are_refused(void **state) {
    put_idx_set(*state);
    struct ln_dataset *ds = opened(*state, "21,1,1");
    struct ln_loader *loader;
    for (int rank = 0; rank <= BATCH; rank++) {
        const struct ln_loader_opts opts = {.part = LINNET_TRAIN,
                                            .batch = BATCH,
                                            .share = {.rank = rank, .ranks = BATCH + 1},
                                            .preprocess = &small};
        assert_refused(ln_loader_create(&loader, ds, &opts), LINNET_ERR_USAGE, "train-ranks",
                       "a batch of 5 images cannot be shared by 6 ranks");
    }
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(ranks_share_each_batch),
        fixture_test(an_epoch_is_entered_at_any_step),
        fixture_test(more_ranks_than_images_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
