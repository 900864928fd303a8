/* Outcomes: the figures read from a run folder, the epoch that was kept, and the images that two outcomes share. */
#include "shapes.h"
#include "train/outcome.h"

#include <math.h>

/* A run folder written by hand. NULL: the file is missing. */
struct folder {
    const char *split, *results, *metrics, *predictions;
};

static void put_run(const struct fixture *f, const char *name, const struct folder *run) {
    const struct {
        const char *file, *text;
    } files[] = {
        {"args.json", "{\"data\": \"/photos\", \"model\": \"lenet5\", \"imgsz\": 32}"},
        {"split.csv", run->split},
        {"results.csv", run->results},
        {"metrics.json", run->metrics},
        {"predictions.csv", run->predictions},
    };
    put_folder(f, name);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", name, files[i].file);
        if (files[i].text) put_text(f, path, files[i].text);
    }
}

#define RESULTS "epoch,time_s,lr,train_loss,train_acc,val_loss,val_acc,images_per_s\n"

static const struct folder usual = {
    .split = "path,class,part\na,x,train\nb,x,val\nc,y,val\nd,y,val\ne,y,val\nf,x,test\n",
    .results = RESULTS "1,10.5,0.1,1,0.5,0.9,0.5,100\n2,20.5,0.1,1,0.5,0.8,0.75,200\n"
                       "3,31,0.1,1,0.5,0.7,0.75,150\n4,40,0.1,1,0.5,0.6,0.5,150\n",
    .metrics = "{\"count\": 3, \"loss\": 0.25, \"acc\": 0.5, \"acc_low\": 0.25, \"acc_high\": 0.75, "
               "\"balanced_acc\": 0.625, \"ece\": 0.125, \"top5\": null}",
    .predictions = "path,label,predicted,probability,x,y\nc/2,y,x,0.7,0.7,0.3\na/1,x,x,0.9,0.9,0.1\n"
                   "\"b,3\",x,x,0.6,0.6,0.4\n",
};

static struct ln_outcome *read_run(const struct fixture *f, const char *name) {
    struct ln_outcome *o = NULL;
    if (ln_outcome_read(&o, in(f, name)) != LINNET_OK) fail_msg("%s", ln_error_line());
    return o;
}

static void test_read(void **state) {
    const struct fixture *f = *state;
    put_run(f, "run", &usual);
    struct ln_outcome *o = read_run(f, "run");
    assert_string_equal(o->shown.arch, "lenet5");
    assert_string_equal(o->shown.data, "/photos");
    assert_int_equal(o->shown.imgsz, 32);
    assert_int_equal(o->shown.parameters, 0); /* there is no model file */
    assert_int_equal(o->shown.epochs, 4);
    assert_int_equal(o->shown.best_epoch, 3); /* of equal accuracies, the lower loss */
    assert_true(o->shown.time_s == 40 && o->shown.images_per_s == 150);
    assert_int_equal(o->shown.val_count, 4);
    assert_true(o->shown.val_acc == 0.75 && o->shown.val_loss == 0.7);
    double low, high;
    ln_wilson(3, 4, &low, &high);
    assert_true(o->shown.val_acc_low == low && o->shown.val_acc_high == high);
    assert_int_equal(o->shown.test_count, 3);
    assert_true(o->shown.test_loss == 0.25 && o->shown.test_acc == 0.5 && o->shown.test_acc_low == 0.25);
    assert_true(o->shown.test_balanced_acc == 0.625 && o->shown.test_ece == 0.125);
    assert_int_equal(o->count, 3);
    assert_string_equal(o->images[1].path, "b,3"); /* sorted */
    assert_true(o->images[0].right && o->images[1].right && !o->images[2].right);
    ln_outcome_destroy(o);
}

/* Without a validation part the last epoch is kept, and the watched test part does not count as validation. */
static void test_no_validation(void **state) {
    const struct fixture *f = *state;
    struct folder run = usual;
    run.split = "path,class,part\na,x,train\nf,x,test\n";
    run.metrics = run.predictions = NULL;
    put_run(f, "run", &run);
    struct ln_outcome *o = read_run(f, "run");
    assert_int_equal(o->shown.best_epoch, 4);
    assert_int_equal(o->shown.val_count, 0);
    assert_true(isnan(o->shown.val_acc) && isnan(o->shown.val_acc_low));
    assert_int_equal(o->shown.test_count, 0);
    assert_true(isnan(o->shown.test_acc));
    assert_int_equal(o->count, 0);
    ln_outcome_destroy(o);
}

