/* Splits: the textbook chapter's split, sizes from text, and sources that assign parts themselves. */
#include "data/split.h"
#include "unit/data/fixture.h"

/* ---- sizes -------------------------------------------------------------------------------------------- */

static void assert_sizes(const char *text, size_t n, size_t train, size_t val, size_t test) {
    size_t sizes[3] = {99, 99, 99};
    assert_int_equal(ln_split_sizes(text, n, sizes), LINNET_OK);
    assert_int_equal(sizes[0], train);
    assert_int_equal(sizes[1], val);
    assert_int_equal(sizes[2], test);
}

static void counts_are_exact(void **state) {
    assert_sizes("400,92,10", 502, 400, 92, 10);
    assert_sizes("400,92,10", 25000, 400, 92, 10);
    assert_sizes("55000,5000", 60000, 55000, 5000, 0);
    assert_sizes("0,0,7", 7, 0, 0, 7);
}

static void percent_use_every_sample(void **state) {
    assert_sizes("80,10,10", 1000, 800, 100, 100);
    assert_sizes("80,10,10", 502, 402, 50, 50);
    assert_sizes("90,10", 60000, 54000, 6000, 0);
    assert_sizes("34,33,33", 1, 0, 1, 0);
    assert_sizes("100,0,0", 3, 3, 0, 0);
    assert_sizes("0,50,50", 3, 0, 2, 1);
    for (size_t n = 0; n < 300; n++) {
        size_t sizes[3];
        assert_int_equal(ln_split_sizes("79,11,10", n, sizes), LINNET_OK);
        assert_int_equal(sizes[0] + sizes[1] + sizes[2], n);
        assert_in_range(100 * sizes[1] + 100, 11 * n, 11 * n + 200);
    }
}

static void impossible_sizes_are_refused(void **state) {
    size_t sizes[3];
    assert_refused(ln_split_sizes("400,92,10", 480, sizes), LINNET_ERR_USAGE, "split-size",
                   "400,92,10 asks for 502 images, but there are only 480");
    assert_refused(ln_split_sizes("0,0,0", 480, sizes), LINNET_ERR_USAGE, "split-size", "asks for no images");
    static const char *const rubbish[] = {
        "",       ",",      "80",        "80,",   "80,10,", "80,10,10,", "a,b,c",  "80;10",
        "-1,101", "80, 10", "80,10,10 ", "1e2,0", "0x10,2", "80.5,19.5", "80,,10", "99999999999999999999,1"};
    for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++)
        assert_refused(ln_split_sizes(rubbish[i], 100, sizes), LINNET_ERR_USAGE, "split-text", "400,92,10");
}

/* ---- parts -------------------------------------------------------------------------------------------- */

static void assert_part(const struct ln_dataset *ds, enum linnet_part part, size_t count,
                        const uint32_t *index) {
    assert_int_equal(ds->parts[part].count, count);
    for (size_t i = 0; index && i < count; i++) assert_int_equal(ds->parts[part].index[i], index[i]);
}

/* The union of the parts holds each of the n samples once. */
static void assert_complete(const struct ln_dataset *ds, size_t n) {
    unsigned char *seen = test_calloc(n, 1);
    size_t total = 0;
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) {
        if (p == LINNET_VAL && ds->val_is_test) continue;
        for (size_t i = 0; i < ds->parts[p].count; i++, total++)
            assert_int_equal(seen[ds->parts[p].index[i]]++, 0);
    }
    assert_int_equal(total, n);
    test_free(seen);
}

static int name_order(const void *a, const void *b) {
    return strcmp(a, b);
}

/* FNV-1a, 64 bits, of the names in a part, one per line. The expected hashes come from Python's shuffle. */
static uint64_t digest_of(const struct ln_part *part, char (*names)[16]) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < part->count; i++) {
        for (const char *p = names[part->index[i]]; *p; p++) h = (h ^ (unsigned char)*p) * 0x100000001b3u;
        h = (h ^ '\n') * 0x100000001b3u;
    }
    return h;
}

