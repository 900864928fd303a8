/* The split as a CSV: writing, reading, refused rows. */
#include "data/split.h"
#include "unit/data/fixture.h"

/* Seven files in two classes; some names need quoting in a CSV. */
static const char *const files[] = {"a/1", "a/2", "a/3, \"so\"", "a/4\nb", "b/1", "b/2", "b/\xff"};
enum { FILES = sizeof files / sizeof *files };

/* The CSV's path, which stays valid longer than one from in(). */
static const char *csv_path(const struct fixture *f) {
    static char path[256];
    return strcpy(path, in(f, "s.csv"));
}

static struct ln_dataset *opened(const struct fixture *f, const struct linnet_data_opts *opts) {
    struct ln_dataset *ds;
    put_folder(f, "data");
    put_folder(f, "data/a");
    put_folder(f, "data/b");
    for (int i = 0; i < FILES; i++) {
        char name[64];
        snprintf(name, sizeof name, "data/%s", files[i]);
        put_text(f, name, "");
    }
    if (ln_dataset_open(&ds, in(f, "data"), opts) != LINNET_OK) fail_msg("%s", ln_error_get()->text);
    return ds;
}

static int read_back(const struct fixture *f, struct ln_dataset *ds, const char *text) {
    put_text(f, "split.csv", text);
    return ln_split_apply(ds, &(struct linnet_data_opts){.split_file = in(f, "split.csv")});
}

static void reading_returns_what_was_written(void **state) {
    struct ln_dataset *a = opened(*state, &(struct linnet_data_opts){.split = "4,2,1", .seed = 5});
    assert_int_equal(ln_split_file_write(a, csv_path(*state)), LINNET_OK);
    struct ln_dataset *b = opened(*state, &(struct linnet_data_opts){.split_file = csv_path(*state)});
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) {
        assert_int_equal(a->parts[p].count, b->parts[p].count);
        assert_memory_equal(a->parts[p].index, b->parts[p].index, a->parts[p].count * sizeof(uint32_t));
    }
    ln_dataset_close(a);
    ln_dataset_close(b);
}

static void val_as_test_survives_the_file(void **state) {
    struct ln_dataset *a = opened(*state, &(struct linnet_data_opts){.split = "5,0,2"});
    assert_true(a->val_is_test);
    assert_int_equal(ln_split_file_write(a, csv_path(*state)), LINNET_OK);
    struct ln_dataset *b = opened(*state, &(struct linnet_data_opts){.split_file = csv_path(*state)});
    assert_true(b->val_is_test);
    assert_int_equal(b->parts[LINNET_TRAIN].count, 5);
    assert_int_equal(b->parts[LINNET_TEST].count, 2);
    ln_dataset_close(a);
    ln_dataset_close(b);
}

static void columns_by_name_or_position(void **state) {
    struct ln_dataset *ds = opened(*state, NULL);
    static const char *const texts[] = {
        "path,class,part\na/2,a,train\nb/1,b,test\n",
        "a/2,a,train\nb/1,b,test\n",
        "split,note,filename\r\ntrain,x,a/2\r\nTest,,b/1\r\n",
        "\xef\xbb\xbfpath,class,part\n\n\"a/2\",a,training\n\"b/1\",b,test",
    };
    for (int i = 0; i < 4; i++) {
        assert_int_equal(read_back(*state, ds, texts[i]), LINNET_OK);
        assert_int_equal(ds->parts[LINNET_TRAIN].count, 1);
        assert_int_equal(ds->parts[LINNET_TRAIN].index[0], 1);
        assert_int_equal(ds->parts[LINNET_TEST].count, 1);
        assert_int_equal(ds->parts[LINNET_TEST].index[0], 4);
    }
    assert_int_equal(read_back(*state, ds, "a/2,a,\n"), LINNET_OK); /* in no part */
    assert_int_equal(ds->parts[LINNET_TRAIN].count + ds->parts[LINNET_TEST].count, 0);
    ln_dataset_close(ds);
}

static void refused_rows(void **state) {
    static const struct {
        const char *text, *code, *words;
    } cases[] = {
        {"", "list-columns", "is empty"},
        {"path,label\na/1,a\n", "list-columns", "line 1: expected the columns path,class,part"},
        {"path,class,part\na/1,a,train\na/9,a,val\n", "split-path", "line 3: there is no image 'a/9'"},
        {"path,class,part\n,a,train\n", "split-path", "line 2: there is no image ''"},
        {"path,class,part\n../data/a/1,a,train\n", "split-path", "no image '../data/a/1'"},
        {"path,class,part\na/1,c,train\n", "split-class", "line 2: 'c' is not one of the data's 2 classes"},
        {"path,class,part\na/1,b,train\n", "split-class", "'a/1' has class 'b' here but 'a' in the data"},
        {"path,class,part\na/1,a,train\n\na/1,a,val\n", "split-duplicate",
         "line 4: 'a/1' is already on line 2"},
        {"path,class,part\na/1,a,dev\n", "list-part", "line 2: part 'dev' must be train, val or test"},
        {"path,class,part\na/1,a\n", "list-columns", "line 2: 2 fields, but the first row has 3"},
        {"path,class,part\n\"a/1,a,train\n", "csv-row", "a quote is never closed"},
        {"\"path,class,part\n", "csv-row", "line 1: a quote is never closed"},
    };
    struct ln_dataset *ds = opened(*state, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(read_back(*state, ds, cases[i].text), LINNET_ERR_INPUT, cases[i].code, cases[i].words);
    assert_refused(ln_split_apply(ds, &(struct linnet_data_opts){.split_file = "/no/such/split.csv"}),
                   LINNET_ERR_INPUT, "file-open", "/no/such/split.csv");
    ln_dataset_close(ds);
}

/* Samples without files: their names are generated (IDX). */
static void samples_that_are_not_files(void **state) {
    struct ln_dataset *a, *b;
    put_idx_set(*state);
    const char *dir = ((struct fixture *)*state)->dir;
    assert_int_equal(ln_dataset_open(&a, dir, &(struct linnet_data_opts){.split = "60,20,20", .seed = 3}),
                     LINNET_OK);
    assert_int_equal(ln_split_file_write(a, csv_path(*state)), LINNET_OK);
    assert_int_equal(ln_dataset_open(&b, dir, &(struct linnet_data_opts){.split_file = csv_path(*state)}),
                     LINNET_OK);
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) {
        assert_int_equal(a->parts[p].count, b->parts[p].count);
        assert_memory_equal(a->parts[p].index, b->parts[p].index, a->parts[p].count * sizeof(uint32_t));
    }
    ln_dataset_close(a);
    ln_dataset_close(b);
}

static void no_memory_at_any_call(void **state) {
    struct ln_dataset *ds = opened(*state, &(struct linnet_data_opts){.split = "4,2,1"});
    const char *path = csv_path(*state);
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_split_file_write(ds, path);
        if (status == LINNET_OK) status = ln_split_apply(ds, &(struct linnet_data_opts){.split_file = path});
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
        if (status != LINNET_OK && ds->parts[LINNET_TRAIN].count == 0)
            assert_int_equal(ln_split_apply(ds, &(struct linnet_data_opts){.split = "4,2,1"}), LINNET_OK);
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 6);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(reading_returns_what_was_written), fixture_test(val_as_test_survives_the_file),
        fixture_test(columns_by_name_or_position),      fixture_test(refused_rows),
        fixture_test(samples_that_are_not_files),       fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
