/* Shared by the tests of src/train: a small set of drawn shapes that a network learns quickly, as IDX files; a model for it;
 * reading files back. */
#ifndef TESTS_TRAIN_SHAPES_H
#define TESTS_TRAIN_SHAPES_H

#include "unit/data/fixture.h"

#include "data/dataset.h"
#include "model/model.h"
#include "train/train.h"

enum { SHAPE_SIDE = 20, SHAPES = 3, SHAPE_TRAIN = 300, SHAPE_TEST = 60 };

static inline uint32_t shape_random(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    return *state >> 16;
}

/* 0: a horizontal bar, 1: a vertical bar, 2: a ring; at a random position, on noise. */
static inline bool shape_covers(int shape, int x, int y) {
    int r2 = x * x + y * y;
    return shape == 0   ? abs(y) <= 1 && abs(x) <= 6
           : shape == 1 ? abs(x) <= 1 && abs(y) <= 6
                        : r2 >= 16 && r2 <= 36;
}

static inline void shape_draw(int shape, uint32_t *state, unsigned char *pixels) {
    int cx = 8 + (int)(shape_random(state) % 5), cy = 8 + (int)(shape_random(state) % 5);
    for (int y = 0; y < SHAPE_SIDE; y++)
        for (int x = 0; x < SHAPE_SIDE; x++)
            pixels[y * SHAPE_SIDE + x] =
                (unsigned char)((shape_covers(shape, x - cx, y - cy) ? 180 : 0) + shape_random(state) % 60);
}

static inline void put_shape_part(const struct fixture *f, const char *images, const char *labels,
                                  uint32_t count, uint32_t classes, uint32_t seed) {
    static struct idx_bytes head;
    size_t size = 16 + (size_t)count * SHAPE_SIDE * SHAPE_SIDE;
    unsigned char *bytes = test_malloc(size);
    idx_images(&head, 0, SHAPE_SIDE, SHAPE_SIDE);
    memcpy(bytes, head.data, 16);
    for (int i = 0; i < 4; i++) bytes[4 + i] = (unsigned char)(count >> (24 - 8 * i));
    for (uint32_t i = 0; i < count; i++)
        shape_draw((int)(i % classes), &seed, bytes + 16 + (size_t)i * SHAPE_SIDE * SHAPE_SIDE);
    put(f, images, bytes, size);
    test_free(bytes);
    idx_labels(&head, count, classes);
    put(f, labels, head.data, head.size);
}

/* Creates the folder "data" with `train` training and `test` test images. */
static inline void put_shapes(const struct fixture *f, uint32_t train, uint32_t test, uint32_t classes) {
    put_folder(f, "data");
    put_shape_part(f, "data/train-images-idx3-ubyte", "data/train-labels-idx1-ubyte", train, classes, 1);
    put_shape_part(f, "data/t10k-images-idx3-ubyte", "data/t10k-labels-idx1-ubyte", test, classes, 2);
}

static inline struct ln_dataset *open_shapes(const struct fixture *f, const char *split) {
    struct ln_dataset *ds;
    int status = ln_dataset_open(&ds, in(f, "data"), &(struct linnet_data_opts){.split = split});
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
    return ds;
}

/* A LeNet for the data set. */
static inline struct ln_model *model_for(const struct ln_dataset *ds, uint64_t seed) {
    struct ln_net *net;
    struct ln_model *m;
    struct ln_arch_opts opts = {.classes = ds->classes, .channels = 1, .imgsz = SHAPE_SIDE};
    assert_int_equal(ln_arch_build("lenet", &opts, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, "lenet", net, seed), LINNET_OK);
    assert_int_equal(ln_model_name_classes(m, ds->class_names, ds->classes), LINNET_OK);
    assert_int_equal(ln_dataset_statistics(ds, m->preprocess.mean, m->preprocess.std), LINNET_OK);
    return m;
}

/* ---- stopping a run ----------------------------------------------------------------------------------- */

/* Raises the stop flag at that step of that part and epoch. */
struct stopper {
    volatile int flag;
    enum linnet_part part;
    int epoch, step;
};

static inline void stop_there(void *user, const struct linnet_event *e) {
    struct stopper *s = user;
    if (e->kind == LINNET_EVENT_STEP && e->part == s->part && e->epoch == s->epoch && e->step == s->step)
        s->flag = 1;
}

/* ---- reading files back ------------------------------------------------------------------------------- */

/* The contents of a file in the fixture's folder; the caller frees it. */
static inline char *get(const struct fixture *f, const char *name, size_t *size) {
    unsigned char *data;
    size_t unwanted;
    if (ln_file_read(in(f, name), SIZE_MAX, &data, size ? size : &unwanted) != LINNET_OK)
        fail_msg("%s", ln_error_line());
    return (char *)data;
}

static inline bool there(const struct fixture *f, const char *name) {
    return ln_file_exists(in(f, name));
}

static inline void assert_same_file(const struct fixture *f, const char *left, const char *right) {
    size_t a, b;
    char *x = get(f, left, &a), *y = get(f, right, &b);
    if (a != b || memcmp(x, y, a) != 0) fail_msg("%s and %s differ", left, right);
    ln_free(x);
    ln_free(y);
}

static inline int count_lines(const char *text) {
    int lines = 0;
    for (; *text; text++) lines += *text == '\n';
    return lines;
}

/* Expects this first line and this number of lines. */
static inline void assert_table(const struct fixture *f, const char *name, const char *first, int lines) {
    char *text = get(f, name, NULL);
    size_t length = strcspn(text, "\n");
    if (length != strlen(first) || strncmp(text, first, length) != 0)
        fail_msg("%s begins '%.*s', not '%s'", name, (int)length, text, first);
    if (count_lines(text) != lines) fail_msg("%s has %d lines, not %d", name, count_lines(text), lines);
    ln_free(text);
}

static inline void assert_picture(const struct fixture *f, const char *name) {
    size_t size;
    char *bytes = get(f, name, &size);
    assert_true(size > 100 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0);
    ln_free(bytes);
}

/* The weights of a model file. Opening it checks that they are complete and finite. */
static inline void assert_opens(const struct fixture *f, const char *name) {
    struct ln_model *m;
    if (ln_model_open(&m, in(f, name)) != LINNET_OK) fail_msg("%s", ln_error_line());
    ln_model_destroy(m);
}

#endif
