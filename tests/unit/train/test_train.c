/* Training: the network learns; the same seed gives the same bits for any number of workers; the run folder
 * is complete; the smaller last batch counts; which epoch is the best. */
#include "shapes.h"

#include <math.h>

/* Compares the weights in two files and ignores everything else. */
static void assert_same_params(const struct fixture *f, const char *left, const char *right) {
    struct ln_model *a, *b;
    assert_int_equal(ln_model_open(&a, in(f, left)), LINNET_OK);
    assert_int_equal(ln_model_open(&b, in(f, right)), LINNET_OK);
    for (size_t i = 0; i < a->net->param_count; i++)
        assert_memory_equal(a->params[i], b->params[i], ln_net_param_size(a->net, i) * sizeof(float));
    ln_model_destroy(a);
    ln_model_destroy(b);
}

/* ---- recording events --------------------------------------------------------------------------------- */

enum { EVENTS_MAX = 400 };

struct events {
    struct linnet_event list[EVENTS_MAX];
    char files[EVENTS_MAX][32]; /* names of the written files */
    int count;
};

static void on_event(void *user, const struct linnet_event *event) {
    struct events *e = user;
    assert_in_range(e->count, 0, EVENTS_MAX - 1);
    if (event->path) snprintf(e->files[e->count], sizeof e->files[0], "%s", ln_file_name(event->path));
    e->list[e->count++] = *event;
}

static int count_events(const struct events *e, enum linnet_event_kind kind, enum linnet_part part) {
    int count = 0;
    for (int i = 0; i < e->count; i++) count += e->list[i].kind == kind && e->list[i].part == part;
    return count;
}

/* ---- a run -------------------------------------------------------------------------------------------- */

struct run {
    const char *split, *dir; /* dir: in the fixture's folder; NULL: none */
    struct linnet_train_opts opts;
    struct linnet_result result;
    struct events events;
};

static void train(const struct fixture *f, struct run *run) {
    struct ln_dataset *ds = open_shapes(f, run->split);
    struct ln_model *m = model_for(ds, 5);
    struct linnet_data_opts data_opts = {.split = run->split};
    run->events.count = 0;
    if (!run->opts.threads) run->opts.threads = 1; /* the work is small: more threads would only wait */
    run->opts.on_event = on_event;
    run->opts.user = &run->events;
    run->opts.dir = run->dir ? in(f, run->dir) : NULL;
    int status = ln_train(m, ds, &data_opts, &run->opts, &run->result);
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

/* ---- learning ----------------------------------------------------------------------------------------- */

static void check_learns(const struct fixture *f, const char *opt, const char *schedule) {
    static struct run run;
    run = (struct run){
        .split = "80,20",
        .opts = {.epochs = 5, .batch = 20, .opt = opt, .lr_scheduler = schedule, .augment = "none"}};
    train(f, &run);
    const struct linnet_result *r = &run.result;
    if (!(r->test_acc > 0.95)) fail_msg("%s, %s: test accuracy is %g", opt, schedule, r->test_acc);
    assert_true(r->val_acc > 0.95 && r->train_acc > 0.95);
    assert_true(r->test_loss < 0.3 && r->val_loss < 0.3);
    assert_true(r->test_acc_low < r->test_acc && r->test_acc <= r->test_acc_high);
    assert_int_equal(r->test_count, SHAPE_TEST);
    assert_int_equal(r->epochs, 5);
    assert_in_range(r->best_epoch, 1, 5);
    assert_true(r->time_s > 0 && r->images_per_s > 0);
}

static void test_learns(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, SHAPE_TRAIN, SHAPE_TEST, SHAPES);
    check_learns(f, "sgd", "cosine");
    check_learns(f, "nesterov", "step");
    check_learns(f, "adam", "constant");
    check_learns(f, "adamw", "onecycle");
    check_learns(f, "rmsprop", "plateau");
}

/* ---- the same bits ------------------------------------------------------------------------------------ */

/* results.csv without its two columns of time. */
static char *results_of(const struct fixture *f, const char *name) {
    char *text = get(f, name, NULL), *out = text, *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *first = strchr(line, ','), *second = strchr(first + 1, ','), *last = strrchr(line, ',');
        size_t length = (size_t)(last - second);
        *last = '\n';
        memmove(out, second, length + 1);
        out += length + 1;
    }
    *out = '\0';
    return text;
}

