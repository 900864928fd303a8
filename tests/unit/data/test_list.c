/* A CSV as a data set: columns, labels, parts, and paths that must stay inside. */
#include "data/dataset.h"
#include "unit/data/fixture.h"

static struct ln_dataset *opened(const struct fixture *f, const char *text) {
    struct ln_dataset *ds;
    put_text(f, "list.csv", text);
    int status = ln_dataset_open(&ds, in(f, "list.csv"), NULL);
    if (status != LINNET_OK) fail_msg("%s", ln_error_get()->text);
    return ds;
}

static void assert_sample(const struct ln_dataset *ds, uint32_t index, const char *name, const char *class) {
    char got[64];
    assert_string_equal(ln_dataset_sample_name(ds, index, got, sizeof got), name);
    assert_string_equal(ds->class_names[ds->labels[index]], class);
}

static void paths_and_labels(void **state) {
    static const char *const texts[] = {
        "z.jpg,dog\na/b.jpg,cat\nc.jpg,dog\n",
        "path,label\nz.jpg,dog\na/b.jpg,cat\nc.jpg,dog\n",
        "Class,size,Filename\r\ndog,1,z.jpg\r\ncat,2,a/b.jpg\r\ndog,3,c.jpg\r\n",
    };
    for (int i = 0; i < 3; i++) {
        struct ln_dataset *ds = opened(*state, texts[i]);
        assert_int_equal(ds->count, 3);
        assert_int_equal(ds->classes, 2);
        assert_string_equal(ds->class_names[0], "cat");
        assert_sample(ds, 0, "z.jpg", "dog");
        assert_sample(ds, 1, "a/b.jpg", "cat");
        assert_sample(ds, 2, "c.jpg", "dog");
        ln_dataset_close(ds);
    }
}

static void numbers_are_ordered_by_value(void **state) {
    struct ln_dataset *ds = opened(*state, "a,10\nb,2\nc,-1\nd,2\n");
    assert_int_equal(ds->classes, 3);
    assert_string_equal(ds->class_names[0], "-1");
    assert_string_equal(ds->class_names[1], "2");
    assert_string_equal(ds->class_names[2], "10");
    assert_sample(ds, 0, "a", "10");
    assert_sample(ds, 3, "d", "2");
    ln_dataset_close(ds);
    ds = opened(*state, "a,10\nb,2\nc,x\n");
    assert_string_equal(ds->class_names[0], "10"); /* byte order: not all of them are numbers */
    ln_dataset_close(ds);
}

static void parts(void **state) {
    struct ln_dataset *ds =
        opened(*state, "path,class,part\na,x,train\nb,y,val\nc,x,Test\nd,y,training\ne,x,\n");
    assert_int_equal(ds->parts[LINNET_TRAIN].count, 2);
    assert_int_equal(ds->parts[LINNET_VAL].count, 1);
    assert_int_equal(ds->parts[LINNET_TEST].count, 1);
    assert_int_equal(ds->parts[LINNET_TRAIN].index[1], 3);
    ln_dataset_close(ds);
}

static void photos_are_beside_the_csv(void **state) {
    put_folder(*state, "in");
    put_photo(*state, "in/a.png", 90);
    struct ln_dataset *ds = opened(*state, "in/a.png,x\nin/missing.png,y\n");
    struct ln_sample sample;
    assert_int_equal(ln_dataset_read(ds, 0, &sample), LINNET_OK);
    assert_int_equal(sample.image.pixels[0], 90);
    ln_sample_fini(&sample);
    assert_refused(ln_dataset_read(ds, 1, &sample), LINNET_ERR_INPUT, "file-open", "in/missing.png");
    ln_dataset_close(ds);
}

static void refused_rows(void **state) {
    static const struct {
        const char *text, *code, *words;
    } cases[] = {
        {"a,x\n/etc/passwd,y\n", "list-path", "line 2: '/etc/passwd' is outside the CSV's folder"},
        {"../a,x\n", "list-path", "line 1: '../a' is outside the CSV's folder"},
        {"a/../../b,x\n", "list-path", "is outside the CSV's folder"},
        {"a/..,x\n", "list-path", "is outside the CSV's folder"},
        {"path,label\n,x\n", "list-path", "line 2"},
        {"a,x\nb,\n", "list-label", "line 2: 'b' has no label"},
        {"a,x\nb,y,z\n", "list-columns", "line 2: 3 fields, but the first row has 2"},
        {"a\nb\n", "list-columns", "one field"},
        {"path,label,split\na,x,holdout\n", "list-part", "line 2: part 'holdout'"},
        {"a,\"x\ny\"\nb,x\\x0ay\n", "classes-name", "two classes are spelt 'x\\x0ay'; rename one of them"},
        {"a,\"x\n", "csv-row", "never closed"},
        {"", "data-count", "contains no images"},
        {"path,label\n", "data-count", "contains no images"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ln_dataset *ds;
        put_text(*state, "list.csv", cases[i].text);
        assert_refused(ln_dataset_open(&ds, in(*state, "list.csv"), NULL), LINNET_ERR_INPUT, cases[i].code,
                       cases[i].words);
    }
    ln_dataset_close(opened(*state, "..a/b..,x\n...,y\n")); /* odd, but inside */
}

static void no_memory_at_any_call(void **state) {
    put_text(*state, "list.csv", "path,class,part\na,10,train\nb,2,val\nc,10,Test\nd,2,training\n");
    struct ln_dataset *ds;
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_dataset_open(&ds, in(*state, "list.csv"), NULL);
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 15);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(paths_and_labels),
        fixture_test(numbers_are_ordered_by_value),
        fixture_test(parts),
        fixture_test(photos_are_beside_the_csv),
        fixture_test(refused_rows),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
