/* Reads an outcome from a run folder. Figures that the run does not have, such as those of an empty test
 * part, are nan. The files are read as strictly as any input: users edit CSV files, and spreadsheets rewrite
 * them.
 *
 *     args.json          network, data, input size
 *     best.safetensors   the network's text, for the number of parameters
 *     results.csv        epochs, time, the best epoch
 *     split.csv          number of validation images, for the interval of their accuracy
 *     metrics.json       figures of the test part
 *     predictions.csv    which test images are right, for McNemar's test
 *
 * Only args.json and a row of results.csv are required; a run without a test part lacks the last two.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "data/csv.h"
#include "model/json.h"
#include "train/outcome.h"
#include "train/run_args.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Bytes. predictions.csv of a million images and a hundred classes has about a gigabyte. */
enum { TABLE_MOST = 1 << 30, METRICS_MOST = 1 << 26 };

/* ---- tables ---------------------------------------------------------------------------------------------- */

/* A CSV file with a header, read row by row. Columns are found by name, so additional ones do no harm. */
struct table {
    char *text, *path;
    struct ln_csv csv;
};

/* Opens the file and reads its header as the current row. *there is false if the file is missing. */
static int table_open(struct table *t, const char *dir, const char *name, bool *there) {
    unsigned char *text = NULL;
    size_t size;
    *t = (struct table){.path = ln_file_join(dir, name)};
    if (!t->path) return LINNET_ERR_LIMIT;
    *there = ln_file_exists(t->path);
    if (!*there) return LINNET_OK;
    LN_TRY(ln_file_read(t->path, TABLE_MOST, &text, &size));
    t->text = (char *)text;
    t->csv = (struct ln_csv){.path = t->path, .at = t->text, .end = t->text + size, .wide = true};
    return ln_csv_row(&t->csv);
}

static void table_close(struct table *t) {
    ln_free(t->text);
    ln_free(t->path);
}

/* The index of the column of that name; -1 if there is no such column. */
static int column(const struct table *t, const char *name) {
    for (int i = 0; i < t->csv.count; i++)
        if (strcmp(t->csv.fields[i], name) == 0) return i;
    return -1;
}

/* nan for "nan", for an empty cell and for text: the figure is then unknown, which is shown as "-". */
static double number_at(const struct table *t, int column) {
    double value;
    if (column < 0 || column >= t->csv.count) return NAN;
    return ln_text_to_double(t->csv.fields[column], -DBL_MAX, DBL_MAX, &value) ? value : NAN;
}

/* ---- args.json, best.safetensors ------------------------------------------------------------------------- */

