/* A resumed run ends with the same bits as an uninterrupted one, wherever it was stopped. A folder that cannot be resumed is
 * refused. */
#include "unit/train/shapes.h"

#include <linnet/linnet.h>
#include <math.h>

enum { TRAIN_IMAGES = 47, EPOCHS = 3, BATCH = 10, STEPS = 5 /* of an epoch */ };

static struct linnet_train_opts options(const char *opt, struct stopper *stopper) {
    return (struct linnet_train_opts){.size = sizeof(struct linnet_train_opts),
                                      .epochs = EPOCHS,
                                      .batch = BATCH,
                                      .opt = opt,
                                      .lr = 0.003,
                                      .warmup_epochs = 0.5,
                                      .augment = "medium",
                                      .mixup = 0.2,
                                      .label_smoothing = 0.1,
                                      .seed = 7,
                                      .threads = 1,
                                      .stop = stopper ? &stopper->flag : NULL,
                                      .on_event = stopper ? stop_there : NULL,
                                      .user = stopper};
}

static int run_into(const struct fixture *f, const char *name, struct linnet_train_opts opts) {
    linnet_data *data;
    linnet_model *model;
    struct linnet_result result = {.size = sizeof result};
    char dir[256], path[256];
    opts.dir = strcpy(dir, in(f, name));
    assert_int_equal(
        linnet_data_open(&data, strcpy(path, in(f, "data")), LINNET_OPTS(data, .split = "47,13", .seed = 3)),
        LINNET_OK);
    assert_int_equal(linnet_model_create(&model, "lenet", data, LINNET_OPTS(model, .seed = 5)), LINNET_OK);
    int status = linnet_train(model, data, &opts, &result);
    linnet_model_destroy(model);
    linnet_data_close(data);
    return status;
}

static int resume(const struct fixture *f, const char *name, struct stopper *stopper,
                  struct linnet_result *result) {
    struct linnet_resumed run = {.size = sizeof run};
    char dir[256];
    int status = linnet_resume_open(&run, strcpy(dir, in(f, name)));
    if (status != LINNET_OK) return status;
    if (stopper) {
        run.opts->stop = &stopper->flag;
        run.opts->on_event = stop_there;
        run.opts->user = stopper;
    }
    status = linnet_train(run.model, run.data, run.opts, result);
    linnet_resume_close(&run);
    return status;
}

/* The rows of results.csv without their times. */
static void assert_same_log(const struct fixture *f, const char *left, const char *right) {
    char *a = get(f, left, NULL), *b = get(f, right, NULL), *end_a, *end_b;
    char *row_a = strtok_r(a, "\n", &end_a), *row_b = strtok_r(b, "\n", &end_b);
    for (; row_a && row_b; row_a = strtok_r(NULL, "\n", &end_a), row_b = strtok_r(NULL, "\n", &end_b)) {
        const char *x = strchr(strchr(row_a, ',') + 1, ','), *y = strchr(strchr(row_b, ',') + 1, ',');
        size_t length = (size_t)(strrchr(x, ',') - x);
        if (strncmp(x, y, length) != 0) fail_msg("'%s' and '%s' differ", row_a, row_b);
    }
    assert_true(!row_a && !row_b);
    ln_free(a);
    ln_free(b);
}

static void assert_same_run(const struct fixture *f, const char *whole, const char *other) {
    char a[64], b[64];
#define BOTH(name) (snprintf(a, sizeof a, "%s/" name, whole), snprintf(b, sizeof b, "%s/" name, other))
    BOTH("best.safetensors");
    assert_same_file(f, a, b);
    BOTH("predictions.csv");
    assert_same_file(f, a, b);
    BOTH("last.safetensors");
    assert_same_file(f, a, b);
    BOTH("results.csv");
    assert_same_log(f, a, b);
#undef BOTH
}

/* ---- the same bits ------------------------------------------------------------------------------------- */

