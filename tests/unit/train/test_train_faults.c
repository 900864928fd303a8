/* Training that fails: refusals, divergence, interruption, an unwritable folder, failing allocations. */
#include "shapes.h"

#include "base/log.h"
#include "unit/base/short_memory.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* ---- a run that may fail ------------------------------------------------------------------------------ */

/* A path that stays valid across later calls. */
static const char *run_dir(const struct fixture *f, const char *name) {
    static char path[256];
    return strcpy(path, in(f, name));
}

static int train(const struct fixture *f, const char *split, const struct linnet_train_opts *opts,
                 struct linnet_result *result) {
    struct ln_dataset *ds = open_shapes(f, split);
    struct ln_model *m = model_for(ds, 5);
    struct linnet_train_opts alone = *opts;
    alone.threads = 1; /* the work is small: more threads would only wait */
    int status = ln_train(m, ds, &(struct linnet_data_opts){.split = split}, &alone, result);
    for (size_t i = 0; i < m->net->param_count; i++) /* the model must stay usable after any failure */
        for (size_t j = 0; j < ln_net_param_size(m->net, i); j++) assert_true(isfinite(m->params[i][j]));
    ln_model_destroy(m);
    ln_dataset_close(ds);
    return status;
}

/* ---- divergence --------------------------------------------------------------------------------------- */

static void count_warnings(void *user, int level, const char *line) {
    *(int *)user += level == LINNET_LOG_WARNING && strstr(line, "update not applied") != NULL;
}

/* last.safetensors is the checkpoint of step 0 or of an epoch's end, never of the steps that diverged. */
static void assert_last_good(const struct fixture *f, unsigned step, unsigned steps_of_an_epoch) {
    size_t size;
    char *file = get(f, "run/last.safetensors", &size), saved[32];
    snprintf(saved, sizeof saved, "\\\"steps\\\": %u,", step);
    assert_non_null(memmem(file, size, saved, strlen(saved)));
    assert_int_equal(step % steps_of_an_epoch, 0);
    ln_free(file);
}

static void test_diverges(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    int warnings = 0;
    struct linnet_train_opts opts = {
        .epochs = 30, .batch = 10, .lr = 1e6, .lr_scheduler = "constant", .dir = run_dir(f, "run")};
    put_shapes(f, 60, 12, SHAPES);
    ln_log_set(count_warnings, &warnings);
    int status = train(f, "50,10", &opts, &result);
    ln_log_set(NULL, NULL);
    unsigned good = 1;
    const char *named = strstr(ln_error_get()->text, "last good: step ");
    assert_true(named && sscanf(named, "last good: step %u, in last.safetensors", &good) == 1);
    assert_refused(status, LINNET_ERR_DIVERGED, "train-nonfinite", "3 in a row, stopping");
    assert_true(warnings >= 3);
    assert_last_good(f, good, 5);
    assert_opens(f, "run/last.safetensors");
}

/* A run that diverges after a finite epoch keeps its last and its best weights. */
static void test_diverges_later(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    /* One step an epoch: the first one is finite, and its weights are so large that the next ones are not. */
    struct linnet_train_opts opts = {.epochs = 60,
                                     .batch = 50,
                                     .opt = "sgd",
                                     .lr = 1e6,
                                     .lr_scheduler = "constant",
                                     .dir = run_dir(f, "run")};
    put_shapes(f, 60, 12, SHAPES);
    int status = train(f, "50,10", &opts, &result);
    assert_refused(status, LINNET_ERR_DIVERGED, "train-nonfinite", "3 in a row, stopping");
    assert_true(result.epochs > 0 && result.best_epoch > 0);
    assert_opens(f, "run/last.safetensors");
    assert_opens(f, "run/best.safetensors");
}

/* ---- interruption ------------------------------------------------------------------------------------- */

