/* IDX data sets: file names, contents, and every kind of damage. */
#include "base/alloc.h"
#include "data/dataset.h"
#include "data/idx_file.h"
#include "unit/data/fixture.h"

static struct idx_bytes idx; /* the file that a test is about to write */

static struct ln_dataset *opened(const struct fixture *f) {
    struct ln_dataset *ds;
    int status = ln_dataset_open(&ds, f->dir, NULL);
    if (status != LINNET_OK) fail_msg("%s", ln_error_get()->text);
    return ds;
}

static void refuse_set(const struct fixture *f, const char *code, const char *words) {
    struct ln_dataset *ds = (struct ln_dataset *)"untouched";
    assert_refused(ln_dataset_open(&ds, f->dir, NULL), LINNET_ERR_INPUT, code, words);
    assert_null(ds);
}

/* ---- what is read ------------------------------------------------------------------------------------- */

static void assert_is_the_set(const struct ln_dataset *ds) {
    assert_int_equal(ds->count, TRAIN_COUNT + TEST_COUNT);
    assert_int_equal(ds->channels, 1);
    assert_int_equal(ds->height, ROWS);
    assert_int_equal(ds->width, COLUMNS);
    assert_int_equal(ds->classes, 10);
    assert_string_equal(ds->class_names[0], "0");
    assert_string_equal(ds->class_names[9], "9");
    assert_int_equal(ds->parts[LINNET_TRAIN].count, TRAIN_COUNT);
    assert_int_equal(ds->parts[LINNET_TEST].count, TEST_COUNT);
    for (uint32_t i = 0; i < ds->count; i++) {
        uint32_t item = i < TRAIN_COUNT ? i : i - TRAIN_COUNT;
        struct ln_sample sample;
        assert_int_equal(ds->labels[i], item % 10);
        assert_int_equal(ln_dataset_read(ds, i, &sample), LINNET_OK);
        assert_true(sample.borrowed);
        assert_int_equal(sample.image.width, COLUMNS);
        assert_int_equal(sample.image.height, ROWS);
        assert_int_equal(sample.image.channels, 1);
        for (uint32_t p = 0; p < ROWS * COLUMNS; p++)
            assert_int_equal(sample.image.pixels[p], (unsigned char)(7 * item + p));
        ln_sample_fini(&sample);
    }
}

static void plain_files(void **state) {
    put_idx_set(*state);
    struct ln_dataset *ds = opened(*state);
    assert_is_the_set(ds);
    assert_true(ds->val_is_test);
    assert_int_equal(ds->parts[LINNET_VAL].count, TEST_COUNT);
    char name[64];
    assert_string_equal(ln_dataset_sample_name(ds, 3, name, sizeof name), "train-images-idx3-ubyte[3]");
    assert_string_equal(ln_dataset_sample_name(ds, TRAIN_COUNT + 3, name, sizeof name),
                        "t10k-images-idx3-ubyte[3]");
    ln_dataset_close(ds);
}

/* Writes the four files of the set under these names, compressed or not. */
static void put_set_as(const struct fixture *f, const char *const names[4], bool packed) {
    for (int i = 0; i < 4; i++) {
        uint32_t n = i < 2 ? TRAIN_COUNT : TEST_COUNT;
        if (i % 2 == 0)
            idx_images(&idx, n, ROWS, COLUMNS);
        else
            idx_labels(&idx, n, 10);
        (packed ? put_gzip : put)(f, names[i], idx.data, idx.size);
    }
}

