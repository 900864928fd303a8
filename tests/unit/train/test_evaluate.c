/* Evaluation: metrics compared with the model's logits, the choice of the part, output files, refusals. */
#include "shapes.h"

#include "model/json.h"
#include "unit/base/short_memory.h"

#include <math.h>

struct scene {
    struct ln_dataset *ds;
    struct ln_model *m;
};

static struct scene scene_open(const struct fixture *f, const char *split) {
    struct scene s;
    put_shapes(f, 50, 21, SHAPES);
    s.ds = open_shapes(f, split);
    s.m = model_for(s.ds, 3);
    return s;
}

static void scene_close(struct scene *s) {
    ln_model_destroy(s->m);
    ln_dataset_close(s->ds);
}

static struct linnet_metrics evaluate(const struct scene *s, const struct linnet_eval_opts *opts,
                                      int64_t *confusion) {
    struct linnet_metrics metrics;
    struct linnet_eval_opts alone = *opts;
    alone.threads = 1; /* the work is small: more threads would only wait */
    int status = ln_evaluate(s->m, s->ds, &alone, &metrics, confusion);
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
    return metrics;
}

/* ---- numbers ------------------------------------------------------------------------------------------ */

/* One row of predictions.csv with --logits: label and logits. */
struct row {
    int label, predicted;
    float logits[SHAPES];
};

static size_t rows_read(const struct fixture *f, const char *name, struct row *rows, size_t room) {
    char *text = get(f, name, NULL), *rest;
    size_t count = 0;
    strtok_r(text, "\n", &rest);
    for (char *line; (line = strtok_r(NULL, "\n", &rest)); count++) {
        struct row *r = &rows[count];
        assert_true(count < room);
        assert_int_equal(sscanf(strchr(line, ']'), "],%d,%d,%*f,%f,%f,%f", &r->label, &r->predicted,
                                &r->logits[0], &r->logits[1], &r->logits[2]),
                         5);
    }
    ln_free(text);
    return count;
}

/* Recomputes the metrics from the logits in the file and compares. */
static void test_numbers(void **state) {
    const struct fixture *f = *state;
    struct scene s = scene_open(f, NULL);
    int64_t confusion[SHAPES * SHAPES], want[SHAPES * SHAPES] = {0};
    struct row rows[32];
    struct linnet_metrics m =
        evaluate(&s, &(struct linnet_eval_opts){.dir = in(f, "out"), .logits = true}, confusion);
    size_t count = rows_read(f, "out/predictions.csv", rows, 32);
    double loss = 0, right = 0;
    assert_int_equal(count, 21);
    for (size_t i = 0; i < count; i++) {
        const struct row *r = &rows[i];
        double sum = 0;
        int best = 0;
        for (int k = 0; k < SHAPES; k++) {
            sum += exp(r->logits[k]);
            if (r->logits[k] > r->logits[best]) best = k;
        }
        loss += log(sum) - r->logits[r->label];
        right += best == r->label;
        assert_int_equal(r->label, (int)i % SHAPES);
        assert_int_equal(r->predicted, best);
        want[r->label * SHAPES + best]++;
    }
    assert_true(m.count == 21 && m.classes == SHAPES && m.confusion == confusion);
    assert_true(fabs(m.acc - right / 21) < 1e-12 && fabs(m.loss - loss / 21) < 1e-6);
    assert_true(isnan(m.top5) && m.acc_low <= m.acc && m.acc <= m.acc_high);
    assert_memory_equal(confusion, want, sizeof want);
    scene_close(&s);
}

/* The results do not depend on the batch size (with a smaller last batch) or on the workers. */
static void test_any_batch(void **state) {
    const struct fixture *f = *state;
    static const int batches[] = {1, 4, 7, 20, 21, 22, 1000};
    struct scene s = scene_open(f, NULL);
    int64_t first[SHAPES * SHAPES], confusion[SHAPES * SHAPES];
    struct linnet_metrics want = evaluate(&s, &(struct linnet_eval_opts){0}, first);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        const struct linnet_eval_opts opts = {.batch = batches[i], .workers = 1 + (int)i % 3};
        struct linnet_metrics m = evaluate(&s, &opts, confusion);
        assert_true(m.count == 21 && fabs(m.loss - want.loss) < 1e-5);
        assert_memory_equal(confusion, first, sizeof first);
    }
    scene_close(&s);
}

/* ---- parts -------------------------------------------------------------------------------------------- */

static void test_parts(void **state) {
    const struct fixture *f = *state;
    struct scene s = scene_open(f, "40,10");
    int64_t confusion[SHAPES * SHAPES];
    assert_int_equal(evaluate(&s, &(struct linnet_eval_opts){0}, confusion).count, 21);
    assert_int_equal(evaluate(&s, &(struct linnet_eval_opts){.part = LINNET_TEST}, confusion).count, 21);
    assert_int_equal(evaluate(&s, &(struct linnet_eval_opts){.part = LINNET_VAL}, confusion).count, 10);
    assert_int_equal(evaluate(&s, &(struct linnet_eval_opts){.part = LINNET_TRAIN}, confusion).count, 40);
    size_t test = s.ds->parts[LINNET_TEST].count, val = s.ds->parts[LINNET_VAL].count;
    s.ds->parts[LINNET_TEST].count = 0;
    assert_int_equal(evaluate(&s, &(struct linnet_eval_opts){0}, confusion).count, 10);
    s.ds->parts[LINNET_VAL].count = 0;
    assert_int_equal(evaluate(&s, &(struct linnet_eval_opts){0}, confusion).count, 40);
    struct linnet_metrics metrics;
    assert_refused(
        ln_evaluate(s.m, s.ds, &(struct linnet_eval_opts){.part = LINNET_VAL}, &metrics, confusion),
        LINNET_ERR_INPUT, "data-empty", "no images");
    s.ds->parts[LINNET_TEST].count = test;
    s.ds->parts[LINNET_VAL].count = val;
    scene_close(&s);
}