/* *keeps_last: training kept the last epoch although there was a validation part (linnet_data_opts.hold_out). */
static int read_args(struct linnet_outcome *o, const char *dir, bool *keeps_last) {
    json_t *json = NULL;
    char *path = ln_file_join(dir, "args.json");
    int status = path ? ln_run_args_open(path, &json) : LINNET_ERR_LIMIT;
    ln_free(path);
    if (status != LINNET_OK) return status;
    const char *arch = json_string_value(json_object_get(json, "model"));
    const char *data = json_string_value(json_object_get(json, "data"));
    o->path = ln_strdup(dir);
    o->arch = ln_strdup(arch ? arch : "?");
    o->data = ln_strdup(data ? data : "?");
    const json_int_t imgsz = json_integer_value(json_object_get(json, "imgsz"));
    *keeps_last = json_integer_value(json_object_get(json, "hold_out")) > 0;
    o->imgsz = imgsz > 0 && imgsz <= INT32_MAX ? (int)imgsz : 0;
    json_decref(json);
    return o->path && o->arch && o->data ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* Counts the parameters of the network in the header of the file; the weights are not read. */
static int read_parameters(struct linnet_outcome *o, const char *dir) {
    struct ln_st_file st = {0};
    struct ln_net *net = NULL;
    char *path = ln_file_join(dir, "best.safetensors");
    if (!path) return LINNET_ERR_LIMIT;
    int status = ln_file_exists(path) ? ln_st_open(&st, path) : LINNET_OK;
    const char *text = status == LINNET_OK ? ln_st_metadata(&st, "linnet.net") : NULL;
    if (text) status = ln_net_parse(text, &net);
    if (net) o->parameters = ln_net_parameters(net);
    ln_net_destroy(net);
    ln_st_close(&st);
    ln_free(path);
    return status;
}

/* ---- results.csv, split.csv ------------------------------------------------------------------------------ */

/* Counts the images of the validation part in split.csv. */
static int count_validation(const char *dir, int64_t *count) {
    struct table t;
    bool there;
    *count = 0;
    int status = table_open(&t, dir, "split.csv", &there);
    const int part = status == LINNET_OK && there ? column(&t, "part") : -1;
    while (part >= 0 && status == LINNET_OK) {
        status = ln_csv_row(&t.csv);
        if (t.csv.count == 0) break;
        *count += part < t.csv.count && strcmp(t.csv.fields[part], "val") == 0;
    }
    table_close(&t);
    return status;
}

struct epochs {
    bool keeps_last;
    double rate; /* sum of images_per_s */
    double best_acc, best_loss;
};

/* Finds the epoch that training kept, by the same rule: the best one on the validation part, or the last one without
 * such a part, or if the part was held out. */
static void take_epoch(struct linnet_outcome *o, struct epochs *e, double acc, double loss) {
    o->epochs++;
    const bool better = acc > e->best_acc || (acc == e->best_acc && loss < e->best_loss);
    if (o->val_count && !e->keeps_last && o->best_epoch && !better) return;
    o->best_epoch = o->epochs;
    e->best_acc = acc;
    e->best_loss = loss;
}

static int read_epochs(struct linnet_outcome *o, struct table *t, struct epochs *e) {
    const int time = column(t, "time_s"), acc = column(t, "val_acc"), loss = column(t, "val_loss"),
              rate = column(t, "images_per_s");
    for (;;) {
        LN_TRY(ln_csv_row(&t->csv));
        if (t->csv.count == 0) return LINNET_OK;
        take_epoch(o, e, number_at(t, acc), number_at(t, loss));
        o->time_s = number_at(t, time);
        e->rate += number_at(t, rate);
    }
}

static void take_validation(struct linnet_outcome *o, const struct epochs *e) {
    if (o->val_count == 0) return;
    o->val_acc = e->best_acc;
    o->val_loss = e->best_loss;
    if (!isnan(o->val_acc))
        /* results.csv has the accuracy and not the number of correct images, which follows by rounding. */
        ln_wilson(llround(o->val_acc * (double)o->val_count), o->val_count, &o->val_acc_low,
                  &o->val_acc_high);
}

static int read_results(struct linnet_outcome *o, const char *dir, bool keeps_last) {
    struct table t;
    struct epochs e = {.keeps_last = keeps_last};
    bool there;
    LN_TRY(count_validation(dir, &o->val_count));
    int status = table_open(&t, dir, "results.csv", &there);
    if (status == LINNET_OK && there) status = read_epochs(o, &t, &e);
    if (status == LINNET_OK && o->epochs == 0)
        status = ln_fail(LINNET_ERR_INPUT, "run-results",
                         "%s: results.csv has no epoch yet; continue the run with linnet resume", dir);
    if (o->epochs) o->images_per_s = e.rate / o->epochs;
    take_validation(o, &e);
    table_close(&t);
    return status;
}

/* ---- metrics.json, predictions.csv ----------------------------------------------------------------------- */

static double number_of(const json_t *json, const char *key) {
    const json_t *value = json_object_get(json, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static int read_metrics(struct linnet_outcome *o, const char *dir) {
    unsigned char *text = NULL;
    size_t size;
    json_t *json = NULL;
    char *path = ln_file_join(dir, "metrics.json");
    if (!path) return LINNET_ERR_LIMIT;
    int status = ln_file_exists(path) ? ln_file_read(path, METRICS_MOST, &text, &size) : LINNET_OK;
    if (text)
        status = ln_json_parse(&json, (const char *)text, size,
                               &(struct ln_json_opts){.place = path, .code = "run-metrics"});
    const json_int_t count = json_integer_value(json_object_get(json, "count"));
    o->test_count = count > 0 ? count : 0;
    o->test_loss = number_of(json, "loss");
    o->test_acc = number_of(json, "acc");
    o->test_acc_low = number_of(json, "acc_low");
    o->test_acc_high = number_of(json, "acc_high");
    o->test_balanced_acc = number_of(json, "balanced_acc");
    o->test_ece = number_of(json, "ece");
    json_decref(json);
    ln_free(text);
    ln_free(path);
    return status;
}

static int add_image(struct ln_outcome *o, size_t *capacity, const struct table *t, const int at[3]) {
    for (int i = 0; i < 3; i++)
        if (at[i] < 0 || at[i] >= t->csv.count)
            return ln_fail(LINNET_ERR_INPUT, "run-predictions",
                           "%s: line %zu: must have a path, a label and a predicted class", t->path,
                           t->csv.line);
    struct ln_outcome_image *grown = ln_grow(o->images, o->count, capacity, sizeof *grown);
    if (!grown) return LINNET_ERR_LIMIT;
    o->images = grown;
    char *const *f = t->csv.fields;
    o->images[o->count++] = (struct ln_outcome_image){
        .path = f[at[0]], .label = f[at[1]], .right = strcmp(f[at[1]], f[at[2]]) == 0};
    return LINNET_OK;
}

static int read_images(struct ln_outcome *o, const char *dir) {
    struct table t;
    size_t capacity = 0;
    bool there;
    int status = table_open(&t, dir, "predictions.csv", &there);
    const int at[3] = {column(&t, "path"), column(&t, "label"), column(&t, "predicted")};
    while (status == LINNET_OK && there) {
        status = ln_csv_row(&t.csv);
        if (status != LINNET_OK || t.csv.count == 0) break;
        status = add_image(o, &capacity, &t, at);
    }
    o->text = t.text; /* the images point into it */
    t.text = NULL;
    table_close(&t);
    return status;
}

int ln_outcome_read(struct ln_outcome **out, const char *dir) {
    struct ln_outcome *o = ln_calloc(1, sizeof *o);
    if (!o) return LINNET_ERR_LIMIT;
    o->shown = (struct linnet_outcome){.time_s = NAN,
                                       .images_per_s = NAN,
                                       .val_loss = NAN,
                                       .val_acc = NAN,
                                       .val_acc_low = NAN,
                                       .val_acc_high = NAN};
    bool keeps_last = false;
    int status = read_args(&o->shown, dir, &keeps_last);
    if (status == LINNET_OK) status = read_parameters(&o->shown, dir);
    if (status == LINNET_OK) status = read_results(&o->shown, dir, keeps_last);
    if (status == LINNET_OK) status = read_metrics(&o->shown, dir);
    if (status == LINNET_OK) status = read_images(o, dir);
    if (status != LINNET_OK) {
        ln_outcome_destroy(o);
        return status;
    }
    ln_outcome_sort(o);
    *out = o;
    return LINNET_OK;
}