/* The textbook's split: 251 cats and 251 dogs, each folder sorted in byte order; seed 42; 400, 92, 10. */
static void the_chapters_split(void **state) {
    static const char *const expected[] = {"cat.145", "dog.211", "cat.162", "cat.200", "cat.210",
                                           "cat.224", "dog.213", "cat.109", "cat.15",  "dog.167"};
    static char names[502][16];
    static const char *const kinds[] = {"cat", "dog"};
    for (int i = 0; i < 502; i++) snprintf(names[i], sizeof names[i], "%s.%d.jpg", kinds[i / 251], i % 251);
    for (int k = 0; k < 2; k++) qsort(names[251 * k], 251, sizeof names[0], name_order);

    struct ln_dataset ds = {.count = 502};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "400,92,10", .seed = 42}),
                     LINNET_OK);
    assert_complete(&ds, 502);
    for (int i = 0; i < 10; i++) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "%s.jpg", expected[i]);
        assert_string_equal(names[ds.parts[LINNET_TEST].index[i]], wanted);
    }
    assert_true(digest_of(&ds.parts[LINNET_TRAIN], names) == 0x6c5224dc3107088cu);
    assert_true(digest_of(&ds.parts[LINNET_VAL], names) == 0xf3a42d8f42aa06b4u);
    assert_true(digest_of(&ds.parts[LINNET_TEST], names) == 0x71b22a037bfe03c7u);
    int cats[LINNET_TEST + 1] = {0};
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        for (size_t i = 0; i < ds.parts[p].count; i++) cats[p] += names[ds.parts[p].index[i]][0] == 'c';
    assert_int_equal(cats[LINNET_TRAIN], 199);
    assert_int_equal(cats[LINNET_VAL], 45);
    ln_dataset_clear_parts(&ds);
}

static void without_parts_the_default_is_80_10_10(void **state) {
    struct ln_dataset ds = {.count = 20};
    assert_int_equal(ln_split_apply(&ds, NULL), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 16, NULL);
    assert_part(&ds, LINNET_VAL, 2, NULL);
    assert_part(&ds, LINNET_TEST, 2, NULL);
    assert_false(ds.val_is_test);
    assert_complete(&ds, 20);
    ln_dataset_clear_parts(&ds);
}

enum { NO = 0, TR = LINNET_TRAIN, VA = LINNET_VAL, TE = LINNET_TEST };

static void a_lone_train_part_is_cut_like_no_parts(void **state) {
    uint8_t own[10] = {TR, TR, TR, TR, TR, TR, TR, TR, TR, TR};
    struct ln_dataset ds = {.count = 10, .source_part = own};
    assert_int_equal(ln_split_apply(&ds, NULL), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 8, NULL);
    assert_part(&ds, LINNET_VAL, 1, NULL);
    assert_part(&ds, LINNET_TEST, 1, NULL);
    ln_dataset_clear_parts(&ds);
}

static void source_parts_keep_their_order(void **state) {
    uint8_t own[8] = {TE, TR, VA, NO, TR, VA, TE, TR};
    struct ln_dataset ds = {.count = 8, .source_part = own};
    assert_int_equal(ln_split_apply(&ds, NULL), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 3, (uint32_t[]){1, 4, 7});
    assert_part(&ds, LINNET_VAL, 2, (uint32_t[]){2, 5});
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){0, 6});
    assert_false(ds.val_is_test);
    ln_dataset_clear_parts(&ds);
}

static void without_validation_val_is_test(void **state) {
    uint8_t own[5] = {TR, TR, TR, TE, TE};
    struct ln_dataset ds = {.count = 5, .source_part = own};
    assert_int_equal(ln_split_apply(&ds, NULL), LINNET_OK);
    assert_true(ds.val_is_test);
    assert_part(&ds, LINNET_TRAIN, 3, (uint32_t[]){0, 1, 2});
    assert_part(&ds, LINNET_VAL, 2, (uint32_t[]){3, 4});
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){3, 4});
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "60,40,0"}),
                     LINNET_OK); /* applied a second time */
    assert_false(ds.val_is_test);
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "60,0,40"}), LINNET_OK);
    assert_true(ds.val_is_test);
    assert_complete(&ds, 5);
    ln_dataset_clear_parts(&ds);
}

enum { MANY = 1200 };

