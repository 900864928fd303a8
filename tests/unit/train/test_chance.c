/* Detects a run whose accuracy stays at chance. */
#include "unit/base/base_test.h"

#include "arch/arch.h"
#include "base/log.h"
#include "data/dataset.h"
#include "train/chance.h"
#include "train/progress.h"
#include <math.h>

static void test_epoch(void **state) {
    assert_int_equal(ln_chance_epoch(1), 0);
    assert_int_equal(ln_chance_epoch(3), 0);
    assert_int_equal(ln_chance_epoch(4), 3);
    assert_int_equal(ln_chance_epoch(60), 3);
    assert_int_equal(ln_chance_epoch(200), 10);
}

static void test_acc(void **state) {
    assert_true(ln_chance_acc(0.50, 0.5, 20000));
    assert_true(ln_chance_acc(0.51, 0.5, 20000)); /* three standard errors: 1.06 points */
    assert_false(ln_chance_acc(0.515, 0.5, 20000));
    assert_true(ln_chance_acc(0.60, 0.5, 100));
    assert_false(ln_chance_acc(0.66, 0.5, 100));
    assert_true(ln_chance_acc(0.9, 0.9, 1000)); /* nine in ten are of one class */
    assert_true(ln_chance_acc(0.3, 0.5, 100));  /* below chance is no better */
    assert_true(ln_chance_acc(NAN, 0.5, 100));
    assert_true(ln_chance_acc(1, 0.5, 0));
}

static void listen(void *user, int level, const char *line) {
    snprintf(user, 512, "%s", line);
}

/* 400 images of two classes, half of each, in both parts. */
static void test_warning(void **state) {
    enum { IMAGES = 400 };
    uint32_t index[IMAGES];
    int32_t labels[IMAGES];
    char line[512] = "";
    for (int i = 0; i < IMAGES; i++) {
        index[i] = (uint32_t)i;
        labels[i] = i % 2;
    }
    const struct ln_dataset ds = {
        .classes = 2,
        .labels = labels,
        .parts = {[LINNET_TRAIN] = {index, IMAGES}, [LINNET_VAL] = {index, IMAGES}}};
    struct ln_net *net = NULL;
    assert_int_equal(ln_arch_build("lenet", &(struct ln_arch_opts){.imgsz = 16}, &net), LINNET_OK);
    struct ln_epoch row = {.train_acc = 0.5, .val_acc = 0.5, .lr = 8.8e-6};
    ln_log_set(listen, line);
    ln_chance_warn(&ds, net, &row, &(struct ln_chance_run){2, 60, 0.001});
    assert_string_equal(line, "");
    ln_chance_warn(&ds, net, &row, &(struct ln_chance_run){3, 60, 0.001});
    assert_non_null(strstr(line, "a smaller --lr (now 0.001), or a network with batch normalisation"));
    line[0] = 0;
    row.train_acc = 0.7;
    ln_chance_warn(&ds, net, &row, &(struct ln_chance_run){3, 60, 0.001});
    assert_string_equal(line, "");
    ln_log_set(NULL, NULL);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epoch),
        cmocka_unit_test(test_acc),
        cmocka_unit_test(test_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
