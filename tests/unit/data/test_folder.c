/* Class folders: order, labels, parts, skipped and refused entries. */
#include "base/log.h"
#include "data/classes.h"
#include "data/dataset.h"
#include "unit/data/fixture.h"

static struct ln_dataset *opened(const struct fixture *f, const struct linnet_data_opts *opts) {
    struct ln_dataset *ds;
    int status = ln_dataset_open(&ds, f->dir, opts);
    if (status != LINNET_OK) fail_msg("%s", ln_error_get()->text);
    return ds;
}

static void refuse(const struct fixture *f, int status, const char *code, const char *words) {
    struct ln_dataset *ds;
    assert_refused(ln_dataset_open(&ds, f->dir, NULL), status, code, words);
    assert_null(ds);
}

/* Creates empty files with these names, and their folders. */
static void touch_all(const struct fixture *f, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char folder[256];
        snprintf(folder, sizeof folder, "%s", names[i]);
        char *slash = strrchr(folder, '/');
        if (slash) {
            *slash = '\0';
            put_folder(f, folder);
        }
        put_text(f, names[i], "");
    }
}
#define touch(f, ...) \
    touch_all(f, (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

struct expected {
    const char *name;
    int label;
    enum linnet_part part;
};

static void assert_samples(const struct ln_dataset *ds, const struct expected *expected, size_t count) {
    assert_int_equal(ds->count, count);
    for (uint32_t i = 0; i < count; i++) {
        char name[256];
        assert_string_equal(ln_dataset_sample_name(ds, i, name, sizeof name), expected[i].name);
        assert_int_equal(ds->labels[i], expected[i].label);
        assert_int_equal(ds->source_part[i], expected[i].part);
    }
}

/* ---- what is read ------------------------------------------------------------------------------------- */

static void one_folder_a_class_in_byte_order(void **state) {
    touch(*state, "dog/dog.2.jpg", "dog/dog.10.jpg", "dog/dog.1.jpg", "Zebra/z", "cat/cat.1", "cat/b",
          "cat/B");
    struct ln_dataset *ds = opened(*state, NULL);
    assert_int_equal(ds->classes, 3);
    assert_string_equal(ds->class_names[0], "Zebra");
    assert_string_equal(ds->class_names[1], "cat");
    assert_string_equal(ds->class_names[2], "dog");
    assert_int_equal(ds->channels, 3);
    assert_int_equal(ds->width, 0);
    assert_samples(ds,
                   (const struct expected[]){
                       {"Zebra/z", 0, 0},
                       {"cat/B", 1, 0},
                       {"cat/b", 1, 0},
                       {"cat/cat.1", 1, 0},
                       {"dog/dog.1.jpg", 2, 0},
                       {"dog/dog.10.jpg", 2, 0},
                       {"dog/dog.2.jpg", 2, 0},
                   },
                   7);
    ln_dataset_close(ds);
}

/* Whole paths are compared: '.' sorts before '/', so a.x comes before a/y, although the folder name a sorts
 * before a.x. */
static void folders_inside_a_class_belong_to_it(void **state) {
    touch(*state, "cat/a/y", "cat/a.x", "cat/a/deep/er/z", "dog/1");
    struct ln_dataset *ds = opened(*state, NULL);
    assert_samples(ds,
                   (const struct expected[]){
                       {"cat/a.x", 0, 0}, {"cat/a/deep/er/z", 0, 0}, {"cat/a/y", 0, 0}, {"dog/1", 1, 0}},
                   4);
    ln_dataset_close(ds);
}

static void hidden_and_loose_files_are_skipped(void **state) {
    touch(*state, "cat/1", "cat/.DS_Store", ".git/config", "dog/1", "dog/.thumbs/1", "README.md");
    put_folder(*state, "empty");
    put_folder(*state, "apes/.hidden");
    struct ln_dataset *ds = opened(*state, NULL);
    assert_int_equal(ds->classes, 2);
    assert_samples(ds, (const struct expected[]){{"cat/1", 0, 0}, {"dog/1", 1, 0}}, 2);
    ln_dataset_close(ds);
}

static void files_left_by_systems_are_skipped(void **state) {
    touch(*state, "cat/1", "cat/Thumbs.db", "cat/desktop.ini", "cat/@eaDir/1", "dog/1", "__MACOSX/cat/1",
          "lost+found/1");
    struct ln_dataset *ds = opened(*state, NULL);
    assert_int_equal(ds->classes, 2);
    assert_samples(ds, (const struct expected[]){{"cat/1", 0, 0}, {"dog/1", 1, 0}}, 2);
    ln_dataset_close(ds);
}

static void keep_line(void *lines, int level, const char *line) {
    if (level >= LINNET_LOG_WARNING) {
        strcat(lines, line);
        strcat(lines, "\n");
    }
}

/* Skipped entries are reported in one line, except hidden files, of which there can be very many. */
static void skipped_entries_are_reported(void **state) {
    char lines[2048] = "";
    touch(*state, "train/cat/1", "train/dog/1", "train/.git/1", "train/cat/.DS_Store", "val/cat/1",
          "val/README", "extra/1");
    ln_log_set(keep_line, lines);
    ln_dataset_close(opened(*state, NULL));
    ln_log_set(NULL, NULL);
    assert_non_null(strstr(
        lines,
        ": 3 files and folders are hidden or not in a class folder, so they are ignored, the first is 'extra'"));
    assert_null(strstr(lines, "DS_Store"));
}

static void a_single_class_is_reported(void **state) {
    char lines[2048] = "";
    touch(*state, "cat/1", "cat/2");
    ln_log_set(keep_line, lines);
    ln_dataset_close(opened(*state, NULL));
    ln_log_set(NULL, NULL);
    assert_non_null(strstr(lines, "has only one class, 'cat'"));
}

static void the_parts_of_a_tree(void **state) {
    touch(*state, "train/cat/1", "train/dog/1", "train/dog/2", "valid/dog/3", "test/cat/4", "test/dog/5",
          "extra/notes");
    struct ln_dataset *ds = opened(*state, NULL);
    assert_int_equal(ds->classes, 2);
    assert_samples(ds,
                   (const struct expected[]){
                       {"train/cat/1", 0, LINNET_TRAIN},
                       {"train/dog/1", 1, LINNET_TRAIN},
                       {"train/dog/2", 1, LINNET_TRAIN},
                       {"valid/dog/3", 1, LINNET_VAL},
                       {"test/cat/4", 0, LINNET_TEST},
                       {"test/dog/5", 1, LINNET_TEST},
                   },
                   6);
    assert_int_equal(ds->parts[LINNET_TRAIN].count, 3);
    assert_int_equal(ds->parts[LINNET_VAL].count, 1);
    assert_int_equal(ds->parts[LINNET_TEST].count, 2);
    ln_dataset_close(ds);
}

static void the_names_of_parts(void **state) {
    static const struct {
        const char *folder;
        enum linnet_part part;
    } names[] = {{"val", LINNET_VAL},        {"valid", LINNET_VAL}, {"validation", LINNET_VAL},
                 {"Validation", LINNET_VAL}, {"test", LINNET_TEST}, {"Testing", LINNET_TEST},
                 {"training", LINNET_TRAIN}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct fixture deeper = *(struct fixture *)*state;
        char file[64];
        snprintf(file, sizeof file, "%zu", i);
        put_folder(*state, file);
        strcpy(deeper.dir, in(*state, file));
        touch(&deeper, "train/a/1", "train/b/1");
        snprintf(file, sizeof file, "%s/a/1", names[i].folder);
        touch(&deeper, file);
        struct ln_dataset *ds = opened(&deeper, NULL);
        assert_int_equal(ds->count, 3);
        int found = 0;
        for (int s = 0; s < 3; s++) found += ds->source_part[s] == names[i].part;
        assert_int_equal(found, names[i].part == LINNET_TRAIN ? 3 : 1);
        ln_dataset_close(ds);
    }
}

static void a_class_may_be_called_train(void **state) {
    touch(*state, "bus/1", "car/1", "train/1");
    struct ln_dataset *ds = opened(*state, NULL);
    assert_int_equal(ds->classes, 3);
    assert_int_equal(ds->source_part[2], 0);
    ln_dataset_close(ds);
}

static void a_photo_is_read(void **state) {
    put_folder(*state, "a");
    put_folder(*state, "b");
    put_photo(*state, "a/1", 200);
    put_text(*state, "b/1", "rubbish");
    struct ln_dataset *ds = opened(*state, &(struct linnet_data_opts){.split = "100,0"});
    struct ln_sample sample;
    assert_int_equal(ln_dataset_read(ds, 0, &sample), LINNET_OK);
    assert_false(sample.borrowed);
    assert_int_equal(sample.image.width, 2);
    assert_int_equal(sample.image.channels, 3);
    assert_int_equal(sample.image.pixels[5], 200);
    ln_sample_fini(&sample);
    assert_refused(ln_dataset_read(ds, 1, &sample), LINNET_ERR_INPUT, "img-format", "b/1: ");
    float mean[3], std[3]; /* of the readable images */
    assert_int_equal(ln_dataset_statistics(ds, mean, std), LINNET_OK);
    assert_true(mean[0] == 200 / 255.0F && std[0] == 1 && ln_error_get()->status == LINNET_OK);
    ln_dataset_close(ds);
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

static void an_unknown_class_in_another_part(void **state) {
    touch(*state, "train/cat/1", "train/dog/1", "val/cats/1");
    put_folder(*state, "val/nothing in it");
    refuse(*state, LINNET_ERR_INPUT, "data-class",
           "/val: 'cats' is not one of the 2 classes of the training part; did you mean 'cat'?");
}

static void nothing_in_any_folder(void **state) {
    put_folder(*state, "cat");
    put_folder(*state, "dog");
    refuse(*state, LINNET_ERR_INPUT, "folder-empty", "the class folders contain no files");
}

static void unpacked_one_folder_too_deep(void **state) {
    touch(*state, "dogs-vs-cats/cat/1", "dogs-vs-cats/dog/1");
    refuse(*state, LINNET_ERR_INPUT, "folder-class",
           "'dogs-vs-cats' is the only class folder and contains only folders");
    touch(*state, "dogs-vs-cats/1");
    ln_dataset_close(opened(*state, NULL)); /* now it is a data set of one class */
}

static void pictures_without_a_class(void **state) {
    touch(*state, "1.jpg", "2.jpg", "holiday.png");
    refuse(*state, LINNET_ERR_INPUT, "data-kind",
           "the names of its 3 pictures, such as '1.jpg', do not begin with a class");
}

static void pictures_of_one_class(void **state) {
    touch(*state, "cat.1.jpg", "cat.2.jpg");
    refuse(*state, LINNET_ERR_INPUT, "data-kind", "all 2 pictures, such as 'cat.1.jpg', are of one class");
}

static void an_empty_folder(void **state) {
    refuse(*state, LINNET_ERR_INPUT, "data-kind", "the folder is empty");
}

static void the_python_version_of_cifar(void **state) {
    touch(*state, "data_batch_1", "test_batch", "batches.meta");
    refuse(*state, LINNET_ERR_INPUT, "cifar-python", "download the binary version");
}

/* The byte order of the folders, "ab" before "a\xe9", decides the labels; the escaped spelling does not. */
static void names_that_no_line_can_hold(void **state) {
    static const char *const names[] = {"\\x1b[31mred", "ab", "a\\xe9", "do\\x0ag", "\xc3\xa9"};
    struct ln_dataset *ds;
    touch(*state, "do\ng/1", "a\xe9/1", "ab/1", "\x1b[31mred/1", "\xc3\xa9/1");
    assert_int_equal(ln_dataset_open(&ds, ((struct fixture *)*state)->dir, NULL), LINNET_OK);
    assert_int_equal(ds->classes, 5);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(ds->class_names[i], names[i]);
        assert_int_equal(ds->labels[i], i);
    }
    assert_true(ln_class_is(ds->class_names[2], "a\xe9") && ln_class_is(ds->class_names[2], "a\\xe9"));
    assert_false(ln_class_is(ds->class_names[2], "a\xe8"));
    ln_dataset_close(ds);
    touch(*state, "a\\xe9/1");
    refuse(*state, LINNET_ERR_INPUT, "classes-name", "two classes are spelt 'a\\xe9'; rename one of them");
}

static void a_link_that_leads_back(void **state) {
    touch(*state, "cat/1", "dog/1");
    assert_int_equal(symlink("..", in(*state, "cat/loop")), 0);
    refuse(*state, LINNET_ERR_LIMIT, "folder-depth", "does a link form a loop?");
}

static void no_memory_at_any_call(void **state) {
    touch(*state, "train/cat/1", "train/cat/a/1", "train/dog/1", "train/dog/2", "val/dog/3", "test/cat/4");
    struct ln_dataset *ds;
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = ln_dataset_open(&ds, ((struct fixture *)*state)->dir, NULL);
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 40);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(one_folder_a_class_in_byte_order),
        fixture_test(folders_inside_a_class_belong_to_it),
        fixture_test(hidden_and_loose_files_are_skipped),
        fixture_test(files_left_by_systems_are_skipped),
        fixture_test(skipped_entries_are_reported),
        fixture_test(a_single_class_is_reported),
        fixture_test(the_parts_of_a_tree),
        fixture_test(the_names_of_parts),
        fixture_test(a_class_may_be_called_train),
        fixture_test(a_photo_is_read),
        fixture_test(an_unknown_class_in_another_part),
        fixture_test(nothing_in_any_folder),
        fixture_test(unpacked_one_folder_too_deep),
        fixture_test(pictures_without_a_class),
        fixture_test(pictures_of_one_class),
        fixture_test(an_empty_folder),
        fixture_test(the_python_version_of_cifar),
        fixture_test(names_that_no_line_can_hold),
        fixture_test(a_link_that_leads_back),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