/* The data has no validation part; every fourth sample is a test sample. */
static void training_images_are_held_out(void **state) {
    static uint8_t own[MANY * 4 / 3 + 1];
    const size_t count = MANY * 4 / 3;
    struct ln_dataset ds = {.count = count, .source_part = own};
    for (size_t i = 0; i < count; i++) own[i] = i % 4 == 3 ? TE : TR;
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.hold_out = 5, .seed = 1}), LINNET_OK);
    assert_true(ds.val_held_out);
    assert_false(ds.val_is_test);
    assert_true(ln_dataset_keeps_last(&ds));
    assert_part(&ds, LINNET_TRAIN, MANY - MANY / 20, NULL);
    assert_part(&ds, LINNET_VAL, MANY / 20, NULL);
    assert_part(&ds, LINNET_TEST, MANY / 3, NULL);
    assert_complete(&ds, count);
    for (size_t i = 1; i < ds.parts[LINNET_TRAIN].count; i++) /* the data's order */
        assert_true(ds.parts[LINNET_TRAIN].index[i - 1] < ds.parts[LINNET_TRAIN].index[i]);
    const uint32_t first = ds.parts[LINNET_VAL].index[0], second = ds.parts[LINNET_VAL].index[1];
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.hold_out = 5, .seed = 2}), LINNET_OK);
    assert_true(first != ds.parts[LINNET_VAL].index[0] || second != ds.parts[LINNET_VAL].index[1]);
    ln_dataset_clear_parts(&ds);
}

static void assert_not_held_out(struct ln_dataset *ds, const struct linnet_data_opts *opts) {
    assert_int_equal(ln_split_apply(ds, opts), LINNET_OK);
    assert_false(ds->val_held_out);
    ln_dataset_clear_parts(ds);
}

static void nothing_is_held_out_of_other_data(void **state) {
    static uint8_t own[2 * MANY];
    struct ln_dataset ds = {.count = 2 * MANY, .source_part = own};
    for (size_t i = 0; i < ds.count; i++) own[i] = i < 999 ? TR : TE;
    assert_not_held_out(&ds, &(struct linnet_data_opts){.hold_out = 5}); /* too few to train */
    for (size_t i = 0; i < ds.count; i++) own[i] = i % 2 ? TR : i % 4 ? VA : TE;
    assert_not_held_out(&ds, &(struct linnet_data_opts){.hold_out = 5}); /* the data has a validation part */
    for (size_t i = 0; i < ds.count; i++) own[i] = i % 2 ? TR : TE;
    assert_not_held_out(&ds, &(struct linnet_data_opts){.hold_out = 5, .split = "90,10"});
    assert_not_held_out(&ds, &(struct linnet_data_opts){0});
}

/* 60,000 images give 1,000, not 3,000. */
static void at_most_a_thousand_are_held_out(void **state) {
    enum { COUNT = 70000 };
    uint8_t *own = test_calloc(COUNT, 1);
    struct ln_dataset ds = {.count = COUNT, .source_part = own};
    for (size_t i = 0; i < COUNT; i++) own[i] = i < 60000 ? TR : TE;
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.hold_out = 5}), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 59000, NULL);
    assert_part(&ds, LINNET_VAL, 1000, NULL);
    ln_dataset_clear_parts(&ds);
    test_free(own);
}

static void two_numbers_leave_the_test_part_alone(void **state) {
    uint8_t own[10] = {TE, TR, TR, VA, TR, TR, TR, VA, TR, TE};
    struct ln_dataset ds = {.count = 10, .source_part = own};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "75,25", .seed = 1}), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 6, NULL);
    assert_part(&ds, LINNET_VAL, 2, NULL);
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){0, 9});
    assert_complete(&ds, 10);
    assert_refused(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "5,4"}), LINNET_ERR_USAGE,
                   "split-size", "9 images, but there are only 8");
    assert_part(&ds, LINNET_TEST, 0, NULL); /* a refused split leaves no parts */
    ln_dataset_clear_parts(&ds);
}

static void three_numbers_pool_everything(void **state) {
    uint8_t own[10] = {TR, TR, TR, TR, TR, TE, TE, TE, TE, TE};
    struct ln_dataset ds = {.count = 10, .source_part = own};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "5,3,2", .seed = 42}),
                     LINNET_OK);
    /* python3 -c 'import random; random.seed(42); a = list(range(10)); random.shuffle(a); print(a)' */
    assert_part(&ds, LINNET_TRAIN, 5, (uint32_t[]){7, 3, 2, 8, 5});
    assert_part(&ds, LINNET_VAL, 3, (uint32_t[]){6, 9, 4});
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){0, 1});
    ln_dataset_clear_parts(&ds);
}

