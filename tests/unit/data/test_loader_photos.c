/* The loader on image files: unreadable files, cached samples, failing allocations. */
#include "unit/data/loaded.h"
#include "unit/data/pictures.h"
#include "unit/data/reference.h"
#include <sys/resource.h>
#include <unistd.h>

/* ---- failures ----------------------------------------------------------------------------------------- */

/* A training part of eight photos in numeric order; those named in `bad` are not valid images. */
static struct ln_dataset *photos(const struct fixture *f, const char *bad) {
    put_folder(f, "a");
    put_folder(f, "b");
    for (int i = 0; i < 8; i++) {
        char name[8];
        snprintf(name, sizeof name, "%s/%d", i < 4 ? "a" : "b", i);
        if (strchr(bad, '0' + i))
            put_text(f, name, "no image");
        else
            put_photo(f, name, (unsigned char)(10 * i));
    }
    struct ln_dataset *ds = opened(f, "8,0,0");
    for (uint32_t i = 0; i < 8; i++) ds->parts[LINNET_TRAIN].index[i] = i;
    return ds;
}

static const struct ln_preprocess colour = {.width = 2, .height = 2, .channels = 3, .std = {1, 1, 1}};

static void photos_are_decoded(void **state) {
    struct ln_dataset *ds = photos(*state, "");
    for (int workers = 1; workers < 4; workers++) {
        struct ln_loader *loader =
            created(ds, &(struct ln_loader_opts){
                            .part = LINNET_TRAIN, .batch = 3, .preprocess = &colour, .workers = workers});
        for (int epoch = 0; epoch < 2; epoch++) {
            struct ln_batch batch;
            assert_int_equal(ln_loader_start(loader, epoch, 0), LINNET_OK);
            for (int i = 0, row = 0; i < 8; i++, row = (row + 1) % 3) {
                if (row == 0) assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
                assert_int_equal(batch.labels[row], i / 4);
                for (int p = 0; p < 12; p++)
                    assert_true(batch.images[12 * row + p] == (float)(10 * i) / 255.0F);
            }
        }
        ln_loader_destroy(loader);
    }
    ln_dataset_close(ds);
}

static void strict_reports_the_first_failure_in_order(void **state) {
    struct ln_dataset *ds = photos(*state, "457");
    for (int workers = 1; workers < 6; workers++) {
        struct ln_loader *loader = created(
            ds,
            &(struct ln_loader_opts){
                .part = LINNET_TRAIN, .batch = 3, .preprocess = &colour, .workers = workers, .strict = true});
        for (int again = 0; again < 20; again++) {
            struct ln_batch batch;
            assert_int_equal(ln_loader_start(loader, again, 0), LINNET_OK);
            assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK);
            assert_int_equal(batch.count, 3);
            for (int i = 0; i < 3; i++) {
                assert_refused(ln_loader_next(loader, &batch), LINNET_ERR_INPUT, "img-format", "b/4: ");
                assert_int_equal(batch.count, 0);
            }
        }
        ln_loader_destroy(loader);
    }
    ln_dataset_close(ds);
}

/* The images that on_skip was called for, as digits. */
struct told {
    char numbers[16];
};

static void on_skip(void *told_, uint32_t index, const struct ln_error *error) {
    struct told *told = told_;
    size_t length = strlen(told->numbers);
    assert_int_equal(error->status, LINNET_ERR_INPUT);
    assert_string_equal(error->code, "img-format");
    assert_true(length + 1 < sizeof told->numbers);
    told->numbers[length] = (char)('0' + index);
}

/* The remainder of a started epoch as text: each row's sample as a digit, "." for an empty row, a space after
 * each batch. */
static const char *walk_on(struct ln_loader *loader, int size, char out[64]) {
    struct ln_batch batch;
    int at = 0;
    while (assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK), batch.count > 0) {
        for (int row = 0; row < size; row++) {
            const bool filled = row < batch.count;
            const uint32_t index = batch.indices[row];
            out[at++] = (char)(filled ? '0' + (int)index : '.');
            assert_int_equal(batch.labels[row], filled ? (int)index / 4 : 0);
            for (int p = 0; p < 12; p++)
                assert_true(batch.images[12 * row + p] == (filled ? (float)(10 * index) / 255.0F : 0.0F));
        }
        out[at++] = ' ';
    }
    out[at] = '\0';
    return out;
}

