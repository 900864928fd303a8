/* Checking a data set: identical and near-identical images, leaks between parts, unreadable images, sizes. */
#include "data/check.h"
#include "unit/base/short_memory.h"
#include "unit/data/pictures.h"

static struct ln_dataset *opened(const struct fixture *f, const struct linnet_data_opts *opts) {
    struct ln_dataset *ds;
    if (ln_dataset_open(&ds, f->dir, opts) != LINNET_OK) fail_msg("%s", ln_error_get()->text);
    return ds;
}

static struct linnet_check *checked(const struct ln_dataset *ds, bool has_parts) {
    struct linnet_check *check;
    if (ln_check_run(&check, ds, has_parts, &(struct linnet_check_opts){.threads = 2}) != LINNET_OK)
        fail_msg("%s", ln_error_get()->text);
    return check;
}

static void folders(const struct fixture *f, const char *const *names) {
    for (; *names; names++) put_folder(f, *names);
}

/* n pictures of different scenes. */
static void put_scenes(const struct fixture *f, const char *folder, int first, int n) {
    char name[64];
    for (int i = first; i < first + n; i++) {
        snprintf(name, sizeof name, "%s/%03d.ppm", folder, i);
        put_picture(f, name, &(struct picture){.scene = i, .width = 80, .height = 70});
    }
}

static void assert_group(const struct linnet_check_group *group, const char *const *paths, bool identical) {
    int64_t n = 0;
    for (; paths[n]; n++) assert_string_equal(group->images[n].image.path, paths[n]);
    assert_int_equal(group->count, n);
    assert_int_equal(group->identical, identical);
}
#define paths(...)          \
    (const char *const[]) { \
        __VA_ARGS__, NULL   \
    }

static void nothing_is_wrong(void **state) {
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 40);
    put_scenes(*state, "b", 40, 40);
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check = checked(ds, false);
    assert_int_equal(check->images, 80);
    assert_int_equal(check->readable, 80);
    assert_int_equal(check->group_count, 0);
    assert_int_equal(check->bad_count, 0);
    assert_int_equal(check->blank_count, 0);
    assert_false(check->has_parts);
    assert_int_equal(check->counts[0], 40);
    assert_int_equal(check->counts[LINNET_TEST + 1], 40);
    assert_int_equal(check->format_count, 1);
    assert_string_equal(check->formats[0].name, "PNM");
    assert_int_equal(check->formats[0].count, 80);
    assert_true(check->width.min == 80 && check->width.max == 80 && check->height.median == 70);
    ln_check_free(check);
    ln_dataset_close(ds);
}

static void duplicates_of_every_kind(void **state) {
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 20);
    put_scenes(*state, "b", 20, 20);
    put_picture(*state, "a/z-same.ppm", &(struct picture){.scene = 3, .width = 80, .height = 70});
    put_picture(*state, "a/z-small.ppm", &(struct picture){.scene = 5, .width = 64, .height = 65});
    put_picture(*state, "b/z-light.ppm",
                &(struct picture){.scene = 7, .width = 80, .height = 70, .light = 20});
    put_picture(*state, "b/z-touched.ppm",
                &(struct picture){.scene = 25, .width = 80, .height = 70, .touched = 1});
    put_picture(*state, "b/z-grey.ppm",
                &(struct picture){.scene = 9, .width = 160, .height = 130, .grey = true});
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check = checked(ds, false);
    assert_int_equal(check->group_count, 5);
    assert_int_equal(check->redundant, 5);
    /* groups across classes come first, then the data's order */
    assert_group(&check->groups[0], paths("a/007.ppm", "b/z-light.ppm"), false);
    assert_group(&check->groups[1], paths("a/009.ppm", "b/z-grey.ppm"), false);
    assert_true(check->groups[0].across_classes && check->groups[1].across_classes);
    assert_group(&check->groups[2], paths("a/003.ppm", "a/z-same.ppm"), true);
    assert_group(&check->groups[3], paths("a/005.ppm", "a/z-small.ppm"), false);
    assert_group(&check->groups[4], paths("b/025.ppm", "b/z-touched.ppm"), false);
    assert_true(check->groups[2].images[0].identical && check->groups[2].images[1].identical);
    assert_false(check->groups[4].images[0].identical || check->groups[4].images[1].identical);
    assert_int_equal(check->groups[4].images[1].distance, 0);
    for (int i = 0; i < 5; i++) assert_false(check->groups[i].across_parts);
    ln_check_free(check);
    ln_dataset_close(ds);
}