static void stop_and_go_on(const struct fixture *f, const char *whole, const char *opt, struct stopper first,
                           struct stopper second) {
    static int runs;
    struct linnet_result result = {.size = sizeof result};
    char name[16];
    snprintf(name, sizeof name, "cut%d", runs++);
    assert_int_equal(run_into(f, name, options(opt, &first)), LINNET_ERR_INTERRUPTED);
    if (second.epoch) assert_int_equal(resume(f, name, &second, &result), LINNET_ERR_INTERRUPTED);
    int status = resume(f, name, NULL, &result);
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
    assert_int_equal(result.epochs, EPOCHS);
    assert_same_run(f, whole, name);
}

static void test_same_bits(void **state) {
    const struct fixture *f = *state;
    static const char *const optimisers[] = {"sgd", "nesterov", "adam", "adamw", "rmsprop"};
    put_shapes(f, 60, 12, SHAPES);
    for (int i = 0; i < 5; i++) {
        const char *opt = optimisers[i];
        assert_int_equal(run_into(f, opt, options(opt, NULL)), LINNET_OK);
        stop_and_go_on(f, opt, opt, (struct stopper){0, LINNET_TRAIN, 2, 3}, (struct stopper){0});
    }
}

/* Resuming continues the average of the weights too. */
static void test_average(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 60, 12, SHAPES);
    struct stopper stopper = {0, LINNET_TRAIN, 2, 3};
    struct linnet_result result = {.size = sizeof result};
    for (int cut = 0; cut < 2; cut++) {
        struct linnet_train_opts opts = options("sgd", cut ? &stopper : NULL);
        opts.model_ema = true;
        opts.model_ema_decay = 0.8;
        assert_int_equal(run_into(f, cut ? "cut" : "whole", opts), cut ? LINNET_ERR_INTERRUPTED : LINNET_OK);
    }
    assert_int_equal(resume(f, "cut", NULL, &result), LINNET_OK);
    assert_same_run(f, "whole", "cut");
    assert_int_equal(resume(f, "cut", NULL, &result), LINNET_OK); /* complete: only tests again */
    assert_same_run(f, "whole", "cut");
}

/* Expects this many optimiser steps in "whole": only the steps since the backbone was unfrozen count. */
static void assert_updates(const struct fixture *f, int updates) {
    char words[32];
    size_t size, length = (size_t)snprintf(words, sizeof words, "updates\\\": %d,", updates);
    char *bytes = get(f, "whole/last.safetensors", &size);
    assert_non_null(memmem(bytes, size, words, length));
    ln_free(bytes);
}

enum { STOPS = 4 };

/* Trains "whole" without a stop, then stops and resumes one run per entry of `stops`: all runs end with the same files. */
static void check_stops(const struct fixture *f, struct linnet_train_opts opts,
                        const struct stopper stops[STOPS]) {
    assert_int_equal(run_into(f, "whole", opts), LINNET_OK);
    for (int i = 0; i < STOPS; i++) {
        struct stopper stopper = stops[i];
        struct linnet_result result = {.size = sizeof result};
        char name[16];
        snprintf(name, sizeof name, "cut%d", i + 1);
        opts.stop = &stopper.flag;
        opts.on_event = stop_there;
        opts.user = &stopper;
        assert_int_equal(run_into(f, name, opts), LINNET_ERR_INTERRUPTED);
        assert_int_equal(resume(f, name, NULL, &result), LINNET_OK);
        assert_same_run(f, "whole", name);
    }
}

/* Transfer learning has two phases: the runs stop in the first, between the two, and in the second. */
static void test_transfer(void **state) {
    const struct fixture *f = *state;
    static const struct stopper stops[STOPS] = {
        {0, LINNET_TRAIN, 1, 3}, {0, LINNET_VAL, 1, 1}, {0, LINNET_TRAIN, 2, 1}, {0, LINNET_TRAIN, 3, 4}};
    struct linnet_train_opts opts = options("adam", NULL);
    opts.freeze_epochs = 1;
    opts.lr_spread = 10;
    opts.model_ema = true;
    put_shapes(f, 60, 12, SHAPES);
    check_stops(f, opts, stops);
    assert_updates(f, (EPOCHS - 1) * STEPS);
}