static void assert_same_run(const struct fixture *f, const char *a, const char *b) {
    static const char *const files[] = {"best.safetensors", "last.safetensors", "predictions.csv",
                                        "metrics.json",     "split.csv",        "classes.txt"};
    char left[64], right[64];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(left, sizeof left, "%s/%s", a, files[i]);
        snprintf(right, sizeof right, "%s/%s", b, files[i]);
        assert_same_file(f, left, right);
    }
    snprintf(left, sizeof left, "%s/results.csv", a);
    snprintf(right, sizeof right, "%s/results.csv", b);
    char *x = results_of(f, left), *y = results_of(f, right);
    assert_string_equal(x, y);
    ln_free(x);
    ln_free(y);
}

static void test_same_bits(void **state) {
    const struct fixture *f = *state;
    static const struct {
        const char *dir;
        int workers;
    } runs[] = {{"one", 1}, {"again", 1}, {"two", 2}, {"seven", 7}};
    put_shapes(f, 70, 12, SHAPES);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        static struct run run;
        run = (struct run){
            .split = "70,30",
            .dir = runs[i].dir,
            .opts = {.epochs = 2, .batch = 20, .seed = 9, .threads = 2, .workers = runs[i].workers}};
        train(f, &run);
        if (i > 0) assert_same_run(f, "one", runs[i].dir);
    }
}

static void test_another_seed(void **state) {
    const struct fixture *f = *state;
    static struct run a, b;
    put_shapes(f, 60, 12, SHAPES);
    a = (struct run){.opts = {.epochs = 1, .batch = 16, .seed = 1}};
    b = (struct run){.opts = {.epochs = 1, .batch = 16, .seed = 2}};
    train(f, &a);
    train(f, &b);
    assert_true(a.result.train_loss != b.result.train_loss);
}

/* ---- the run folder ----------------------------------------------------------------------------------- */

static void test_files(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 100, 12, SHAPES);
    run = (struct run){.split = "80,20", .dir = "runs/a/b", .opts = {.epochs = 3, .batch = 32}};
    train(f, &run);
    assert_table(f, "runs/a/b/results.csv",
                 "epoch,time_s,lr,train_loss,train_acc,val_loss,val_acc,images_per_s", 4);
    assert_table(f, "runs/a/b/split.csv", "path,class,part", 1 + 100 + 12);
    assert_table(f, "runs/a/b/predictions.csv", "path,label,predicted,probability,0,1,2", 1 + 12);
    assert_table(f, "runs/a/b/classes.txt", "0", 3);
    assert_picture(f, "runs/a/b/results.png");
    assert_picture(f, "runs/a/b/confusion_matrix.png");
    assert_picture(f, "runs/a/b/test_pred.png");
    assert_picture(f, "runs/a/b/top_losses.png");
    assert_picture(f, "runs/a/b/train_batch.png");
    assert_opens(f, "runs/a/b/best.safetensors");
    assert_opens(f, "runs/a/b/last.safetensors");
    assert_true(there(f, "runs/a/b/args.json") && there(f, "runs/a/b/env.json") &&
                there(f, "runs/a/b/metrics.json"));
}

/* Each row of split.csv has an image of the data, its class and its part. */
static void test_split_file(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 30, 6, SHAPES);
    run = (struct run){.split = "20,10", .dir = "run", .opts = {.epochs = LINNET_NONE}};
    train(f, &run);
    char *text = get(f, "run/split.csv", NULL), *rest, class[8], part[8];
    int parts[3] = {0}, index;
    strtok_r(text, "\n", &rest);
    for (char *line; (line = strtok_r(NULL, "\n", &rest));) {
        const char *bracket = strchr(line, '[');
        assert_non_null(bracket);
        assert_int_equal(sscanf(bracket, "[%d],%7[^,],%7s", &index, class, part), 3);
        assert_int_equal(atoi(class), index % SHAPES);
        parts[0] += strcmp(part, "train") == 0;
        parts[1] += strcmp(part, "val") == 0;
        parts[2] += strcmp(part, "test") == 0;
    }
    assert_true(parts[0] == 20 && parts[1] == 10 && parts[2] == 6);
    ln_free(text);
}