static const char *walk(struct ln_loader *loader, int epoch, int size, char out[64]) {
    assert_int_equal(ln_loader_start(loader, epoch, 0), LINNET_OK);
    return walk_on(loader, size, out);
}

static void the_next_readable_image_takes_the_place(void **state) {
    struct ln_dataset *ds = photos(*state, "2457");
    for (int workers = 1; workers < 6; workers++)
        for (int cached = 0; cached < 2; cached++) {
            struct told told = {""};
            char rows[64];
            struct ln_loader *loader =
                created(ds, &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                                     .batch = 3,
                                                     .preprocess = &colour,
                                                     .workers = workers,
                                                     .cache_bytes = cached ? 1 << 20 : 0,
                                                     .refill = true,
                                                     .on_skip = on_skip,
                                                     .user = &told});
            for (int epoch = 0; epoch < 3; epoch++) {
                assert_string_equal(walk(loader, epoch, 3, rows), "013 366 60. ");
                assert_string_equal(told.numbers, "2457"); /* each is reported once, in order */
            }
            ln_loader_destroy(loader);
        }
    ln_dataset_close(ds);
}

static void or_the_batch_is_shorter(void **state) {
    struct ln_dataset *ds = photos(*state, "0123567"); /* one batch is unreadable as a whole */
    for (int workers = 1; workers < 6; workers++) {
        struct told told = {""};
        char rows[64];
        struct ln_loader *loader = created(ds, &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                                                        .batch = 3,
                                                                        .preprocess = &colour,
                                                                        .workers = workers,
                                                                        .on_skip = on_skip,
                                                                        .user = &told});
        for (int epoch = 0; epoch < 3; epoch++) {
            assert_string_equal(walk(loader, epoch, 3, rows), "4.. ");
            assert_string_equal(told.numbers, "0123567");
        }
        ln_loader_destroy(loader);
    }
    ln_dataset_close(ds);
}

static void no_readable_image(void **state) {
    struct ln_dataset *ds = photos(*state, "01234567");
    for (int refill = 0; refill < 2; refill++) {
        struct ln_loader *loader = created(
            ds, &(struct ln_loader_opts){
                    .part = LINNET_TRAIN, .batch = 3, .preprocess = &colour, .workers = 2, .refill = refill});
        struct ln_batch batch;
        assert_int_equal(ln_loader_start(loader, 0, 0), LINNET_OK);
        for (int again = 0; again < 3; again++)
            assert_refused(ln_loader_next(loader, &batch), LINNET_ERR_INPUT, "data-unreadable",
                           "none of 8 images can be read; ");
        ln_loader_destroy(loader);
    }
    ln_dataset_close(ds);
}

