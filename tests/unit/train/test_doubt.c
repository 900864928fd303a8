/* Images that are left out of the loss: which ones, from when on, how they come back; the opinions on them; and a network
 * that does not learn wrong labels. */
#include "shapes.h"

#include "train/doubt.h"

#include <math.h>

enum { IMAGES = 10, CLASSES = 3, BATCH = 12 };

/* An epoch of one batch: the label of image i has the logit `of_label`[i], the others 0. */
static void note_epoch(struct ln_doubt *d, const float of_label[IMAGES], double position) {
    float logits[BATCH][CLASSES] = {{0}};
    int32_t labels[BATCH];
    uint32_t indices[IMAGES];
    for (int i = 0; i < BATCH; i++) {
        labels[i] = i < IMAGES ? i % CLASSES : -1;
        if (i < IMAGES) indices[i] = (uint32_t)i, logits[i][labels[i]] = of_label[i];
    }
    const struct ln_batch batch = {.labels = labels, .indices = indices, .count = IMAGES};
    ln_doubt_note(d, &batch, &logits[0][0], CLASSES, position);
}

/* Bit i: image i is left out. The other labels must be the batch's own. */
static unsigned left_out(struct ln_doubt *d) {
    int32_t labels[BATCH];
    uint32_t indices[IMAGES];
    unsigned bits = 0;
    for (int i = 0; i < BATCH; i++) {
        labels[i] = i < IMAGES ? i % CLASSES : -1;
        if (i < IMAGES) indices[i] = (uint32_t)i;
    }
    const int32_t *used =
        ln_doubt_labels(d, &(struct ln_batch){.labels = labels, .indices = indices, .count = IMAGES});
    for (int i = 0; i < BATCH; i++) {
        if (used[i] != labels[i]) assert_int_equal(used[i], -1);
        if (i < IMAGES && used[i] < 0) bits |= 1u << i;
    }
    return bits;
}

static void the_least_probable_are_left_out(void **state) {
    const float first[IMAGES] = {5, 4, -3, 3, 2, 1, -2, 6, 7, 8},
                misleading[IMAGES] = {-9, -9, 9, 9, 9, 9, 9, 9, 9, 9};
    struct ln_doubt d;
    assert_int_equal(ln_doubt_init(&d, 0.2, IMAGES, BATCH), LINNET_OK);
    note_epoch(&d, misleading, 0); /* an untrained network */
    note_epoch(&d, first, 0.2);
    ln_doubt_choose(&d, 1, 0.3); /* too early */
    assert_int_equal(left_out(&d), 0);
    ln_doubt_choose(&d, 2, 0.5);
    assert_int_equal(left_out(&d), 1u << 2 | 1u << 6);
    ln_doubt_fini(&d);
}

static void images_come_back(void **state) {
    const float first[IMAGES] = {5, 4, -3, 3, 2, 1, -2, 6, 7, 8},
                later[IMAGES] = {-4, 4, 9, 3, 2, 1, -2, 6, 7, 8};
    struct ln_doubt d;
    assert_int_equal(ln_doubt_init(&d, 0.2, IMAGES, BATCH), LINNET_OK);
    note_epoch(&d, first, 0.2);
    ln_doubt_choose(&d, 2, 0.5);
    for (int i = 0; i < 9; i++) note_epoch(&d, later, 0.5);
    ln_doubt_choose(&d, 2, 0.6); /* once in an epoch */
    assert_int_equal(left_out(&d), 1u << 2 | 1u << 6);
    ln_doubt_choose(&d, 3, 0.6);
    assert_int_equal(left_out(&d), 1u << 0 | 1u << 6);
    ln_doubt_fini(&d);
}

/* The mean of the end of the run; of an image that was not seen there, of the whole run. */
static void opinions(void **state) {
    const float even[IMAGES] = {0}, sure[IMAGES] = {50, 50, 50, 50, 50, 50, 50, 50, 50, 50};
    struct ln_doubt d;
    assert_int_equal(ln_doubt_init(&d, 0.2, IMAGES + 1, BATCH), LINNET_OK);
    note_epoch(&d, sure, 0.1);
    assert_true(ln_doubt_opinion(&d, 0) < 0);
    note_epoch(&d, even, 0.3);
    assert_true(fabs(ln_doubt_opinion(&d, 0) - 1.0 / CLASSES) < 1e-9);
    note_epoch(&d, sure, 0.8);
    note_epoch(&d, even, 0.9);
    for (uint32_t i = 0; i < IMAGES; i++)
        assert_true(fabs(ln_doubt_opinion(&d, i) - (1 + 1.0 / CLASSES) / 2) < 1e-9);
    assert_true(ln_doubt_opinion(&d, IMAGES) < 0);
    ln_doubt_fini(&d);
}

static void without_a_share_all_labels_count(void **state) {
    const float none[IMAGES] = {0};
    struct ln_doubt d;
    assert_int_equal(ln_doubt_init(&d, 0, IMAGES, BATCH), LINNET_OK);
    note_epoch(&d, none, 0.5);
    ln_doubt_choose(&d, 9, 0.9);
    assert_int_equal(left_out(&d), 0);
    ln_doubt_fini(&d);
}

/* ---- training ---------------------------------------------------------------------------------------- */

enum { FLIPS = 20 }; /* the first training images get the label of another class */

/* Trains long enough to memorise all labels. Returns the mean of the network's opinions on the flips. */
static double opinion_of_flips(const struct fixture *f, double leave_out) {
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = model_for(ds, 5);
    struct linnet_result result;
    double *opinions = test_calloc(ds->count, sizeof *opinions), sum = 0;
    const uint32_t *index = ds->parts[LINNET_TRAIN].index;
    for (int i = 0; i < FLIPS; i++) ds->labels[index[i]] = (ds->labels[index[i]] + 1) % SHAPES;
    const struct linnet_train_opts opts = {
        .epochs = 50, .batch = 20, .opt = "adam", .lr = 0.002, .threads = 1, .augment = "none"};
    const struct ln_train_doubts doubts = {.leave_out = leave_out, .opinions = opinions};
    assert_int_equal(ln_train_doubting(m, ds, &opts, &doubts, &result), LINNET_OK);
    assert_true(result.test_acc > 0.9);
    assert_true(opinions[ds->parts[LINNET_TEST].index[0]] < 0); /* not trained on */
    for (int i = 0; i < FLIPS; i++) sum += opinions[index[i]];
    test_free(opinions);
    ln_model_destroy(m);
    ln_dataset_close(ds);
    return sum / FLIPS;
}

/* The network does not learn the wrong labels, because it leaves out those that it doubts. */
static void test_wrong_labels(void **state) {
    const struct fixture *f = *state;
    const double no_image = 1e-9;
    put_shapes(f, SHAPE_TRAIN, SHAPE_TEST, SHAPES);
    const double learned = opinion_of_flips(f, no_image), left_out = opinion_of_flips(f, 0.1);
    print_message("wrong labels: %.2f, left out of the loss %.2f\n", learned, left_out);
    assert_true(learned > 0.5 && left_out < 0.25);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_probable_are_left_out),
        cmocka_unit_test(images_come_back),
        cmocka_unit_test(opinions),
        cmocka_unit_test(without_a_share_all_labels_count),
        fixture_test(test_wrong_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