static void interrupt(const struct fixture *f, struct stopper *stopper, struct linnet_result *result) {
    struct linnet_train_opts opts = {.epochs = 5,
                                     .batch = 10,
                                     .dir = run_dir(f, "run"),
                                     .stop = &stopper->flag,
                                     .on_event = stop_there,
                                     .user = stopper};
    put_shapes(f, 60, 12, SHAPES);
    assert_refused(train(f, "50,10", &opts, result), LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
    assert_opens(f, "run/last.safetensors");
}

static void test_interrupted_at_once(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    struct stopper stopper = {.part = LINNET_TRAIN, .epoch = 1, .step = 2};
    interrupt(f, &stopper, &result);
    assert_true(result.epochs == 0 && result.best_epoch == 0 && isnan(result.train_loss) &&
                isnan(result.test_acc));
    assert_false(there(f, "run/best.safetensors"));
    assert_true(there(f, "run/args.json") && there(f, "run/split.csv"));
}

static void test_interrupted_later(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    struct stopper stopper = {.part = LINNET_TRAIN, .epoch = 3, .step = 1};
    interrupt(f, &stopper, &result);
    assert_int_equal(result.epochs, 2);
    assert_in_range(result.best_epoch, 1, 2);
    assert_true(isfinite(result.train_loss) && isfinite(result.val_acc) && isnan(result.test_acc));
    assert_table(f, "run/results.csv", "epoch,time_s,lr,train_loss,train_acc,val_loss,val_acc,images_per_s",
                 3);
    assert_opens(f, "run/best.safetensors");
    assert_picture(f, "run/results.png");
}

static void test_interrupted_in_validation(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    struct stopper stopper = {.part = LINNET_VAL, .epoch = 2, .step = 1};
    interrupt(f, &stopper, &result);
    assert_int_equal(result.epochs, 1);
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

static void test_existing_run(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    struct linnet_train_opts opts = {.epochs = LINNET_NONE, .dir = run_dir(f, "run")};
    put_shapes(f, 30, 6, SHAPES);
    assert_int_equal(train(f, NULL, &opts, &result), LINNET_OK);
    size_t size;
    char *before = get(f, "run/args.json", &size);
    opts = (struct linnet_train_opts){.epochs = 1, .dir = run_dir(f, "run")};
    assert_refused(train(f, NULL, &opts, &result), LINNET_ERR_USAGE, "run-exists", "already holds a run");
    char *after = get(f, "run/args.json", NULL);
    assert_string_equal(before, after);
    ln_free(before);
    ln_free(after);
}

static void test_wrong_option(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    struct linnet_train_opts opts = {.lr = -1, .dir = run_dir(f, "run")};
    put_shapes(f, 30, 6, SHAPES);
    assert_refused(train(f, NULL, &opts, &result), LINNET_ERR_USAGE, "option-value", "lr");
    assert_false(there(f, "run"));
}

static void test_unwritable(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    struct linnet_train_opts opts = {.epochs = 1, .dir = run_dir(f, "file/run")};
    put_shapes(f, 30, 6, SHAPES);
    put_text(f, "file", "not a folder");
    assert_int_equal(train(f, NULL, &opts, &result), LINNET_ERR_IO);
    ln_error_clear();
    opts.dir = "/proc/linnet";
    assert_int_equal(train(f, NULL, &opts, &result), LINNET_ERR_IO);
    ln_error_clear();
}

static void test_other_classes(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 30, 6, SHAPES);
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = model_for(ds, 5);
    struct linnet_result result;
    ds->class_names[1][0] = 'x';
    assert_refused(ln_train(m, ds, &(struct linnet_data_opts){0}, &(struct linnet_train_opts){0}, &result),
                   LINNET_ERR_INPUT, "data-classes", "class 1 is 'x', but '1' in the model");
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

static void test_no_train_images(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 30, 6, SHAPES);
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = model_for(ds, 5);
    struct linnet_result result;
    size_t count = ds->parts[LINNET_TRAIN].count;
    ds->parts[LINNET_TRAIN].count = 0;
    assert_refused(ln_train(m, ds, &(struct linnet_data_opts){0}, &(struct linnet_train_opts){0}, &result),
                   LINNET_ERR_INPUT, "data-empty", "no images");
    ds->parts[LINNET_TRAIN].count = count;
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

/* ---- disk and memory ---------------------------------------------------------------------------------- */

static void limit_files(rlim_t limit) {
    struct rlimit now;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
    now.rlim_cur = limit;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

/* The small files fit under the limit, the weights do not. */
static void test_disk_full(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    struct linnet_train_opts opts = {.epochs = 2, .batch = 1, .dir = run_dir(f, "run")};
    put_shapes(f, 30, 6, SHAPES);
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    limit_files(8192);
    int status = train(f, NULL, &opts, &result);
    limit_files(RLIM_INFINITY);
    signal(SIGXFSZ, before);
    assert_refused(status, LINNET_ERR_IO, "ckpt-write", "there is no checkpoint yet");
    assert_false(there(f, "run"));
}

/* A run that is refused after it made its folder removes that folder; an older folder stays, with its contents. */
static void test_refused_leaves_nothing(void **state) {
    const struct fixture *f = *state;
    struct linnet_result result;
    struct linnet_train_opts opts = {
        .epochs = 1, .max_memory_mb = 1, .tensorboard = true, .dir = run_dir(f, "run")};
    put_shapes(f, 30, 6, SHAPES);
    for (int i = 0; i < 2; i++) {
        assert_refused(train(f, NULL, &opts, &result), LINNET_ERR_LIMIT, "train-memory",
                       "--max-memory allows");
        assert_true(there(f, "run") == (i == 1));
        if (i == 0) assert_int_equal(mkdir(in(f, "run"), 0777), 0);
        put_text(f, "run/notes", "mine");
    }
    assert_true(there(f, "run/notes"));
    assert_false(there(f, "run/args.json") || there(f, "run/env.json") || there(f, "run/classes.txt") ||
                 there(f, "run/split.csv"));
}

static void count_reports(void *user, int level, const char *line) {
    *(int *)user += level == LINNET_LOG_WARNING && strstr(line, "the run continues without it") != NULL;
}

/* Allocation number n fails in a complete run with its files; returns false if the run makes fewer. */
static bool run_failing(const struct fixture *f, struct ln_model *m, const struct ln_dataset *ds,
                        uint64_t n) {
    char name[32];
    struct linnet_result result;
    snprintf(name, sizeof name, "run%d", (int)n);
    struct linnet_train_opts opts = {
        .epochs = 1, .batch = 4, .threads = 1, .workers = 1, .dir = run_dir(f, name)};
    int64_t live = ln_alloc_live();
    uint64_t calls = ln_alloc_count();
    int reports = 0;
    ln_error_clear();
    ln_log_set(count_reports, &reports);
    ln_alloc_fail_at(n);
    int status = ln_train(m, ds, &(struct linnet_data_opts){0}, &opts, &result);
    ln_alloc_fail_at(0);
    ln_log_set(NULL, NULL);
    if (ln_alloc_live() != live)
        fail_msg("call %d: %d blocks are left", (int)n, (int)(ln_alloc_live() - live));
    if (ln_alloc_count() - calls < n) return false;
    if (reports > 0 && status == LINNET_OK) return true;
    if (status != LINNET_ERR_LIMIT) fail_msg("call %d: status %d, '%s'", (int)n, status, ln_error_line());
    assert_string_equal(ln_error_get()->code, "mem-alloc");
    if (there(f, name) && !there(f, strcat(name, "/last.safetensors")))
        fail_msg("call %d: %s holds no checkpoint", (int)n, name);
    ln_error_clear();
    return true;
}

/* Every allocation up to the first steps fails once, then every seventh. The status reports the failure, or a warning if the
 * memory was for a report; nothing leaks. oneDNN allocates its memory elsewhere. */
static void test_memory_fails(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 9, 3, SHAPES);
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = model_for(ds, 5);
    uint64_t n = 1;
    while (run_failing(f, m, ds, n)) n += n < 150 ? 1 : 7;
    assert_true(n > 150);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

/* All allocations from some call on fail, anywhere from the start to the report: never a crash, a leak or another status. Saved
 * files stay whole. */
static void test_memory_ends(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 9, 3, SHAPES);
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = model_for(ds, 5);
    struct short_memory memory;
    const int64_t live = ln_alloc_live();
    int64_t n = 1;
    for (bool failed = true; failed; n += n < 60 ? 5 : 37) {
        char name[32];
        struct linnet_result result;
        snprintf(name, sizeof name, "end%d", (int)n);
        struct linnet_train_opts opts = {
            .epochs = 1, .batch = 4, .threads = 1, .workers = 1, .dir = run_dir(f, name)};
        ln_log_set(count_reports, &(int){0});
        short_memory_begin(&memory, n);
        const int status = ln_train(m, ds, &(struct linnet_data_opts){0}, &opts, &result);
        failed = short_memory_end(&memory);
        ln_log_set(NULL, NULL);
        if (ln_alloc_live() != live) fail_msg("call %d: blocks are left", (int)n);
        if (failed && status != LINNET_OK)
            assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
        if (there(f, strcat(name, "/last.safetensors"))) assert_opens(f, name);
    }
    assert_true(n > 150);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_diverges),
        fixture_test(test_diverges_later),
        fixture_test(test_interrupted_at_once),
        fixture_test(test_interrupted_later),
        fixture_test(test_interrupted_in_validation),
        fixture_test(test_existing_run),
        fixture_test(test_wrong_option),
        fixture_test(test_unwritable),
        fixture_test(test_other_classes),
        fixture_test(test_no_train_images),
        fixture_test(test_disk_full),
        fixture_test(test_refused_leaves_nothing),
        fixture_test(test_memory_fails),
        fixture_test(test_memory_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