/* A file is removed during training. */
static void vanished_files_are_skipped(void **state) {
    struct ln_dataset *ds = photos(*state, "");
    char rows[64], path[512];
    struct ln_loader *loader = created(
        ds, &(struct ln_loader_opts){
                .part = LINNET_TRAIN, .batch = 4, .preprocess = &colour, .workers = 2, .refill = true});
    assert_string_equal(walk(loader, 0, 4, rows), "0123 4567 ");
    snprintf(path, sizeof path, "%s/a/3", ds->path);
    assert_int_equal(unlink(path), 0);
    assert_string_equal(walk(loader, 1, 4, rows), "0124 4567 ");
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

/* The path of photo i, to rewrite or remove the file. */
static void photo_path(const struct ln_dataset *ds, int i, char path[512]) {
    snprintf(path, 512, "%s/%s/%d", ds->path, i < 4 ? "a" : "b", i);
}

/* An incomplete photo is skipped, and used once it is complete. */
static void a_file_that_changes_is_tried_again(void **state) {
    struct ln_dataset *ds = photos(*state, "3");
    char rows[64];
    struct ln_loader *loader = created(
        ds, &(struct ln_loader_opts){
                .part = LINNET_TRAIN, .batch = 4, .preprocess = &colour, .workers = 2, .refill = true});
    assert_string_equal(walk(loader, 0, 4, rows), "0124 4567 ");
    assert_string_equal(walk(loader, 1, 4, rows), "0124 4567 ");
    put_photo(*state, "a/3", 30);
    assert_string_equal(walk(loader, 2, 4, rows), "0123 4567 ");
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

/* For a moment no file can be opened (EMFILE): every photo is still read. */
static void a_failure_that_passes_is_waited_for(void **state) {
    struct ln_dataset *ds = photos(*state, "");
    struct told told = {""};
    struct rlimit limit, none;
    char rows[64];
    struct ln_loader *loader = created(ds, &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                                                    .batch = 4,
                                                                    .preprocess = &colour,
                                                                    .workers = 2,
                                                                    .on_skip = on_skip,
                                                                    .user = &told});
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(ln_loader_start(loader, 0, 0), LINNET_OK);
    usleep(60000);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_string_equal(walk_on(loader, 4, rows), "0123 4567 ");
    assert_string_equal(told.numbers, "");
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

/* Up to a limit, lost files are skipped; beyond the limit the epoch ends with an error. */
static void an_unplugged_drive_ends_the_epoch(void **state) {
    for (int refill = 0; refill < 2; refill++) {
        struct ln_dataset *ds = photos(*state, "");
        char rows[64], path[512];
        struct ln_batch batch;
        struct ln_loader *loader = created(
            ds, &(struct ln_loader_opts){
                    .part = LINNET_TRAIN, .batch = 4, .preprocess = &colour, .workers = 2, .refill = refill});
        for (int i = 0; i < 5; i++) {
            photo_path(ds, i, path);
            assert_int_equal(unlink(path), 0);
        }
        walk(loader, 0, 4, rows);
        assert_string_equal(rows, refill ? "5555 5567 " : "567. ");
        photo_path(ds, 5, path);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(ln_loader_start(loader, 1, 0), LINNET_OK);
        int status = LINNET_OK;
        for (int i = 0; i < 3 && status == LINNET_OK; i++) status = ln_loader_next(loader, &batch);
        assert_refused(status, LINNET_ERR_IO, "data-lost", "can no longer be read");
        ln_loader_destroy(loader);
        ln_dataset_close(ds);
    }
}

/* ---- damaged pictures ----------------------------------------------------------------------------------- */

static void on_damage(void *told_, uint32_t index, const struct ln_error *error) {
    struct told *told = told_;
    assert_string_equal(error->code, "img-damaged");
    told->numbers[strlen(told->numbers)] = (char)('0' + index);
}

/* A text PGM that ends after its third pixel: Pillow repeats that pixel. The picture is used, and reported once. */
static void damaged_pictures_are_used(void **state) {
    struct ln_dataset *ds = photos(*state, "");
    put_text(*state, "a/2", "P2 2 2 255 20 20 20");
    for (int cached = 0; cached < 2; cached++) {
        struct told told = {""};
        char rows[64];
        struct ln_loader *loader = created(ds, &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                                                        .batch = 4,
                                                                        .preprocess = &colour,
                                                                        .workers = 2,
                                                                        .cache_bytes = cached ? 1 << 20 : 0,
                                                                        .on_damage = on_damage,
                                                                        .user = &told});
        for (int epoch = 0; epoch < 2; epoch++) {
            assert_string_equal(walk(loader, epoch, 4, rows), "0123 4567 ");
            assert_string_equal(told.numbers, "2");
        }
        ln_loader_destroy(loader);
    }
    struct ln_batch batch;
    struct ln_loader *strict = created(
        ds, &(struct ln_loader_opts){
                .part = LINNET_TRAIN, .batch = 4, .preprocess = &colour, .workers = 2, .strict = true});
    assert_int_equal(ln_loader_start(strict, 0, 0), LINNET_OK);
    assert_refused(ln_loader_next(strict, &batch), LINNET_ERR_INPUT, "img-damaged",
                   "a/2: PNM is damaged at row 1 of 2");
    ln_loader_destroy(strict);
    ln_dataset_close(ds);
}

/* ---- cached samples ----------------------------------------------------------------------------------- */

enum { PICTURES = 12, NETWORK = 16 };

/* Pictures of many sizes, and one file that is not an image. */
static struct ln_dataset *pictures(const struct fixture *f) {
    put_folder(f, "a");
    put_folder(f, "b");
    for (int i = 0; i < PICTURES; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s/%02d", i % 2 ? "a" : "b", i);
        put_picture(f, name, &(struct picture){.scene = i, .width = 20 + 31 * i, .height = 230 - 17 * i});
    }
    put_text(f, "b/99", "no image");
    return opened(f, "13,0,0");
}

static uint64_t hash_epochs(const struct ln_dataset *ds, const struct ln_loader_opts *opts) {
    uint64_t h = 0xcbf29ce484222325;
    struct ln_loader *loader = created(ds, opts);
    for (int epoch = 0; epoch < 3; epoch++) {
        struct ln_batch batch;
        assert_int_equal(ln_loader_start(loader, epoch, 0), LINNET_OK);
        while (assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK), batch.count > 0) {
            hash(&h, batch.images, 5 * 3 * NETWORK * NETWORK * sizeof(float));
            hash(&h, batch.labels, 5 * sizeof(int32_t));
            hash(&h, batch.indices, 5 * sizeof(uint32_t));
        }
    }
    ln_loader_destroy(loader);
    return h;
}