static void gzip_files(void **state) {
    put_set_as(*state,
               (const char *const[]){"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                                     "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"},
               true);
    struct ln_dataset *ds = opened(*state);
    assert_is_the_set(ds);
    char name[64];
    assert_string_equal(ln_dataset_sample_name(ds, TRAIN_COUNT, name, sizeof name),
                        "t10k-images-idx3-ubyte.gz[0]");
    ln_dataset_close(ds);
}

static void gzip_is_recognised_by_content(void **state) {
    put_set_as(*state,
               (const char *const[]){"train-images.idx3-ubyte", "train-labels.idx1-ubyte",
                                     "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"},
               true);
    struct ln_dataset *ds = opened(*state);
    assert_is_the_set(ds);
    ln_dataset_close(ds);
}

static void names_of_emnist(void **state) {
    put_set_as(*state,
               (const char *const[]){
                   "emnist-digits-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte",
                   "emnist-digits-test-images-idx3-ubyte", "emnist-digits-test-labels-idx1-ubyte"},
               false);
    struct ln_dataset *ds = opened(*state);
    assert_is_the_set(ds);
    ln_dataset_close(ds);
    put_text(*state, "emnist-letters-test-labels-idx1-ubyte", "");
    refuse_set(*state, "idx-sets", "belong to different data sets");
}

static void other_files_do_not_matter(void **state) {
    put_idx_set(*state);
    put_text(*state, "README.md", "MNIST");
    put_text(*state, "train-images-idx3-ubyte.gz.part", "");
    put_text(*state, "my_train-images-idx3-ubyte", "");
    put_text(*state, "t10k-images-idx3-ubyte.gz", "not even gzip: the plain one is taken");
    put_folder(*state, "t10k-labels.idx1-ubyte");
    struct ln_dataset *ds = opened(*state);
    assert_is_the_set(ds);
    ln_dataset_close(ds);
}

static void a_part_alone(void **state) {
    idx_images(&idx, 20, 3, 3);
    put(*state, "t10k-images-idx3-ubyte", idx.data, idx.size);
    idx_labels(&idx, 20, 4);
    put(*state, "t10k-labels-idx1-ubyte", idx.data, idx.size);
    struct ln_dataset *ds = opened(*state);
    assert_int_equal(ds->classes, 4);
    assert_int_equal(ds->parts[LINNET_TRAIN].count, 0);
    assert_int_equal(ds->parts[LINNET_TEST].count, 20);
    ln_dataset_close(ds);
    assert_int_equal(rename(in(*state, "t10k-images-idx3-ubyte"), in(*state, "train-images-idx3-ubyte")), 0);
    assert_int_equal(rename(in(*state, "t10k-labels-idx1-ubyte"), in(*state, "train-labels-idx1-ubyte")), 0);
    ds = opened(*state);
    assert_int_equal(ds->parts[LINNET_TRAIN].count, 16);
    assert_int_equal(ds->parts[LINNET_VAL].count, 2);
    assert_int_equal(ds->parts[LINNET_TEST].count, 2);
    ln_dataset_close(ds);
}

/* ---- classes ------------------------------------------------------------------------------------------ */

static void classes_txt_overrides(void **state) {
    put_idx_set(*state);
    put_text(*state, "classes.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nnever seen\n");
    struct ln_dataset *ds = opened(*state);
    assert_int_equal(ds->classes, 11);
    assert_string_equal(ds->class_names[10], "never seen");
    ln_dataset_close(ds);
    put_text(*state, "classes.txt", "a\nb\nc\nd\ne\nf\ng\n");
    refuse_set(*state, "idx-label",
               "train-labels-idx1-ubyte: item 7: label 7, but classes.txt names 7 classes (0 to 6)");
    put_text(*state, "classes.txt", "a\na\n");
    refuse_set(*state, "classes-name", "line 2");
}

static void a_test_label_that_was_never_trained(void **state) {
    put_idx_set(*state);
    idx_labels(&idx, TEST_COUNT, 11);
    put(*state, "t10k-labels-idx1-ubyte", idx.data, idx.size);
    refuse_set(*state, "idx-label",
               "t10k-labels-idx1-ubyte: item 10: label 10, but the training labels have 10 classes");
}

static void more_than_ten_classes(void **state) {
    put_idx_set(*state);
    idx_labels(&idx, TRAIN_COUNT, 256);
    idx.data[8 + 3] = 255;
    put(*state, "train-labels-idx1-ubyte", idx.data, idx.size);
    struct ln_dataset *ds = opened(*state);
    assert_int_equal(ds->classes, 256);
    assert_string_equal(ds->class_names[255], "255");
    ln_dataset_close(ds);
}

static void fashion_is_recognised_by_the_path(void **state) {
    struct fixture deeper = *(struct fixture *)*state;
    put_folder(*state, "Fashion-MNIST");
    strcpy(deeper.dir, in(*state, "Fashion-MNIST"));
    put_idx_set(&deeper);
    struct ln_dataset *ds = opened(&deeper);
    assert_int_equal(ds->classes, 10);
    assert_string_equal(ds->class_names[0], "T-shirt/top");
    assert_string_equal(ds->class_names[9], "Ankle boot");
    ln_dataset_close(ds);
    idx_labels(&idx, TEST_COUNT, 12);
    put(&deeper, "t10k-labels-idx1-ubyte", idx.data, idx.size);
    refuse_set(&deeper, "idx-label", "item 10: label 10, but Fashion-MNIST has 10 classes (0 to 9)");
}

/* ---- damage ------------------------------------------------------------------------------------------- */

static void images_and_labels_belong_together(void **state) {
    put_idx_set(*state);
    idx_labels(&idx, TRAIN_COUNT - 1, 10);
    put(*state, "train-labels-idx1-ubyte", idx.data, idx.size);
    refuse_set(*state, "idx-count", "30 images, but 'train-labels-idx1-ubyte' has 29 labels");
    assert_int_equal(unlink(in(*state, "train-labels-idx1-ubyte")), 0);
    refuse_set(*state, "idx-missing", "the file with its labels is missing");
    put_idx_set(*state);
    assert_int_equal(unlink(in(*state, "t10k-images-idx3-ubyte")), 0);
    refuse_set(*state, "idx-missing", "the file with its images is missing");
    put_idx_set(*state);
    idx_images(&idx, TEST_COUNT, ROWS, COLUMNS + 1);
    put(*state, "t10k-images-idx3-ubyte", idx.data, idx.size);
    refuse_set(*state, "idx-shape",
               "images of 4 x 6 pixels, but those of 'train-images-idx3-ubyte' have 4 x 5");
}

static void refuse_file(const struct fixture *f, const char *code, const char *words) {
    struct ln_idx_file file;
    put(f, "file", idx.data, idx.size);
    assert_refused(ln_idx_file_read(&file, in(f, "file"), LN_IDX_IMAGES, 0), LINNET_ERR_INPUT, code, words);
    assert_null(file.data);
}

static void cut_at_every_byte(void **state) {
    for (size_t size = 0;; size++) {
        idx_images(&idx, 3, 2, 2);
        if (size == idx.size) break;
        idx.size = size;
        refuse_file(*state, "idx-size",
                    size < 16 ? "an IDX header of 3 dimensions has 16" : "3 items of 2 x 2 bytes");
    }
    idx.size++;
    refuse_file(*state, "idx-size", "continues after the 12 bytes");
}

static void packed_but_cut_or_longer(void **state) {
    struct ln_idx_file file;
    idx_images(&idx, 3, 2, 2);
    put_gzip(*state, "packed", idx.data, idx.size - 1);
    assert_refused(ln_idx_file_read(&file, in(*state, "packed"), LN_IDX_IMAGES, 0), LINNET_ERR_INPUT,
                   "idx-size", "ends after 11 of the 12 bytes");
    put_gzip(*state, "packed", idx.data, idx.size + 1);
    assert_refused(ln_idx_file_read(&file, in(*state, "packed"), LN_IDX_IMAGES, 0), LINNET_ERR_INPUT,
                   "idx-size", "continues after the 12 bytes");
    unsigned char packed[256];
    size_t size = gzip(idx.data, idx.size, packed, sizeof packed);
    packed[size - 6] ^= 1; /* in the checksum */
    put(*state, "packed", packed, size);
    assert_refused(ln_idx_file_read(&file, in(*state, "packed"), LN_IDX_IMAGES, 0), LINNET_ERR_INPUT,
                   "idx-gzip", "gzip is damaged");
}

/* A small file may not claim hundreds of megabytes; the claim is refused before memory is allocated. */
static void a_gzip_bomb(void **state) {
    enum { NOISE = 300000, HEADER = 16 };
    static const unsigned char header[HEADER] = {0, 0, 8, 3, 0, 0, 1, 44, 0, 0, 3, 232, 0, 0, 3, 232};
    unsigned char *file = test_malloc(HEADER + NOISE);
    struct ln_idx_file read;
    uint32_t noise = 1;
    memcpy(file, header, HEADER); /* 300 images of 1000 x 1000 */
    for (size_t i = 0; i < NOISE; i++)
        file[HEADER + i] = (unsigned char)((noise = noise * 1664525 + 1013904223) >> 24);
    put_gzip(*state, "bomb", file, HEADER + NOISE);
    const int64_t live = ln_alloc_live();
    assert_refused(ln_idx_file_read(&read, in(*state, "bomb"), LN_IDX_IMAGES, 0), LINNET_ERR_INPUT,
                   "idx-bomb", "claims 300000000 bytes of data; the limit for a file of this size is ");
    assert_int_equal(ln_alloc_live(), live);
    /* The other file's count is compared first. */
    assert_int_equal(ln_idx_file_read(&read, in(*state, "bomb"), LN_IDX_IMAGES, 299), LINNET_OK);
    assert_null(read.data);
    assert_int_equal(read.dim[0], 300);
    test_free(file);
}

static void wrong_magic(void **state) {
    static const int at[] = {0, 1, 2, 3};
    for (int i = 0; i < 4; i++) {
        idx_images(&idx, 3, 2, 2);
        idx.data[at[i]] ^= 1;
        refuse_file(*state, "idx-magic", "images begin with 0x00000803");
    }
    idx_labels(&idx, 30, 10);
    refuse_file(*state, "idx-magic", "0x00000801");
    struct ln_idx_file file;
    idx_images(&idx, 3, 2, 2);
    put(*state, "file", idx.data, idx.size);
    assert_refused(ln_idx_file_read(&file, in(*state, "file"), LN_IDX_LABELS, 0), LINNET_ERR_INPUT,
                   "idx-magic", "labels begin with 0x00000801");
}

/* Every number in the header is made hostile in turn; none of them may cause a large allocation. */
static void lying_headers(void **state) {
    static const struct {
        uint32_t n, h, w;
        const char *code, *words;
    } cases[] = {
        {0, 2, 2, "idx-count", "0 items"},
        {3, 0, 2, "idx-shape", "images of 0 x 2 pixels"},
        {3, 2, 0, "idx-shape", "images of 2 x 0 pixels"},
        {1, 4097, 1, "idx-shape", "the limits are 1 x 1 to 4096 x 4096"},
        {0xffffffff, 0xffffffff, 0xffffffff, "idx-shape", "4294967295"},
        {0xffffffff, 4096, 4096, "idx-size", "4294967295 items of 4096 x 4096 bytes"},
        {4, 2, 2, "idx-size", "at most 12 bytes follow"},
        {2, 2, 2, "idx-size", "continues after the 8 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        idx.size = 0;
        idx_add(&idx, 0x803);
        idx_add(&idx, cases[i].n);
        idx_add(&idx, cases[i].h);
        idx_add(&idx, cases[i].w);
        idx.size += 12;
        refuse_file(*state, cases[i].code, cases[i].words);
    }
    /* Compressed: the header claims more than deflate can produce from a file of this size. */
    struct ln_idx_file file;
    idx.size = 0;
    idx_add(&idx, 0x803);
    idx_add(&idx, 1000000);
    idx_add(&idx, 1000);
    idx_add(&idx, 1000);
    put_gzip(*state, "file", idx.data, idx.size);
    ln_alloc_fail_at(5); /* a large allocation would fail here and give another code */
    assert_refused(ln_idx_file_read(&file, in(*state, "file"), LN_IDX_IMAGES, 0), LINNET_ERR_INPUT,
                   "idx-size", "1000000 items of 1000 x 1000 bytes");
    ln_alloc_fail_at(0);
}

static void a_missing_folder_and_an_unknown_kind(void **state) {
    struct ln_dataset *ds;
    assert_refused(ln_dataset_open(&ds, in(*state, "nowhere"), NULL), LINNET_ERR_INPUT, "data-missing",
                   "nowhere");
    refuse_set(*state, "data-kind", "the folder is empty");
    put_text(*state, "notes.txt", "hello");
    refuse_set(*state, "data-kind", "none of its 1 entries");
    assert_refused(ln_dataset_open(&ds, in(*state, "notes.txt"), NULL), LINNET_ERR_INPUT, "data-kind",
                   "unrecognised data file");
}

static void no_memory_at_any_call(void **state) {
    put_idx_set(*state);
    put_text(*state, "classes.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
    struct ln_dataset *ds;
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_dataset_open(&ds, ((struct fixture *)*state)->dir, NULL);
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 20);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(plain_files),
        fixture_test(gzip_files),
        fixture_test(gzip_is_recognised_by_content),
        fixture_test(names_of_emnist),
        fixture_test(other_files_do_not_matter),
        fixture_test(a_part_alone),
        fixture_test(classes_txt_overrides),
        fixture_test(a_test_label_that_was_never_trained),
        fixture_test(more_than_ten_classes),
        fixture_test(fashion_is_recognised_by_the_path),
        fixture_test(images_and_labels_belong_together),
        fixture_test(cut_at_every_byte),
        fixture_test(packed_but_cut_or_longer),
        fixture_test(a_gzip_bomb),
        fixture_test(wrong_magic),
        fixture_test(lying_headers),
        fixture_test(a_missing_folder_and_an_unknown_kind),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