static void left_out_samples_are_in_no_part(void **state) {
    uint8_t excluded[6] = {0, 1, 0, 0, 1, 0};
    struct ln_dataset ds = {.count = 6, .excluded = excluded};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "2,1,1"}), LINNET_OK);
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        for (size_t i = 0; i < ds.parts[p].count; i++) assert_false(excluded[ds.parts[p].index[i]]);
    assert_refused(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "3,1,1"}), LINNET_ERR_USAGE,
                   "split-size", "5 images, but there are only 4");
    ln_dataset_clear_parts(&ds);
}

/* ---- stratified and grouped --------------------------------------------------------------------------- */

static size_t count_label(const struct ln_dataset *ds, enum linnet_part part, int label) {
    size_t n = 0;
    for (size_t i = 0; i < ds->parts[part].count; i++) n += ds->labels[ds->parts[part].index[i]] == label;
    return n;
}

static void every_class_gets_its_share(void **state) {
    static int32_t labels[1000];
    size_t sizes[] = {700, 200, 70, 20, 7, 3};
    for (size_t k = 0, at = 0; k < 6; k++)
        for (size_t i = 0; i < sizes[k]; i++) labels[at++] = (int32_t)k;
    struct ln_dataset ds = {.count = 1000, .labels = labels};
    for (uint64_t seed = 0; seed < 30; seed++) {
        const struct linnet_data_opts opts = {.split = "80,10,10", .seed = seed, .stratify = true};
        assert_int_equal(ln_split_apply(&ds, &opts), LINNET_OK);
        assert_complete(&ds, 1000);
        assert_int_equal(ds.parts[LINNET_TRAIN].count, 800);
        assert_int_equal(ds.parts[LINNET_VAL].count, 100);
        for (int k = 0; k < 6; k++) {
            assert_in_range(10 * count_label(&ds, LINNET_TRAIN, k) + 20, 8 * sizes[k], 8 * sizes[k] + 40);
            assert_in_range(10 * count_label(&ds, LINNET_TEST, k) + 20, sizes[k], sizes[k] + 40);
        }
        ln_dataset_clear_parts(&ds);
    }
}

/* A hundred classes of three images: rounding class by class would leave some classes untrained. */
static void small_classes_are_not_rounded_away(void **state) {
    static int32_t labels[300];
    for (int i = 0; i < 300; i++) labels[i] = i / 3;
    struct ln_dataset ds = {.count = 300, .labels = labels};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.stratify = true}), LINNET_OK);
    assert_int_equal(ds.parts[LINNET_TRAIN].count, 240);
    for (int k = 0; k < 100; k++) assert_in_range(count_label(&ds, LINNET_TRAIN, k), 2, 3);
    ln_dataset_clear_parts(&ds);
}

static void the_remainder_is_unused(void **state) {
    static int32_t labels[100];
    for (int i = 0; i < 100; i++) labels[i] = i >= 90;
    struct ln_dataset ds = {.count = 100, .labels = labels};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "20,10,10", .stratify = true}),
                     LINNET_OK);
    assert_int_equal(ds.parts[LINNET_TRAIN].count, 20);
    assert_int_equal(ds.parts[LINNET_TEST].count, 10);
    assert_in_range(count_label(&ds, LINNET_TRAIN, 1), 1, 3);
    ln_dataset_clear_parts(&ds);
}

static void assert_together(const struct ln_dataset *ds) {
    int part[200] = {0};
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        for (size_t i = 0; i < ds->parts[p].count; i++) part[ds->parts[p].index[i]] = p;
    for (size_t i = 0; i < ds->count; i++) assert_int_equal(part[i], part[ds->groups[i]]);
}

static void groups_stay_together(void **state) {
    static int32_t labels[200];
    static uint32_t groups[200];
    for (uint32_t i = 0; i < 200; i++) {
        labels[i] = i >= 100;
        groups[i] = i < 60    ? i / 6 * 6
                    : i < 140 ? i / 2 * 2
                              : i; /* ten groups of six, forty of two, sixty single images */
    }
    struct ln_dataset ds = {.count = 200, .labels = labels, .groups = groups};
    for (uint64_t seed = 0; seed < 30; seed++) {
        const struct linnet_data_opts opts = {.split = "70,20,10", .seed = seed, .stratify = seed % 2};
        assert_int_equal(ln_split_apply(&ds, &opts), LINNET_OK);
        assert_complete(&ds, 200);
        assert_together(&ds);
        assert_int_equal(ds.parts[LINNET_TRAIN].count, 140);
        assert_int_equal(ds.parts[LINNET_VAL].count, 40);
        if (opts.stratify) assert_in_range(count_label(&ds, LINNET_TRAIN, 0), 63, 77);
        ln_dataset_clear_parts(&ds);
    }
}