/* Training behind a frozen backbone: the runs stop while the features are computed, and later, when the stored features are read
 * and resuming must recompute them. */
static void test_features(void **state) {
    const struct fixture *f = *state;
    static const struct stopper stops[STOPS] = {
        {0, LINNET_TRAIN, 1, 3}, {0, LINNET_TRAIN, 2, 5}, {0, LINNET_VAL, 2, 1}, {0, LINNET_TRAIN, 3, 2}};
    struct linnet_train_opts opts = options("adam", NULL);
    opts.freeze = "backbone";
    opts.freeze_views = 2;
    opts.mixup = 0;
    put_shapes(f, 60, 12, SHAPES);
    check_stops(f, opts, stops);
}

static void test_anywhere(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 60, 12, SHAPES);
    assert_int_equal(run_into(f, "whole", options("adam", NULL)), LINNET_OK);
    for (int epoch = 1; epoch <= EPOCHS; epoch++)
        for (int step = 1; step <= STEPS; step += 2)
            stop_and_go_on(f, "whole", "adam", (struct stopper){0, LINNET_TRAIN, epoch, step},
                           (struct stopper){0});
    stop_and_go_on(f, "whole", "adam", (struct stopper){0, LINNET_VAL, 2, 1}, (struct stopper){0});
    stop_and_go_on(f, "whole", "adam", (struct stopper){0, LINNET_TRAIN, 1, 2},
                   (struct stopper){0, LINNET_TRAIN, 1, 4});
    stop_and_go_on(f, "whole", "adam", (struct stopper){0, LINNET_TRAIN, 1, 5},
                   (struct stopper){0, LINNET_VAL, 3, 2});
}

/* Resuming a complete run only tests again. */
static void test_done(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result = {.size = sizeof result};
    put_shapes(f, 60, 12, SHAPES);
    assert_int_equal(run_into(f, "run", options("sgd", NULL)), LINNET_OK);
    size_t size;
    char *before = get(f, "run/best.safetensors", &size);
    assert_int_equal(resume(f, "run", NULL, &result), LINNET_OK);
    assert_true(result.epochs == EPOCHS && result.test_count == 12 && isfinite(result.test_acc));
    char *after = get(f, "run/best.safetensors", NULL);
    assert_memory_equal(before, after, size);
    ln_free(before);
    ln_free(after);
}

/* ---- a checkpoint as a model file ---------------------------------------------------------------------- */

static void test_is_a_model(void **state) {
    const struct fixture *f = *state;
    struct ln_model *m, *with;
    struct stopper stopper = {0, LINNET_TRAIN, 1, 3};
    put_shapes(f, 60, 12, SHAPES);
    assert_int_equal(run_into(f, "run", options("adam", &stopper)), LINNET_ERR_INTERRUPTED);
    assert_int_equal(ln_model_open(&m, in(f, "run/last.safetensors")), LINNET_OK);
    assert_int_equal(ln_model_save(m, NULL, in(f, "plain.safetensors")), LINNET_OK);
    assert_int_equal(ln_model_open(&with, in(f, "plain.safetensors")), LINNET_OK);
    ln_model_destroy(with);
    ln_model_destroy(m);
    linnet_model *begun;
    char path[256];
    strcpy(path, in(f, "run/last.safetensors"));
    assert_int_equal(
        linnet_model_create(&begun, "lenet", NULL,
                            LINNET_OPTS(model, .weights = path, .channels = 1, .imgsz = SHAPE_SIDE)),
        LINNET_OK);
    linnet_model_destroy(begun);
}

/* ---- refusals ------------------------------------------------------------------------------------------ */

static void replace(const struct fixture *f, const char *name, const char *what, const char *by) {
    size_t size;
    char *text = get(f, name, &size), *at = memmem(text, size, what, strlen(what));
    assert_true(at && strlen(what) == strlen(by));
    memcpy(at, by, strlen(by));
    put(f, name, (unsigned char *)text, size);
    ln_free(text);
}

static void stopped_run(const struct fixture *f) {
    struct stopper stopper = {0, LINNET_TRAIN, 2, 2};
    put_shapes(f, 60, 12, SHAPES);
    assert_int_equal(run_into(f, "run", options("sgd", &stopper)), LINNET_ERR_INTERRUPTED);
    ln_error_clear();
}