static struct linnet_pair pair_of(const struct fixture *f, const char *first, const char *second) {
    struct ln_outcome *a = read_run(f, first), *b = read_run(f, second);
    struct linnet_pair pair;
    ln_outcome_pair(a, b, &pair);
    ln_outcome_destroy(a);
    ln_outcome_destroy(b);
    return pair;
}

/* The same images in another order; then with another label; then one fewer. */
static void test_pairs(void **state) {
    const struct fixture *f = *state;
    struct folder run = usual;
    put_run(f, "a", &usual);
    run.predictions = "path,label,predicted\na/1,x,y\n\"b,3\",x,y\nc/2,y,y\n";
    put_run(f, "b", &run);
    struct linnet_pair pair = pair_of(f, "a", "b");
    assert_int_equal(pair.count, 3);
    assert_int_equal(pair.first_only, 2);
    assert_int_equal(pair.second_only, 1);
    assert_true(pair.p == 1);
    run.predictions = "path,label,predicted\na/1,y,y\n\"b,3\",x,y\nc/2,y,y\n";
    put_run(f, "b", &run);
    pair = pair_of(f, "a", "b");
    assert_int_equal(pair.count, 0);
    assert_true(isnan(pair.p));
    run.predictions = "path,label,predicted\na/1,x,y\nc/2,y,y\n";
    put_run(f, "b", &run);
    assert_int_equal(pair_of(f, "a", "b").count, 0);
}

/* The outcome of an evaluation in memory equals the one read from its files. */
static void test_of_an_evaluation(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 50, 21, SHAPES);
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = model_for(ds, 3);
    float logits[4 * SHAPES] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0};
    int32_t labels[4] = {0, 1, 2, 1};
    uint32_t indices[4] = {53, 51, 52, 60};
    const struct ln_scores scores = {
        .classes = SHAPES, .count = 4, .logits = logits, .labels = labels, .indices = indices};
    const struct linnet_metrics metrics = {.count = 4, .acc = 0.75, .loss = 0.5, .ece = 0.25};
    struct ln_outcome *o;
    assert_int_equal(ln_outcome_of(&o, "m.safetensors", m, ds, &scores, &metrics), LINNET_OK);
    assert_string_equal(o->shown.path, "m.safetensors");
    assert_string_equal(o->shown.arch, "lenet");
    assert_int_equal(o->shown.parameters, ln_net_parameters(m->net));
    assert_true(o->shown.test_acc == 0.75 && o->shown.test_ece == 0.25 && isnan(o->shown.val_acc));
    assert_int_equal(o->count, 4);
    assert_string_equal(o->images[0].path, "t10k-images-idx3-ubyte[10]"); /* sorted by name */
    assert_string_equal(o->images[0].label, "1");
    assert_false(o->images[0].right);
    assert_string_equal(o->images[3].path, "t10k-images-idx3-ubyte[3]");
    assert_string_equal(o->images[3].label, "0");
    for (int i = 1; i < 4; i++) assert_true(o->images[i].right);
    struct linnet_pair pair;
    ln_outcome_pair(o, o, &pair);
    assert_true(pair.count == 4 && pair.p == 1);
    ln_outcome_destroy(o);
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

static void test_refusals(void **state) {
    const struct fixture *f = *state;
    struct ln_outcome *o = NULL;
    struct folder run = usual;
    assert_int_equal(ln_outcome_read(&o, in(f, "nothing")), LINNET_ERR_INPUT);
    ln_error_clear();
    run.results = RESULTS;
    put_run(f, "run", &run);
    assert_int_equal(ln_outcome_read(&o, in(f, "run")), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "run-results");
    ln_error_clear();
    run = usual;
    run.predictions = "path,label\na,x\n";
    put_run(f, "run", &run);
    assert_int_equal(ln_outcome_read(&o, in(f, "run")), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "run-predictions");
    ln_error_clear();
    assert_null(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_read),     fixture_test(test_no_validation),
        fixture_test(test_pairs),    fixture_test(test_of_an_evaluation),
        fixture_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