static void caching_changes_no_pixel(void **state) {
    struct ln_dataset *ds = pictures(*state);
    const struct ln_preprocess pp = {
        .width = NETWORK, .height = NETWORK, .channels = 3, .resize = 18, .std = {1, 1, 1}};
    static const size_t rooms[] = {0, 4000, 20000, 1 << 30};
    static const char *const levels[] = {"none", "light", "strong"};
    for (int level = 0; level < 3; level++)
        for (int refill = 0; refill < 2; refill++) {
            struct ln_augment augment;
            uint64_t expected = 0;
            assert_int_equal(ln_augment_level(levels[level], true, &augment), LINNET_OK);
            for (int i = 0; i < 12; i++) {
                uint64_t h = hash_epochs(ds, &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                                                      .batch = 5,
                                                                      .preprocess = &pp,
                                                                      .augment = &augment,
                                                                      .shuffle = true,
                                                                      .seed = 3,
                                                                      .workers = 1 << i % 3,
                                                                      .cache_bytes = rooms[i / 3],
                                                                      .refill = refill});
                if (i == 0) expected = h;
                assert_true(h == expected);
            }
        }
    ln_dataset_close(ds);
}

/* Without augmentation a row is the full-size picture preprocessed by the definition, cached or not. */
static void validation_sees_the_full_picture(void **state) {
    struct ln_dataset *ds = pictures(*state);
    const struct ln_preprocess pp = {
        .width = NETWORK, .height = NETWORK, .channels = 3, .resize = 18, .std = {1, 1, 1}};
    struct ln_loader *loader = created(
        ds, &(struct ln_loader_opts){
                .part = LINNET_TRAIN, .batch = 1, .preprocess = &pp, .workers = 2, .cache_bytes = 1 << 20});
    for (int epoch = 0; epoch < 2; epoch++) {
        struct ln_batch batch;
        int count = 0;
        assert_int_equal(ln_loader_start(loader, epoch, 0), LINNET_OK);
        for (; assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK), batch.count > 0; count++) {
            float expected[3 * NETWORK * NETWORK];
            struct ln_sample sample;
            assert_int_equal(ln_dataset_read(ds, batch.indices[0], &sample), LINNET_OK);
            preprocess_by_definition(&pp, &sample.image, expected);
            assert_memory_equal(batch.images, expected, sizeof expected);
            ln_sample_fini(&sample);
        }
        assert_int_equal(count, PICTURES);
    }
    ln_loader_destroy(loader);
    ln_dataset_close(ds);
}