static void test_no_checkpoint(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result = {.size = sizeof result};
    assert_refused(resume(f, "nowhere", NULL, &result), LINNET_ERR_INPUT, "file-open", "args.json");
    stopped_run(f);
    assert_int_equal(remove(in(f, "run/last.safetensors")), 0);
    assert_int_equal(remove(in(f, "run/last.previous.safetensors")), 0);
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "resume-none", "start a new run");
    struct ln_model *m;
    char best[256];
    assert_int_equal(ln_model_open(&m, strcpy(best, in(f, "run/best.safetensors"))), LINNET_OK);
    assert_int_equal(ln_model_save(m, NULL, in(f, "run/last.safetensors")), LINNET_OK);
    ln_model_destroy(m);
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "ckpt-none", "not a checkpoint");
}

static void test_other_run(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result = {.size = sizeof result};
    stopped_run(f);
    replace(f, "run/args.json", "\"batch_size\": 10", "\"batch_size\": 12");
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "ckpt-other", "batch size");
    replace(f, "run/args.json", "\"batch_size\": 12", "\"batch_size\": 10");
    replace(f, "run/args.json", "\"seed\": 7", "\"seed\": 8");
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "ckpt-other", "seed");
    replace(f, "run/args.json", "\"seed\": 8", "\"seed\": x");
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "run-args", "args.json");
    replace(f, "run/args.json", "\"seed\": x", "\"seed\": 7");
    assert_int_equal(resume(f, "run", NULL, &result), LINNET_OK);
}

static void test_other_data(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result = {.size = sizeof result};
    stopped_run(f);
    put_shapes(f, 60, 15, SHAPES);
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "ckpt-data",
                   "the data has changed since the run began");
}

/* Every key of the progress is replaced by another value, in a file without a checksum: refused without a crash. */
static void test_damaged_progress(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result = {.size = sizeof result};
    static const char *const keys[] = {"epoch",     "step",       "count",    "correct", "top5",
                                       "loss",      "steps",      "updates",  "history", "skipped",
                                       "bad_steps", "best_epoch", "manifest", "val_acc"};
    stopped_run(f);
    assert_int_equal(remove(in(f, "run/last.previous.safetensors")), 0);
    replace(f, "run/last.safetensors", "linnet.crc32", "linnet.crc00");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char key[32], other[32];
        snprintf(key, sizeof key, "\\\"%s\\\": ", keys[i]);
        snprintf(other, sizeof other, "\\\"%s\\\": ", keys[i]);
        other[2] = 'X';
        replace(f, "run/last.safetensors", key, other);
        assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "ckpt-progress",
                       "linnet.checkpoint");
        replace(f, "run/last.safetensors", other, key);
    }
    replace(f, "run/last.safetensors", "\\\"epoch\\\": 2", "\\\"epoch\\\": 9");
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "ckpt-progress", "'epoch'");
    replace(f, "run/last.safetensors", "\\\"epoch\\\": 9", "\\\"epoch\\\": 2");
    replace(f, "run/last.safetensors", "\\\"best_epoch\\\": 1", "\\\"best_epoch\\\": 0");
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "ckpt-progress", "'best_epoch'");
    replace(f, "run/last.safetensors", "\\\"best_epoch\\\": 0", "\\\"best_epoch\\\": 1");
    replace(f, "run/last.safetensors", "optimizer.momentum_buffer.conv1.weight",
            "optimizer.momentum_buffer.conv1.weighX");
    assert_refused(resume(f, "run", NULL, &result), LINNET_ERR_INPUT, "ckpt-state", "conv1.weight");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_same_bits),  fixture_test(test_average),          fixture_test(test_transfer),
        fixture_test(test_features),   fixture_test(test_anywhere),         fixture_test(test_done),
        fixture_test(test_is_a_model), fixture_test(test_no_checkpoint),    fixture_test(test_other_run),
        fixture_test(test_other_data), fixture_test(test_damaged_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
