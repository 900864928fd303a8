/* A custom allocator: all blocks of the library come from it, and all are returned to it. */
#include "unit/train/shapes.h"

#include <linnet/linnet.h>
#include <stdatomic.h>

struct counts {
    atomic_long allocs, frees;
};

/* A mark before each block identifies the blocks of this allocator. */
enum { MARK_BYTES = 64 };
static const uint64_t mark = 0x6c696e6e65742121;

static void *count_alloc(void *user, size_t size) {
    char *block = malloc(size + MARK_BYTES);
    if (!block) return NULL;
    memcpy(block, &mark, sizeof mark);
    ((struct counts *)user)->allocs++;
    return block + MARK_BYTES;
}

static void check_mark(const void *block) {
    if (memcmp((const char *)block - MARK_BYTES, &mark, sizeof mark) != 0) abort();
}

static void *count_realloc(void *user, void *block, size_t size) {
    check_mark(block);
    char *moved = realloc((char *)block - MARK_BYTES, size + MARK_BYTES);
    return moved ? moved + MARK_BYTES : NULL;
}

static void count_free(void *user, void *block) {
    check_mark(block);
    ((struct counts *)user)->frees++;
    memset((char *)block - MARK_BYTES, 0, sizeof mark); /* a second free finds no mark */
    free((char *)block - MARK_BYTES);
}

static struct counts counts;

static void on_prediction(void *user, const struct linnet_prediction *p) {
    ++*(int *)user;
}

static void test_everything(void **state) {
    const struct fixture *f = *state;
    linnet_data *data;
    linnet_model *model, *again;
    struct linnet_result result = {.size = sizeof result};
    struct linnet_metrics metrics = {.size = sizeof metrics};
    char *text, photo[256];
    int predictions = 0;
    put_shapes(f, 20, 6, SHAPES);
    put_photo(f, "a.png", 9);
    const char *paths[] = {strcpy(photo, in(f, "a.png")), "/nonexistent"};
    assert_int_equal(linnet_data_open(&data, in(f, "data"), LINNET_OPTS(data, .split = "15,5")), LINNET_OK);
    assert_int_equal(linnet_model_create(&model, "lenet", data, NULL), LINNET_OK);
    const struct linnet_train_opts opts = {
        .size = sizeof opts, .epochs = 1, .batch = 4, .threads = 1, .dir = in(f, "run")};
    assert_int_equal(linnet_train(model, data, &opts, &result), LINNET_OK);
    assert_int_equal(linnet_model_open(&again, in(f, "run")), LINNET_OK);
    assert_int_equal(linnet_evaluate(again, data, NULL, &metrics), LINNET_OK);
    assert_int_equal(linnet_predict(again, paths, 2, NULL, on_prediction, &predictions), LINNET_OK);
    assert_int_equal(linnet_model_summary(again, NULL, &text), LINNET_OK);
    assert_int_equal(predictions, 2);
    linnet_free(text);
    linnet_model_destroy(model);
    linnet_model_destroy(again);
    linnet_data_close(data);
    assert_true(counts.allocs > 100);
    assert_true(counts.allocs == counts.frees);
}

int main(void) {
    static const struct linnet_allocator allocator = {count_alloc, count_realloc, count_free, &counts};
    linnet_set_allocator(&allocator);
    const struct CMUnitTest tests[] = {fixture_test(test_everything)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