static void leaks_between_parts(void **state) {
    folders(*state,
            paths("train", "train/a", "train/b", "val", "val/a", "val/b", "test", "test/a", "test/b"));
    put_scenes(*state, "train/a", 0, 6);
    put_scenes(*state, "train/b", 6, 6);
    put_scenes(*state, "val/a", 12, 3);
    put_scenes(*state, "val/b", 15, 3);
    put_scenes(*state, "test/a", 2, 2);
    put_scenes(*state, "test/b", 14, 1);
    put_scenes(*state, "test/b", 30, 3);
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check = checked(ds, true);
    assert_int_equal(check->group_count, 3);
    assert_group(&check->groups[0], paths("val/a/014.ppm", "test/b/014.ppm"), true); /* across classes */
    assert_group(&check->groups[1], paths("train/a/002.ppm", "test/a/002.ppm"), true);
    assert_group(&check->groups[2], paths("train/a/003.ppm", "test/a/003.ppm"), true);
    for (int i = 0; i < 3; i++) assert_true(check->groups[i].across_parts);
    assert_int_equal(check->groups[1].images[1].image.part, LINNET_TEST);
    assert_int_equal(check->leaked[LINNET_TEST], 2); /* the third duplicates a validation image */
    assert_int_equal(check->leaked[LINNET_VAL], 0);
    ln_check_free(check);
    ln_dataset_close(ds);
}

static void unreadable_images(void **state) {
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 3);
    put_scenes(*state, "b", 3, 3);
    put_text(*state, "a/empty.jpg", "");
    put_text(*state, "a/text.jpg", "hello, world");
    put(*state, "b/cut.ppm", "P6 9 9 255\nxyz", 14);
    put_photo(*state, "b/white.png", 255);
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check = checked(ds, false);
    assert_int_equal(check->images, 10);
    assert_int_equal(check->readable, 7);
    assert_int_equal(check->bad_count, 3);
    assert_string_equal(check->bad[0].image.path, "a/empty.jpg");
    assert_string_equal(check->bad[0].code, "img-empty");
    assert_string_equal(check->bad[1].code, "img-format");
    assert_string_equal(check->bad[2].code, "img-truncated");
    assert_string_equal(check->bad[2].error, "b/cut.ppm: PNM ends at row 0 of 9 [img-truncated]");
    assert_int_equal(check->blank_count, 1);
    assert_string_equal(check->blank[0].path, "b/white.png");
    assert_int_equal(check->group_count, 0);
    assert_true(check->width.min == 2);
    assert_int_equal(check->format_count, 2);
    ln_check_free(check);
    ln_dataset_close(ds);
}

/* Two unreadable files are not duplicates of each other, and an unreadable file has no size. */
static void nothing_can_be_read(void **state) {
    folders(*state, paths("a", "b"));
    put_text(*state, "a/1", "rubbish");
    put_text(*state, "b/1", "rubbish");
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check = checked(ds, false);
    assert_int_equal(check->bad_count, 2);
    assert_int_equal(check->group_count, 0);
    assert_true(check->width.max == 0);
    ln_check_free(check);
    ln_dataset_close(ds);
}

static void duplicates_in_idx_files(void **state) {
    put_idx_set(*state);
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check = checked(ds, true);
    assert_int_equal(check->images, ds->count);
    assert_int_equal(check->readable, ds->count);
    assert_int_equal(check->format_count, 0);
    assert_int_equal(check->leaked[LINNET_TEST],
                     TEST_COUNT); /* the fixture's test images repeat the first training images */
    assert_string_equal(check->groups[0].images[0].image.path, "train-images-idx3-ubyte[0]");
    ln_check_free(check);
    ln_dataset_close(ds);
}

/* ---- splits that depend on the images ----------------------------------------------------------------- */

static int part_of(const struct ln_dataset *ds, const char *path) {
    char name[64];
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        for (size_t i = 0; i < ds->parts[p].count; i++)
            if (!strcmp(ln_dataset_sample_name(ds, ds->parts[p].index[i], name, sizeof name), path)) return p;
    return 0;
}

