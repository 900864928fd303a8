/* The public tables, row by row: bounds and names, as text and in the struct; defaults; writing and reading args.json. */
#include "shapes.h"

#include "base/option.h"
#include "train/run_args.h"

#include <math.h>

static linnet_option_fn *const tables[] = {
    linnet_data_options,    linnet_check_options,        linnet_model_options, linnet_fetch_options,
    linnet_summary_options, linnet_train_options,        linnet_eval_options,  linnet_predict_options,
    linnet_bench_options,   linnet_bench_loader_options, linnet_clean_options, linnet_lr_find_options,
    linnet_explain_options, linnet_embed_options,
};
enum { TABLES = sizeof tables / sizeof *tables };

/* Room for any of the structs. */
union any {
    struct linnet_data_opts data;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    struct linnet_bench_opts bench;
    char bytes[1024];
};

static bool is_number(const struct linnet_option *o) {
    return o->type != LINNET_OPTION_BOOL && o->type != LINNET_OPTION_STRING;
}

static bool is_whole(const struct linnet_option *o) {
    return o->type == LINNET_OPTION_INT || o->type == LINNET_OPTION_INT64;
}

static void put_number(const struct linnet_option *o, union any *opts, double value) {
    void *at = opts->bytes + o->offset;
    if (o->type == LINNET_OPTION_INT) *(int *)at = (int)value;
    if (o->type == LINNET_OPTION_INT64) *(int64_t *)at = (int64_t)value;
    if (!is_whole(o)) *(double *)at = value;
}

static struct linnet_option alone;

static const struct linnet_option *one_row(int index) {
    return index == 0 ? &alone : NULL;
}

/* Checks one row alone; check_company() covers the option that it requires. */
static int check_alone(const struct linnet_option *o, const union any *opts) {
    alone = *o;
    alone.goes_with = alone.not_with = NULL;
    return ln_options_check(one_row, opts);
}

static int parse(const struct linnet_option *o, union any *opts, double value) {
    char text[64];
    struct linnet_option with_flag = *o;
    if (!o->flag) with_flag.flag = "none"; /* for the message */
    snprintf(text, sizeof text, is_whole(o) ? "%.0f" : "%.17g", value);
    if (o->type == LINNET_OPTION_SECONDS) strcat(text, "s");
    return ln_option_parse(&with_flag, opts, text);
}

static void assert_bound(const struct linnet_option *o, double value, bool inside) {
    union any opts = {0};
    const char *what = inside ? "refused" : "accepted";
    int status = parse(o, &opts, value), wanted = inside ? LINNET_OK : LINNET_ERR_USAGE;
    if (status != wanted) fail_msg("%s: the text %.17g is %s", o->name, value, what);
    ln_error_clear();
    if (value == 0) return; /* in a struct 0 is the default */
    opts = (union any){0};
    put_number(o, &opts, value);
    if (value == LINNET_NONE && o->zero_is_none) wanted = LINNET_OK;
    if (check_alone(o, &opts) != wanted) fail_msg("%s: the value %.17g is %s", o->name, value, what);
    ln_error_clear();
}

static void check_range(const struct linnet_option *o) {
    assert_true(o->max > o->min && o->min >= 0);
    assert_bound(o, o->min, true);
    assert_bound(o, o->max, true);
    assert_bound(o, o->min + (o->max - o->min) / 2, true);
    assert_bound(o, -1, false);
    assert_bound(o, -2, false);
    assert_bound(o, is_whole(o) ? o->max + fmax(1, o->max * 1e-12) : o->max * 1.0001, false);
    if (o->min > 0) assert_bound(o, is_whole(o) ? o->min - 1 : o->min / 2, false);
    if (is_whole(o)) return;
    assert_bound(o, NAN, false);
    assert_bound(o, INFINITY, false);
    assert_bound(o, -INFINITY, false);
}