/* ---- files -------------------------------------------------------------------------------------------- */

static void test_files(void **state) {
    const struct fixture *f = *state;
    struct scene s = scene_open(f, NULL);
    int64_t confusion[SHAPES * SHAPES];
    struct linnet_metrics m = evaluate(&s, &(struct linnet_eval_opts){.dir = in(f, "a/b")}, confusion);
    assert_table(f, "a/b/predictions.csv", "path,label,predicted,probability,0,1,2", 22);
    assert_picture(f, "a/b/confusion_matrix.png");
    assert_picture(f, "a/b/test_pred.png");
    size_t size;
    char *text = get(f, "a/b/metrics.json", &size);
    json_t *json;
    assert_int_equal(ln_json_parse(&json, text, size, &(struct ln_json_opts){.place = "", .code = ""}),
                     LINNET_OK);
    assert_int_equal(json_integer_value(json_object_get(json, "count")), 21);
    assert_true(fabs(json_number_value(json_object_get(json, "acc")) - m.acc) < 1e-8);
    assert_true(fabs(json_number_value(json_object_get(json, "loss")) - m.loss) < 1e-8);
    assert_true(json_is_null(json_object_get(json, "top5")));
    assert_int_equal(json_array_size(json_object_get(json, "classes")), SHAPES);
    const json_t *rows = json_object_get(json, "confusion");
    assert_int_equal(json_array_size(rows), SHAPES);
    for (size_t i = 0; i < SHAPES * SHAPES; i++)
        assert_int_equal(json_integer_value(json_array_get(json_array_get(rows, i / SHAPES), i % SHAPES)),
                         confusion[i]);
    json_decref(json);
    ln_free(text);
    scene_close(&s);
}

/* ---- stopping and refusing ---------------------------------------------------------------------------- */

static void stop_at_two(void *user, const struct linnet_event *e) {
    assert_true(e->kind == LINNET_EVENT_STEP && e->part == LINNET_TEST && e->steps == 6);
    if (e->step == 2) *(volatile int *)user = 1;
    assert_in_range(e->step, 1, 2);
}

static void test_interrupted(void **state) {
    const struct fixture *f = *state;
    struct scene s = scene_open(f, NULL);
    int64_t confusion[SHAPES * SHAPES];
    struct linnet_metrics metrics;
    volatile int stop = 0;
    const struct linnet_eval_opts opts = {
        .batch = 4, .dir = in(f, "out"), .stop = &stop, .on_event = stop_at_two, .user = (void *)&stop};
    assert_refused(ln_evaluate(s.m, s.ds, &opts, &metrics, confusion), LINNET_ERR_INTERRUPTED, "interrupted",
                   "");
    assert_false(there(f, "out"));
    scene_close(&s);
}

static void test_refused(void **state) {
    const struct fixture *f = *state;
    struct scene s = scene_open(f, NULL);
    int64_t confusion[SHAPES * SHAPES];
    struct linnet_metrics metrics;
    put_text(f, "file", "no folder");
    assert_int_equal(
        ln_evaluate(s.m, s.ds, &(struct linnet_eval_opts){.dir = in(f, "file/x")}, &metrics, confusion),
        LINNET_ERR_IO);
    ln_error_clear();
    s.ds->classes = 2;
    assert_refused(ln_evaluate(s.m, s.ds, &(struct linnet_eval_opts){0}, &metrics, confusion),
                   LINNET_ERR_INPUT, "data-classes", "has 2 classes, the model has 3");
    s.ds->classes = SHAPES;
    scene_close(&s);
}

/* Allocation n fails, or all from n on. Returns false if no allocation failed. */
static bool evaluate_failing(const struct scene *s, uint64_t n, bool for_good) {
    int64_t confusion[SHAPES * SHAPES];
    const int64_t live = ln_alloc_live();
    const uint64_t calls = ln_alloc_count();
    struct short_memory memory;
    struct linnet_metrics metrics;
    const struct linnet_eval_opts opts = {.threads = 1, .workers = 1};
    ln_error_clear();
    if (for_good)
        short_memory_begin(&memory, (int64_t)n);
    else
        ln_alloc_fail_at(n);
    int status = ln_evaluate(s->m, s->ds, &opts, &metrics, confusion);
    ln_alloc_fail_at(0);
    const bool failed = for_good ? short_memory_end(&memory) : ln_alloc_count() - calls >= n;
    if (ln_alloc_live() != live) fail_msg("call %d: blocks are left", (int)n);
    if (failed && status != LINNET_ERR_LIMIT)
        fail_msg("call %d: status %d, '%s'", (int)n, status, ln_error_line());
    return failed;
}

static void test_memory_fails(void **state) {
    const struct fixture *f = *state;
    struct scene s = scene_open(f, NULL);
    for (int for_good = 0; for_good < 2; for_good++) {
        uint64_t n = 1;
        while (evaluate_failing(&s, n, for_good)) n++;
        assert_true(n > 40);
    }
    ln_error_clear();
    scene_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_numbers),      fixture_test(test_any_batch),   fixture_test(test_parts),
        fixture_test(test_files),        fixture_test(test_interrupted), fixture_test(test_refused),
        fixture_test(test_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
