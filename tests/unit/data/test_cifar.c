/* CIFAR's binary files: parts, labels, interleaved planes, damaged files. */
#include "data/dataset.h"
#include "unit/data/fixture.h"

enum { PLANE = 32 * 32, IMAGE = 3 * PLANE };

/* `n` records. Record i has the label i modulo `classes`, after a coarse label if label_bytes is 2, and planes of
 * 10 i, 10 i + 1 and 10 i + 2, but the first pixel of each plane is 200. */
static void put_records(const struct fixture *f, const char *name, int n, int classes, int label_bytes,
                        size_t cut) {
    size_t record = (size_t)label_bytes + IMAGE, size = (size_t)n * record;
    unsigned char *data = test_calloc(size, 1);
    for (int i = 0; i < n; i++) {
        unsigned char *r = data + (size_t)i * record;
        r[0] = 19;
        r[label_bytes - 1] = (unsigned char)(i % classes);
        for (int c = 0; c < 3; c++) {
            memset(r + label_bytes + c * PLANE, 10 * i + c, PLANE);
            r[label_bytes + c * PLANE] = 200;
        }
    }
    put(f, name, data, size - cut);
    test_free(data);
}

static struct ln_dataset *opened(const struct fixture *f) {
    struct ln_dataset *ds;
    int status = ln_dataset_open(&ds, f->dir, NULL);
    if (status != LINNET_OK) fail_msg("%s", ln_error_get()->text);
    return ds;
}

static void assert_image(const struct ln_dataset *ds, uint32_t index, int i, const char *name) {
    struct ln_sample sample;
    char got[64];
    assert_string_equal(ln_dataset_sample_name(ds, index, got, sizeof got), name);
    assert_int_equal(ln_dataset_read(ds, index, &sample), LINNET_OK);
    assert_true(sample.borrowed);
    assert_int_equal(sample.image.channels, 3);
    for (int c = 0; c < 3; c++) {
        assert_int_equal(sample.image.pixels[c], 200);
        assert_int_equal(sample.image.pixels[3 + c], 10 * i + c);
        assert_int_equal(sample.image.pixels[3 * (PLANE - 1) + c], 10 * i + c);
    }
    ln_sample_fini(&sample);
}

static void cifar_10(void **state) {
    put_records(*state, "data_batch_1.bin", 12, 10, 1, 0);
    put_records(*state, "data_batch_3.bin", 3, 10, 1, 0); /* not all batches need to exist */
    put_records(*state, "test_batch.bin", 4, 10, 1, 0);
    struct ln_dataset *ds = opened(*state);
    assert_int_equal(ds->classes, 10);
    assert_string_equal(ds->class_names[3], "cat");
    assert_int_equal(ds->channels, 3);
    assert_int_equal(ds->width, 32);
    assert_int_equal(ds->parts[LINNET_TRAIN].count, 15);
    assert_int_equal(ds->parts[LINNET_TEST].count, 4);
    assert_true(ds->val_is_test);
    assert_int_equal(ds->labels[11], 1);
    assert_image(ds, 11, 11, "data_batch_1.bin[11]");
    assert_image(ds, 12, 0, "data_batch_3.bin[0]");
    assert_image(ds, 18, 3, "test_batch.bin[3]");
    ln_dataset_close(ds);
    put_text(*state, "batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
    ds = opened(*state);
    assert_string_equal(ds->class_names[3], "d");
    ln_dataset_close(ds);
}

static void cifar_100(void **state) {
    put_records(*state, "train.bin", 5, 100, 2, 0);
    put_records(*state, "test.bin", 4, 100, 2, 0);
    struct ln_dataset *ds = opened(*state);
    assert_int_equal(ds->classes, 100);
    assert_string_equal(ds->class_names[99], "99");
    assert_int_equal(ds->labels[4], 4); /* the fine label */
    assert_image(ds, 4, 4, "train.bin[4]");
    assert_image(ds, 5, 0, "test.bin[0]");
    ln_dataset_close(ds);
}

static void refuse(const struct fixture *f, const char *code, const char *words) {
    struct ln_dataset *ds;
    assert_refused(ln_dataset_open(&ds, f->dir, NULL), LINNET_ERR_INPUT, code, words);
}

static void damage(void **state) {
    put_records(*state, "test_batch.bin", 4, 10, 1, 1);
    refuse(*state, "cifar-size", "test_batch.bin: 12291 bytes");
    put_records(*state, "test_batch.bin", 0, 10, 1, 0);
    refuse(*state, "cifar-size", "test_batch.bin: 0 bytes");
    put_records(*state, "test_batch.bin", 11, 11, 1, 0);
    refuse(*state, "cifar-label", "record 10: label 10, but there are only 10 classes (0 to 9)");
    put_records(*state, "test_batch.bin", 4, 10, 1, 0);
    put_text(*state, "batches.meta.txt", "a\nb\nc\n");
    refuse(*state, "classes-name", "has 3 names for 10 classes");
}

static void no_memory_at_any_call(void **state) {
    put_records(*state, "data_batch_1.bin", 2, 10, 1, 0);
    put_records(*state, "test_batch.bin", 2, 10, 1, 0);
    struct ln_dataset *ds;
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_dataset_open(&ds, ((struct fixture *)*state)->dir, NULL);
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 15);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(cifar_10),
        fixture_test(cifar_100),
        fixture_test(damage),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