/* ln_loader_memory predicts what a loader will hold: its cache, to the byte if equal photos all fit, and its batches. */
static void memory_is_known_before(void **state) {
    static const size_t rooms[] = {0, 1000, 1 << 30};
    struct ln_dataset *ds = photos(*state, "");
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        const struct ln_loader_opts opts = {
            .part = LINNET_TRAIN, .batch = 3, .preprocess = &colour, .workers = 2, .cache_bytes = rooms[i]};
        const struct ln_loader_memory memory = ln_loader_memory(ds, &opts);
        struct ln_loader *loader = created(ds, &opts);
        struct ln_batch batch;
        assert_int_equal(ln_loader_start(loader, 0, 0), LINNET_OK);
        while (assert_int_equal(ln_loader_next(loader, &batch), LINNET_OK), batch.count > 0) continue;
        const size_t kept = ln_loader_kept_bytes(loader);
        assert_true(kept <= memory.cache && memory.cache - kept < rooms[i] / 8 + 1);
        assert_true(i < 2 || kept == memory.cache);
        assert_true(memory.batches >= 3 * 3 * 2 * 2 * 3 * sizeof(float));
        assert_true(memory.lists > 0 && memory.decoding > 0);
        ln_loader_destroy(loader);
    }
    ln_dataset_close(ds);
}

/* The estimate looks at some photos. It reduces them as far as the augmentation allows, and ignores unreadable ones. */
static void memory_depends_on_the_augmentation(void **state) {
    struct ln_dataset *ds = pictures(*state);
    const struct ln_preprocess pp = {
        .width = NETWORK, .height = NETWORK, .channels = 3, .resize = 18, .std = {1, 1, 1}};
    struct ln_augment light;
    assert_int_equal(ln_augment_level("light", true, &light), LINNET_OK);
    struct ln_loader_opts opts = {
        .part = LINNET_TRAIN, .batch = 5, .preprocess = &pp, .workers = 1, .cache_bytes = 1 << 30};
    const size_t plain = ln_loader_memory(ds, &opts).cache;
    opts.augment = &light;
    const size_t cropped = ln_loader_memory(ds, &opts).cache;
    assert_true(plain >= 13 * 3 * NETWORK * NETWORK && plain < 13 * (3 * NETWORK * NETWORK + 256));
    assert_true(cropped > 2 * plain);
    ln_dataset_close(ds);
}

static int run_epoch(const struct ln_dataset *ds, size_t cache_bytes) {
    struct ln_loader *loader;
    struct ln_batch batch = {.count = 1};
    int status = ln_loader_create(&loader, ds,
                                  &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                                           .batch = 3,
                                                           .preprocess = &colour,
                                                           .workers = 1,
                                                           .cache_bytes = cache_bytes,
                                                           .refill = true});
    if (status == LINNET_OK) status = ln_loader_start(loader, 0, 0);
    while (status == LINNET_OK && batch.count > 0) status = ln_loader_next(loader, &batch);
    ln_loader_destroy(loader);
    return status;
}

/* Only allocations that serve caching may fail silently. */
static void no_memory_at_any_call(void **state) {
    struct ln_dataset *ds = photos(*state, "6");
    for (int cached = 0; cached < 2; cached++) {
        const size_t cache_bytes = cached ? 1 << 20 : 0;
        const uint64_t before = ln_alloc_count();
        assert_int_equal(run_epoch(ds, cache_bytes), LINNET_OK);
        const int calls = (int)(ln_alloc_count() - before);
        int borne = 0;
        for (int call = 1; call <= calls; call++) {
            ln_alloc_fail_at((uint64_t)call);
            int status = run_epoch(ds, cache_bytes);
            if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
            borne += status == LINNET_OK;
        }
        assert_int_equal(borne, cached ? 7 : 0);
    }
    ln_alloc_fail_at(0);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(photos_are_decoded),
        fixture_test(strict_reports_the_first_failure_in_order),
        fixture_test(the_next_readable_image_takes_the_place),
        fixture_test(or_the_batch_is_shorter),
        fixture_test(no_readable_image),
        fixture_test(vanished_files_are_skipped),
        fixture_test(a_file_that_changes_is_tried_again),
        fixture_test(a_failure_that_passes_is_waited_for),
        fixture_test(an_unplugged_drive_ends_the_epoch),
        fixture_test(damaged_pictures_are_used),
        fixture_test(caching_changes_no_pixel),
        fixture_test(validation_sees_the_full_picture),
        fixture_test(memory_is_known_before),
        fixture_test(memory_depends_on_the_augmentation),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