static void check_names(const struct linnet_option *o) {
    union any opts = {0};
    const char **field = (const char **)(opts.bytes + o->offset), *name;
    for (int i = 0; (name = o->choice(i)); i++) {
        char wrong[64];
        assert_int_equal(ln_option_parse(o, &opts, name), LINNET_OK);
        assert_string_equal(*field, name);
        assert_int_equal(check_alone(o, &opts), LINNET_OK);
        snprintf(wrong, sizeof wrong, "%sx", name);
        assert_refused(ln_option_parse(o, &opts, wrong), LINNET_ERR_USAGE, "option-name", "did you mean ");
        assert_string_equal(*field, name);
        *field = wrong;
        assert_refused(check_alone(o, &opts), LINNET_ERR_USAGE, "option-name", "did you mean ");
    }
    *field = "";
    assert_refused(check_alone(o, &opts), LINNET_ERR_USAGE, "option-name", o->choice(0));
}

static void check_default(const struct linnet_option *o) {
    char text[256];
    ln_option_default(o, text, sizeof text);
    assert_true(strlen(text) < sizeof text - 1);
    if (is_number(o)) assert_true(o->preset == 0 || (o->preset >= o->min && o->preset <= o->max));
    bool known = !o->preset_name || !o->choice;
    for (int i = 0; !known && o->choice(i); i++) known = !strcmp(o->choice(i), o->preset_name);
    assert_true(known);
}

/* The row's number; -1 if there is none. */
static int find(linnet_option_fn *table, const char *name) {
    for (int i = 0; table(i); i++)
        if (strcmp(table(i)->name, name) == 0) return i;
    return -1;
}

/* The option that a row requires has an earlier row, and some of its values do not allow the row. */
static void check_company(linnet_option_fn *table, int index) {
    const struct linnet_option *o = table(index);
    int allowing = 0, all = 0;
    if (o->not_with) assert_true(find(table, o->not_with) >= 0);
    if (!o->goes_with) return;
    assert_in_range(find(table, o->goes_with), 0, index - 1);
    const struct linnet_option *other = table(find(table, o->goes_with));
    if (o->flag) assert_non_null(other->flag);
    if (!o->goes_with_choice) return;
    for (; other->choice(all); all++) allowing += o->goes_with_choice(other->choice(all));
    assert_true(allowing > 0 && allowing < all);
    assert_false(o->goes_with_choice("no such name"));
}

static void test_rows(void **state) {
    for (int t = 0; t < TABLES; t++) {
        linnet_option_fn *table = tables[t];
        const struct linnet_option *o;
        for (int i = 0; (o = table(i)); i++) {
            assert_int_equal(find(table, o->name), i); /* no name twice */
            assert_true(o->sized && o->offset >= sizeof(size_t));
            assert_non_null(o->help);
            assert_true(o->offset < sizeof(union any));
            assert_true(o->letter == 0 || o->flag);
            if (is_number(o)) check_range(o);
            if (o->choice) check_names(o);
            check_default(o);
            check_company(table, i);
        }
        assert_int_equal(ln_options_check(table, &(union any){0}), LINNET_OK);
        union any defaults = {0};
        ln_options_default(table, &defaults);
        assert_int_equal(ln_options_check(table, &defaults), LINNET_OK);
    }
}

/* ---- args.json ------------------------------------------------------------------------------------------ */

static const char *const said[] = {"opt", "nesterov", "lr_scheduler", "step", "class_weights", "auto"};
enum { SAID = sizeof said / sizeof *said };

/* Sets every row to a value other than its default; the values are allowed together. */
static struct linnet_train_opts unusual(bool none) {
    struct linnet_train_opts opts = {0};
    const struct linnet_option *o;
    for (int k = 0; (o = linnet_train_options(k)); k++) {
        const char *text = "any name";
        char number[64];
        for (int i = 0; o->choice && o->choice(i); i++) text = o->choice(i);
        for (int i = 0; i < SAID; i += 2) text = strcmp(o->name, said[i]) != 0 ? text : said[i + 1];
        if (is_number(o)) {
            const double value = none && o->zero_is_none ? 0 : o->min + (o->max - o->min) / 3;
            snprintf(number, sizeof number, is_whole(o) ? "%.0f%s" : "%.17g%s", value,
                     o->type == LINNET_OPTION_SECONDS ? "s" : "");
            text = number;
        }
        assert_int_equal(ln_option_parse(o, &opts, o->type == LINNET_OPTION_BOOL ? NULL : text), LINNET_OK);
    }
    return opts;
}