/* Without a folder no file is written. */
static void test_no_folder(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 30, 6, SHAPES);
    run = (struct run){.opts = {.epochs = 1}};
    train(f, &run);
    struct ln_file_list list;
    assert_int_equal(ln_file_list_read(&list, f->dir), LINNET_OK);
    assert_int_equal(list.count, 1); /* the data */
    ln_file_list_fini(&list);
}

/* ---- steps and epochs --------------------------------------------------------------------------------- */

static bool whole(double x) {
    return fabs(x - round(x)) < 1e-9;
}

/* 100 images in batches of 32: the last batch has 4 images, which are trained on and counted. */
static void test_tail(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 100, 12, SHAPES);
    run = (struct run){.opts = {.epochs = 2, .batch = 32}};
    train(f, &run);
    const struct events *e = &run.events;
    assert_int_equal(count_events(e, LINNET_EVENT_STEP, LINNET_TRAIN), 8);
    assert_int_equal(e->list[0].kind, LINNET_EVENT_START);
    assert_int_equal(e->list[0].steps, 4);
    assert_int_equal(e->list[0].epochs, 2);
    for (int i = 1; i <= 4; i++) {
        const struct linnet_event *step = &e->list[i];
        int images = i < 4 ? 32 * i : 100;
        assert_int_equal(step->kind, LINNET_EVENT_STEP);
        assert_true(step->step == i && step->steps == 4 && step->epoch == 1 && step->epochs == 2);
        assert_true(whole(step->acc * images));
    }
    assert_true(whole(run.result.train_acc * 100));
}

static void test_batch_beyond_data(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 10, 6, SHAPES);
    run = (struct run){.opts = {.epochs = 2, .batch = 1000}};
    train(f, &run);
    assert_int_equal(count_events(&run.events, LINNET_EVENT_STEP, LINNET_TRAIN), 2);
    assert_true(whole(run.result.train_acc * 10));
    assert_int_equal(run.result.test_count, 6);
}

static void test_batch_of_one(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 5, 3, SHAPES);
    run = (struct run){.opts = {.epochs = 1, .batch = 1}};
    train(f, &run);
    assert_int_equal(count_events(&run.events, LINNET_EVENT_STEP, LINNET_TRAIN), 5);
}

/* A run writes a checkpoint before the first step. An epoch then reports its steps, validation, the last weights, the best
 * weights, and its summary. */
static void test_order_of_events(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 60, 12, SHAPES);
    run = (struct run){.split = "50,10", .dir = "run", .opts = {.epochs = 1, .batch = 25}};
    train(f, &run);
    const struct events *e = &run.events;
    static const struct {
        enum linnet_event_kind kind;
        enum linnet_part part;
        const char *file;
    } want[] = {
        {LINNET_EVENT_START, LINNET_TRAIN},
        {LINNET_EVENT_FILE, 0, "last.safetensors"},
        {LINNET_EVENT_STEP, LINNET_TRAIN},
        {LINNET_EVENT_STEP, LINNET_TRAIN},
        {LINNET_EVENT_STEP, LINNET_VAL},
        {LINNET_EVENT_FILE, 0, "last.safetensors"},
        {LINNET_EVENT_FILE, 0, "best.safetensors"},
        {LINNET_EVENT_EPOCH, LINNET_TRAIN},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_int_equal(e->list[i].kind, want[i].kind);
        if (want[i].file)
            assert_string_equal(e->files[i], want[i].file);
        else
            assert_int_equal(e->list[i].part, want[i].part);
    }
    const struct linnet_event *epoch = &e->list[7];
    assert_true(epoch->best && epoch->epoch == 1 && epoch->loss == run.result.train_loss);
    assert_true(epoch->val_acc == run.result.val_acc && epoch->val_loss == run.result.val_loss);
}