static void duplicates_stay_together(void **state) {
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 10);
    put_scenes(*state, "b", 10, 10);
    put_picture(*state, "a/same.ppm", &(struct picture){.scene = 3, .width = 80, .height = 70});
    put_picture(*state, "b/small.ppm", &(struct picture){.scene = 13, .width = 70, .height = 70});
    put_text(*state, "b/bad", "rubbish");
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct ln_dataset *ds =
            opened(*state, &(struct linnet_data_opts){.split = "12,5,5", .seed = seed, .group_near = true});
        assert_int_equal(part_of(ds, "a/same.ppm"), part_of(ds, "a/003.ppm"));
        assert_int_equal(part_of(ds, "b/small.ppm"), part_of(ds, "b/013.ppm"));
        assert_int_equal(part_of(ds, "b/bad"), 0);
        assert_int_equal(ds->parts[LINNET_TRAIN].count, 12);
        assert_int_equal(ds->parts[LINNET_VAL].count, 5);
        assert_int_equal(ds->parts[LINNET_TEST].count, 5);
        ln_dataset_close(ds);
    }
}

static void unreadable_images_are_in_no_part(void **state) {
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 4);
    put_scenes(*state, "b", 4, 4);
    put_text(*state, "a/bad", "rubbish");
    struct ln_dataset *ds = opened(*state, &(struct linnet_data_opts){.split = "6,1,1", .skip_bad = true});
    assert_int_equal(part_of(ds, "a/bad"), 0);
    ln_dataset_close(ds);
    assert_refused(ln_dataset_open(&ds, ((struct fixture *)*state)->dir,
                                   &(struct linnet_data_opts){.split = "7,1,1", .skip_bad = true}),
                   LINNET_ERR_USAGE, "split-size", "asks for 9 images, but there are only 8");
}

/* ---- interruptions ------------------------------------------------------------------------------------ */

static void the_check_can_be_stopped(void **state) {
    int stop = 1;
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 30);
    put_scenes(*state, "b", 30, 30);
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check = NULL;
    int status = ln_check_run(&check, ds, false, &(struct linnet_check_opts){.threads = 1, .stop = &stop});
    if (status == LINNET_OK) /* the check ended before a worker saw the flag */
        ln_check_free(check);
    else
        assert_refused(status, LINNET_ERR_INTERRUPTED, "look-stopped", "of 60 images");
    ln_dataset_close(ds);
}

static void count_progress(void *user, int64_t done, int64_t total) {
    int64_t *last = user;
    assert_in_range(done, *last, total);
    assert_int_equal(total, 8);
    *last = done;
}

static void progress_is_reported_to_the_end(void **state) {
    int64_t last = 0;
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 4);
    put_scenes(*state, "b", 4, 4);
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check;
    assert_int_equal(ln_check_run(&check, ds, false,
                                  &(struct linnet_check_opts){.on_progress = count_progress, .user = &last}),
                     LINNET_OK);
    assert_int_equal(last, 8);
    ln_check_free(check);
    ln_dataset_close(ds);
}

static void no_memory_at_any_call(void **state) {
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 3);
    put_scenes(*state, "b", 2, 2);
    put_text(*state, "b/bad", "rubbish");
    put_photo(*state, "b/white.png", 255);
    struct ln_dataset *ds = opened(*state, NULL);
    struct linnet_check *check = NULL;
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_check_run(&check, ds, false, &(struct linnet_check_opts){.threads = 1});
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 40);
    ln_check_free(check);
    ln_dataset_close(ds);
}

static void memory_ends_at_any_call(void **state) {
    folders(*state, paths("a", "b"));
    put_scenes(*state, "a", 0, 3);
    put_scenes(*state, "b", 2, 2);
    put_text(*state, "b/bad", "rubbish");
    struct ln_dataset *ds = opened(*state, NULL);
    const int64_t live = ln_alloc_live();
    struct short_memory memory;
    bool failed = true;
    int calls = 0;
    while (failed) {
        struct linnet_check *check = NULL;
        short_memory_begin(&memory, ++calls);
        const int status = ln_check_run(&check, ds, false, &(struct linnet_check_opts){.threads = 1});
        failed = short_memory_end(&memory);
        if (failed) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
        ln_check_free(check);
        if (ln_alloc_live() != live) fail_msg("call %d: blocks are left", calls);
    }
    assert_true(calls > 40);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(nothing_is_wrong),         fixture_test(duplicates_of_every_kind),
        fixture_test(leaks_between_parts),      fixture_test(unreadable_images),
        fixture_test(nothing_can_be_read),      fixture_test(duplicates_in_idx_files),
        fixture_test(duplicates_stay_together), fixture_test(unreadable_images_are_in_no_part),
        fixture_test(the_check_can_be_stopped), fixture_test(progress_is_reported_to_the_end),
        fixture_test(no_memory_at_any_call),    fixture_test(memory_ends_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