static void assert_same(const struct linnet_option *o, const struct linnet_train_opts *a,
                        const struct linnet_train_opts *b) {
    const char *left = (const char *)a + o->offset, *right = (const char *)b + o->offset;
    if (o->type == LINNET_OPTION_STRING)
        assert_string_equal(*(const char *const *)left, *(const char *const *)right);
    else if (memcmp(left, right, ln_option_size(o)) != 0)
        fail_msg("%s is not the same after args.json", o->name);
}

static struct ln_model *small_model(void) {
    struct ln_net *net;
    struct ln_model *m;
    assert_int_equal(
        ln_arch_build("lenet", &(struct ln_arch_opts){.classes = 3, .channels = 1, .imgsz = 20}, &net),
        LINNET_OK);
    assert_int_equal(ln_model_create(&m, "lenet", net, 1), LINNET_OK);
    return m;
}

static void test_args_json(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 30, 6, 3);
    struct ln_dataset *ds = open_shapes(f, NULL);
    struct ln_model *m = small_model();
    for (int none = 0; none < 2; none++) {
        struct linnet_train_opts wrote = unusual(none), read;
        assert_int_equal(ln_run_args_write(in(f, "."), m, ds, &(struct linnet_data_opts){0}, &wrote),
                         LINNET_OK);
        assert_int_equal(ln_run_args_read(in(f, "."), &read), LINNET_OK);
        const struct linnet_option *o;
        for (int i = 0; (o = linnet_train_options(i)); i++)
            if (o->key) assert_same(o, &wrote, &read);
        ln_run_args_free(&read);
    }
    ln_model_destroy(m);
    ln_dataset_close(ds);
}

/* A file of an earlier version: some keys are missing, one is unknown, and there is a step size although the schedule
 * takes none. */
static void test_older_args_json(void **state) {
    const struct fixture *f = *state;
    struct linnet_train_opts opts;
    struct ln_model *m = small_model();
    put_text(
        f, "args.json",
        "{\"data\": \"x\", \"split\": null, \"epochs\": 9, \"batch_size\": 20, \"opt\": \"adam\", \"lr\": "
        "0.001, "
        "\"momentum\": 0.0, \"weight_decay\": 0.0001, \"lr_scheduler\": \"cosine\", \"warmup_epochs\": 0.0, "
        "\"step_epochs\": 3, \"gone\": 1, \"threads\": 1, \"workers\": 1, \"cache_mb\": 0}");
    assert_int_equal(ln_run_args_read(in(f, "."), &opts), LINNET_OK);
    struct linnet_train_opts resolved = opts;
    assert_int_equal(ln_train_resolve(&resolved, m), LINNET_OK);
    assert_true(resolved.epochs == 9 && resolved.batch == 20 && resolved.step_epochs == 0);
    assert_true(resolved.momentum == LINNET_NONE && resolved.cache_mb == LINNET_NONE &&
                resolved.warmup_epochs == 0);
    assert_string_equal(resolved.augment, "shift"); /* a key that is missing has today's default */
    ln_run_args_free(&opts);
    ln_model_destroy(m);
}

static void test_wrong_types(void **state) {
    const struct fixture *f = *state;
    static const char *const wrong[][2] = {{"\"epochs\": 1.5", "'epochs' must be an integer"},
                                           {"\"epochs\": -1", "'epochs' must be an integer"},
                                           {"\"lr\": \"x\"", "'lr' must be a number"},
                                           {"\"strict\": 1", "'strict' must be true or false"},
                                           {"\"opt\": 1", "'opt' must be a string"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct linnet_train_opts opts;
        char text[64];
        snprintf(text, sizeof text, "{%s}", wrong[i][0]);
        put_text(f, "args.json", text);
        assert_refused(ln_run_args_read(in(f, "."), &opts), LINNET_ERR_INPUT, "run-args", wrong[i][1]);
        ln_run_args_free(&opts);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        fixture_test(test_args_json),
        fixture_test(test_older_args_json),
        fixture_test(test_wrong_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