/* The learning rate reported for each step follows the schedule. */
static void test_rates(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 40, 6, SHAPES);
    run = (struct run){.opts = {.epochs = 3, .batch = 10, .lr = 0.01, .warmup_epochs = 1}};
    train(f, &run);
    int step = 0;
    for (int i = 0; i < run.events.count; i++) {
        const struct linnet_event *e = &run.events.list[i];
        if (e->kind != LINNET_EVENT_STEP || e->part != LINNET_TRAIN) continue;
        double want = step < 4 ? 0.01 * (step + 1) / 4 : 0.005 * (1 + cos(3.14159265358979 * (step - 4) / 8));
        assert_true(fabs(e->lr - want) < 1e-12);
        step++;
    }
    assert_int_equal(step, 12);
}

/* ---- the best ----------------------------------------------------------------------------------------- */

static const struct linnet_event *epoch_of(const struct events *e, int epoch) {
    for (int i = 0; i < e->count; i++)
        if (e->list[i].kind == LINNET_EVENT_EPOCH && e->list[i].epoch == epoch) return &e->list[i];
    fail_msg("no epoch %d", epoch);
    return NULL;
}

/* With a validation part, the best epoch has the highest accuracy there; on a tie, the lower loss. */
static void test_best_by_validation(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 90, 12, SHAPES);
    run = (struct run){.split = "60,30",
                       .opts = {.epochs = 6, .batch = 20, .lr = 0.03, .lr_scheduler = "constant"}};
    train(f, &run);
    int best = 0;
    double acc = -1, loss = 0;
    for (int epoch = 1; epoch <= 6; epoch++) {
        const struct linnet_event *e = epoch_of(&run.events, epoch);
        bool better = e->val_acc > acc || (e->val_acc == acc && e->val_loss < loss);
        assert_int_equal(e->best, better);
        if (!better) continue;
        best = epoch;
        acc = e->val_acc;
        loss = e->val_loss;
    }
    assert_int_equal(run.result.best_epoch, best);
    assert_true(run.result.val_acc == acc && run.result.val_loss == loss);
}

/* With val_every 3, epochs 1, 3, 6 and the last are evaluated, and one of these is the best. */
static void test_val_every(void **state) {
    static const bool evaluated[] = {true, false, true, false, false, true, true};
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 90, 12, SHAPES);
    run = (struct run){.split = "60,30", .opts = {.epochs = 7, .batch = 20, .lr = 0.03, .val_every = 3}};
    train(f, &run);
    for (int epoch = 1; epoch <= 7; epoch++) {
        const struct linnet_event *e = epoch_of(&run.events, epoch);
        assert_int_equal(!isnan(e->val_acc) && !isnan(e->val_loss), evaluated[epoch - 1]);
        assert_false(e->best && !evaluated[epoch - 1]);
    }
    assert_true(evaluated[run.result.best_epoch - 1]);
    assert_true(run.result.val_acc == epoch_of(&run.events, run.result.best_epoch)->val_acc);
}

/* Patience waits for an evaluation: the epochs before it were not evaluated and may have been better. */
static void test_val_every_and_patience(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 90, 12, SHAPES);
    run = (struct run){
        .split = "60,30",
        .opts = {.epochs = 9, .batch = 20, .opt = "sgd", .lr = 1e-12, .val_every = 4, .patience = 2}};
    train(f, &run);
    assert_int_equal(run.result.best_epoch, 1);
    assert_int_equal(run.result.epochs, 4);
}

/* Without a validation part the test part is watched, but it must not influence the choice: the last epoch is kept. */
static void test_best_is_last(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 60, 12, SHAPES);
    run = (struct run){.dir = "run", .opts = {.epochs = 3, .batch = 20}};
    train(f, &run);
    for (int epoch = 1; epoch <= 3; epoch++) assert_true(epoch_of(&run.events, epoch)->best);
    assert_int_equal(run.result.best_epoch, 3);
    assert_same_params(f, "run/best.safetensors", "run/last.safetensors");
    assert_true(run.result.val_acc == run.result.test_acc);
    run = (struct run){.opts = {.epochs = 3, .batch = 20, .val_every = 2}};
    train(f, &run);
    for (int epoch = 1; epoch <= 3; epoch++) assert_true(epoch_of(&run.events, epoch)->best);
    assert_true(run.result.val_acc == run.result.test_acc);
}

