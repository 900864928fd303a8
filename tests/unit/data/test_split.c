/* Splits: the chapter's own list, sizes from text, and the parts of sources that have some already. */
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

static void counts_are_taken_as_they_are(void **state) {
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
                   "400,92,10 asks for 502 images, there are 480");
    assert_refused(ln_split_sizes("0,0,0", 480, sizes), LINNET_ERR_USAGE, "split-size", "no images at all");
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
        if (p == LINNET_VAL && ds->watches_test) continue;
        for (size_t i = 0; i < ds->parts[p].count; i++, total++)
            assert_int_equal(seen[ds->parts[p].index[i]]++, 0);
    }
    assert_int_equal(total, n);
    test_free(seen);
}

static int name_order(const void *a, const void *b) {
    return strcmp(a, b);
}

/* CHAPTER.md: 251 cats and 251 dogs, each folder sorted in byte order; seed 42; 400, 92, 10. */
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
    int cats[LINNET_TEST + 1] = {0};
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        for (size_t i = 0; i < ds.parts[p].count; i++) cats[p] += names[ds.parts[p].index[i]][0] == 'c';
    assert_int_equal(cats[LINNET_TRAIN], 199);
    assert_int_equal(cats[LINNET_VAL], 45);
    ln_split_clear(&ds);
}

static void without_parts_the_default_is_80_10_10(void **state) {
    struct ln_dataset ds = {.count = 20};
    assert_int_equal(ln_split_apply(&ds, NULL), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 16, NULL);
    assert_part(&ds, LINNET_VAL, 2, NULL);
    assert_part(&ds, LINNET_TEST, 2, NULL);
    assert_false(ds.watches_test);
    assert_complete(&ds, 20);
    ln_split_clear(&ds);
}

enum { NO = 0, TR = LINNET_TRAIN, VA = LINNET_VAL, TE = LINNET_TEST };

static void a_lone_train_part_is_cut_like_no_parts(void **state) {
    uint8_t own[10] = {TR, TR, TR, TR, TR, TR, TR, TR, TR, TR};
    struct ln_dataset ds = {.count = 10, .own_part = own};
    assert_int_equal(ln_split_apply(&ds, NULL), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 8, NULL);
    assert_part(&ds, LINNET_VAL, 1, NULL);
    assert_part(&ds, LINNET_TEST, 1, NULL);
    ln_split_clear(&ds);
}

static void own_parts_stay_in_order(void **state) {
    uint8_t own[8] = {TE, TR, VA, NO, TR, VA, TE, TR};
    struct ln_dataset ds = {.count = 8, .own_part = own};
    assert_int_equal(ln_split_apply(&ds, NULL), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 3, (uint32_t[]){1, 4, 7});
    assert_part(&ds, LINNET_VAL, 2, (uint32_t[]){2, 5});
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){0, 6});
    assert_false(ds.watches_test);
    ln_split_clear(&ds);
}

static void without_validation_the_test_is_watched(void **state) {
    uint8_t own[5] = {TR, TR, TR, TE, TE};
    struct ln_dataset ds = {.count = 5, .own_part = own};
    assert_int_equal(ln_split_apply(&ds, NULL), LINNET_OK);
    assert_true(ds.watches_test);
    assert_part(&ds, LINNET_TRAIN, 3, (uint32_t[]){0, 1, 2});
    assert_part(&ds, LINNET_VAL, 2, (uint32_t[]){3, 4});
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){3, 4});
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "60,40,0"}),
                     LINNET_OK); /* anew */
    assert_false(ds.watches_test);
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "60,0,40"}), LINNET_OK);
    assert_true(ds.watches_test);
    assert_complete(&ds, 5);
    ln_split_clear(&ds);
}

static void two_numbers_leave_the_test_part_alone(void **state) {
    uint8_t own[10] = {TE, TR, TR, VA, TR, TR, TR, VA, TR, TE};
    struct ln_dataset ds = {.count = 10, .own_part = own};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "75,25", .seed = 1}), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 6, NULL);
    assert_part(&ds, LINNET_VAL, 2, NULL);
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){0, 9});
    assert_complete(&ds, 10);
    assert_refused(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "5,4"}), LINNET_ERR_USAGE,
                   "split-size", "9 images, there are 8");
    assert_part(&ds, LINNET_TEST, 0, NULL); /* a refusal leaves no parts */
    ln_split_clear(&ds);
}

static void three_numbers_pool_everything(void **state) {
    uint8_t own[10] = {TR, TR, TR, TR, TR, TE, TE, TE, TE, TE};
    struct ln_dataset ds = {.count = 10, .own_part = own};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "5,3,2", .seed = 42}),
                     LINNET_OK);
    /* python3 -c 'import random; random.seed(42); a = list(range(10)); random.shuffle(a); print(a)' */
    assert_part(&ds, LINNET_TRAIN, 5, (uint32_t[]){7, 3, 2, 8, 5});
    assert_part(&ds, LINNET_VAL, 3, (uint32_t[]){6, 9, 4});
    assert_part(&ds, LINNET_TEST, 2, (uint32_t[]){0, 1});
    ln_split_clear(&ds);
}

static void left_out_samples_are_in_no_part(void **state) {
    uint8_t left_out[6] = {0, 1, 0, 0, 1, 0};
    struct ln_dataset ds = {.count = 6, .left_out = left_out};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "2,1,1"}), LINNET_OK);
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        for (size_t i = 0; i < ds.parts[p].count; i++) assert_false(left_out[ds.parts[p].index[i]]);
    assert_refused(ln_split_apply(&ds, &(struct linnet_data_opts){.split = "3,1,1"}), LINNET_ERR_USAGE,
                   "split-size", "5 images, there are 4");
    ln_split_clear(&ds);
}

static void a_limit_spreads_over_the_part(void **state) {
    uint8_t own[12] = {TR, TR, TR, TR, TR, TR, TR, TR, TR, TE, TE, TE};
    struct ln_dataset ds = {.count = 12, .own_part = own};
    assert_int_equal(ln_split_apply(&ds, &(struct linnet_data_opts){.limit = 4}), LINNET_OK);
    assert_part(&ds, LINNET_TRAIN, 4, (uint32_t[]){0, 2, 4, 6});
    assert_part(&ds, LINNET_TEST, 3, (uint32_t[]){9, 10, 11});
    assert_part(&ds, LINNET_VAL, 3, (uint32_t[]){9, 10, 11});
    ln_split_clear(&ds);
}

static void no_memory_at_any_call(void **state) {
    uint8_t own[6] = {TR, TR, TR, TR, TE, TE};
    struct ln_dataset ds = {.count = 6, .own_part = own};
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_split_apply(&ds, &(struct linnet_data_opts){.split = "50,50"});
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 3);
    ln_split_clear(&ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(counts_are_taken_as_they_are),
        fixture_test(percent_use_every_sample),
        fixture_test(impossible_sizes_are_refused),
        fixture_test(the_chapters_split),
        fixture_test(without_parts_the_default_is_80_10_10),
        fixture_test(a_lone_train_part_is_cut_like_no_parts),
        fixture_test(own_parts_stay_in_order),
        fixture_test(without_validation_the_test_is_watched),
        fixture_test(two_numbers_leave_the_test_part_alone),
        fixture_test(three_numbers_pool_everything),
        fixture_test(left_out_samples_are_in_no_part),
        fixture_test(a_limit_spreads_over_the_part),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