/* All images form one group, which goes undivided to the largest part. */
static void a_group_that_fits_nowhere(void **state) {
    uint32_t groups[10] = {0};
    struct ln_dataset ds = {.count = 10, .groups = groups};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "60,20,20"}), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 10, NULL);
    assert_part(&ds, LINNET_TEST, 0, NULL);
    ln_dataset_clear_parts(&ds);
}

static void duplicates_of_a_fixed_test_part_are_unused(void **state) {
    uint8_t own[10] = {TR, TR, TR, TR, TR, TR, TR, TR, TE, TE};
    uint32_t groups[10] = {0, 1, 2, 3, 4, 5, 6, 7, 0, 9};
    struct ln_dataset ds = {.count = 10, .source_part = own, .groups = groups};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "75,25"}), LINNET_OK);
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){8, 9});
    assert_int_equal(ds.parts[LINNET_TRAIN].count + ds.parts[LINNET_VAL].count, 7);
    for (int p = LINNET_TRAIN; p <= LINNET_VAL; p++)
        for (size_t i = 0; i < ds.parts[p].count; i++) assert_int_not_equal(ds.parts[p].index[i], 0);
    ln_dataset_clear_parts(&ds);
}

static void source_parts_cannot_be_stratified(void **state) {
    uint8_t own[4] = {TR, TR, VA, TE};
    char path[] = "data";
    struct ln_dataset ds = {.path = path, .count = 4, .source_part = own};
    assert_refused(ln_split_apply(&ds, &(struct linnet_data_opts){.stratify = true}), LINNET_ERR_USAGE,
                   "split-own", "the data is already divided into parts");
}

static void a_limit_spreads_over_the_part(void **state) {
    uint8_t own[12] = {TR, TR, TR, TR, TR, TR, TR, TR, TR, TE, TE, TE};
    struct ln_dataset ds = {.count = 12, .source_part = own};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.limit = 4}), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 4, (uint32_t[]){0, 2, 4, 6});
    assert_part(&ds, LINNET_TEST, 3, (uint32_t[]){9, 10, 11});
    assert_part(&ds, LINNET_VAL, 3, (uint32_t[]){9, 10, 11});
    ln_dataset_clear_parts(&ds);
}

static void no_memory_at_any_call(void **state) {
    uint8_t own[6] = {TR, TR, TR, TR, TE, TE};
    int32_t labels[6] = {0};
    struct ln_dataset ds = {.count = 6, .source_part = own, .labels = labels};
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_split_apply(&ds, &(struct linnet_data_opts){.split = "50,50", .stratify = true});
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 3);
    ln_dataset_clear_parts(&ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(counts_are_exact),
        fixture_test(percent_use_every_sample),
        fixture_test(impossible_sizes_are_refused),
        fixture_test(the_chapters_split),
        fixture_test(without_parts_the_default_is_80_10_10),
        fixture_test(a_lone_train_part_is_cut_like_no_parts),
        fixture_test(source_parts_keep_their_order),
        fixture_test(without_validation_val_is_test),
        fixture_test(training_images_are_held_out),
        fixture_test(nothing_is_held_out_of_other_data),
        fixture_test(at_most_a_thousand_are_held_out),
        fixture_test(two_numbers_leave_the_test_part_alone),
        fixture_test(three_numbers_pool_everything),
        fixture_test(left_out_samples_are_in_no_part),
        fixture_test(a_limit_spreads_over_the_part),
        fixture_test(every_class_gets_its_share),
        fixture_test(small_classes_are_not_rounded_away),
        fixture_test(the_remainder_is_unused),
        fixture_test(groups_stay_together),
        fixture_test(a_group_that_fits_nowhere),
        fixture_test(duplicates_of_a_fixed_test_part_are_unused),
        fixture_test(source_parts_cannot_be_stratified),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