/* The model in memory, the test results and best.safetensors agree. */
static void test_kept_weights(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 90, 30, SHAPES);
    struct ln_dataset *ds = open_shapes(f, "60,30");
    struct ln_model *m = model_for(ds, 5), *best;
    struct linnet_train_opts opts = {.epochs = 5, .batch = 20, .lr = 0.03, .threads = 1, .dir = in(f, "run")};
    struct linnet_result result;
    struct linnet_metrics metrics;
    int64_t confusion[SHAPES * SHAPES];
    assert_int_equal(ln_train(m, ds, &(struct linnet_data_opts){.split = "60,30"}, &opts, &result),
                     LINNET_OK);
    assert_int_equal(ln_model_open(&best, in(f, "run/best.safetensors")), LINNET_OK);
    for (size_t i = 0; i < m->net->param_count; i++)
        assert_memory_equal(m->params[i], best->params[i], ln_net_param_size(m->net, i) * sizeof(float));
    assert_int_equal(ln_evaluate(best, ds, &(struct linnet_eval_opts){.part = LINNET_TEST, .threads = 1},
                                 &metrics, confusion),
                     LINNET_OK);
    assert_true(metrics.acc == result.test_acc && fabs(metrics.loss - result.test_loss) < 1e-5);
    assert_int_equal(ln_evaluate(best, ds, &(struct linnet_eval_opts){.part = LINNET_VAL, .threads = 1},
                                 &metrics, confusion),
                     LINNET_OK);
    assert_true(metrics.acc == result.val_acc);
    ln_model_destroy(m);
    ln_model_destroy(best);
    ln_dataset_close(ds);
}

/* ---- edge cases --------------------------------------------------------------------------------------- */

/* No epochs: the untrained model is saved and tested, and nothing is reported about training. */
static void test_no_epochs(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 30, 12, SHAPES);
    run = (struct run){.dir = "run", .opts = {.epochs = LINNET_NONE}};
    train(f, &run);
    const struct linnet_result *r = &run.result;
    assert_true(r->epochs == 0 && r->best_epoch == 0);
    assert_true(isnan(r->train_loss) && isnan(r->val_acc));
    assert_int_equal(r->test_count, 12);
    assert_true(isfinite(r->test_loss));
    assert_same_params(f, "run/best.safetensors", "run/last.safetensors");
    assert_false(there(f, "run/results.csv"));
    assert_int_equal(count_events(&run.events, LINNET_EVENT_STEP, LINNET_TRAIN), 0);
}

static void test_one_class(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, 20, 5, 1);
    run = (struct run){.dir = "run", .opts = {.epochs = 1}};
    train(f, &run);
    assert_true(run.result.test_acc == 1 && fabs(run.result.test_loss) < 1e-6);
    assert_table(f, "run/predictions.csv", "path,label,predicted,probability,0", 6);
}

/* Label smoothing changes the training loss, not the reported validation loss. */
static void test_label_smoothing(void **state) {
    const struct fixture *f = *state;
    static struct run run;
    put_shapes(f, SHAPE_TRAIN, SHAPE_TEST, SHAPES);
    run = (struct run){.opts = {.epochs = 6, .batch = 20, .label_smoothing = 0.3}};
    train(f, &run);
    assert_true(run.result.test_acc > 0.95);
    /* the plain loss at the minimum of the smoothed one: -log of the largest smoothed target, 0.8 */
    assert_true(fabs(run.result.train_loss - 0.2231) < 0.08);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_learns),
        fixture_test(test_same_bits),
        fixture_test(test_another_seed),
        fixture_test(test_files),
        fixture_test(test_split_file),
        fixture_test(test_no_folder),
        fixture_test(test_tail),
        fixture_test(test_batch_beyond_data),
        fixture_test(test_batch_of_one),
        fixture_test(test_order_of_events),
        fixture_test(test_rates),
        fixture_test(test_best_by_validation),
        fixture_test(test_val_every),
        fixture_test(test_val_every_and_patience),
        fixture_test(test_best_is_last),
        fixture_test(test_kept_weights),
        fixture_test(test_no_epochs),
        fixture_test(test_one_class),
        fixture_test(test_label_smoothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
