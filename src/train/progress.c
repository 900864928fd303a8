/* Progress as JSON, the metadata "linnet.checkpoint" of last.safetensors. Numbers are printed with all their digits:
 * a resumed run must print the same results.csv. */
#include "train/progress.h"
#include "base/text.h"
#include "model/json.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* ---- print --------------------------------------------------------------------------------------------- */

static void add_real(struct ln_text *t, const char *name, double value) {
    ln_text_addf(t, ", \"%s\": ", name);
    ln_text_add_real(t, value);
}

static void add_whole(struct ln_text *t, const char *name, int64_t value) {
    ln_text_addf(t, ", \"%s\": %lld", name, (long long)value);
}

/* The columns of the history. Times are missing here: they are in results.csv, and no result depends on
 * them. */
static const size_t columns[] = {
    offsetof(struct ln_epoch, lr),        offsetof(struct ln_epoch, train_loss),
    offsetof(struct ln_epoch, train_acc), offsetof(struct ln_epoch, val_loss),
    offsetof(struct ln_epoch, val_acc),
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static double *cell(struct ln_epoch *row, int column) {
    return (double *)((char *)row + columns[column]);
}

/* The number of rows: the complete epochs and the current one. */
static int rows_of(const struct ln_progress *p, const struct ln_progress_of *of) {
    return p->epoch < of->epochs ? p->epoch : of->epochs;
}

static void add_history(struct ln_text *t, const struct ln_progress *p, int rows) {
    ln_text_add(t, ", \"history\": [");
    for (int i = 0; i < rows; i++) {
        ln_text_add(t, i ? ", [" : "[");
        for (int c = 0; c < COLUMNS; c++) {
            if (c) ln_text_add(t, ", ");
            ln_text_add_real(t, *cell(&p->history[i], c));
        }
        ln_text_add(t, "]");
    }
    ln_text_add(t, "]");
}

int ln_progress_print(const struct ln_progress *p, const struct ln_progress_of *of, char **json) {
    struct ln_text t = {0};
    ln_text_addf(&t, "{\"opt\": \"%s\"", of->opt);
    add_whole(&t, "seed", (int64_t)of->seed);
    add_whole(&t, "batch", of->batch);
    add_whole(&t, "epochs", of->epochs);
    add_whole(&t, "manifest", of->manifest);
    add_whole(&t, "epoch", p->epoch);
    add_whole(&t, "step", p->step);
    add_whole(&t, "count", p->tally.count);
    add_whole(&t, "correct", p->tally.correct);
    add_whole(&t, "top5", p->tally.top5);
    add_real(&t, "loss", p->tally.loss);
    add_whole(&t, "steps", p->steps);
    add_whole(&t, "updates", (int64_t)p->updates);
    add_whole(&t, "last_good", p->last_good);
    add_whole(&t, "bad_steps", p->bad_steps);
    add_whole(&t, "best_epoch", p->best_epoch);
    add_whole(&t, "best_sum", p->best_sum);
    if (p->position > 0) add_real(&t, "position", p->position);
    add_real(&t, "val_acc", p->val_acc);
    add_real(&t, "val_loss", p->val_loss);
    add_history(&t, p, rows_of(p, of));
    ln_text_add(&t, ", \"skipped\": ");
    ln_skipped_print(&p->skipped, &t);
    ln_text_add(&t, "}");
    return ln_text_take(&t, json);
}

/* ---- parse --------------------------------------------------------------------------------------------- */

/* The first failure is kept and later ones are ignored, so that the fields can be read one after the other
 * without a test for each. */
struct reading {
    const json_t *json;
    const char *place;
    int status; /* of what was read so far */
};

static void fail(struct reading *r, const char *name) {
    if (r->status == LINNET_OK)
        r->status =
            ln_fail(LINNET_ERR_INPUT, "ckpt-progress",
                    "%s: linnet.checkpoint: '%s' is missing or has a wrong type or value", r->place, name);
}

static int64_t whole(struct reading *r, const char *name, int64_t least, int64_t most) {
    const json_t *value = json_object_get(r->json, name);
    if (json_is_integer(value) && json_integer_value(value) >= least && json_integer_value(value) <= most)
        return json_integer_value(value);
    fail(r, name);
    return least;
}

/* null stands for nan. */
static double number(struct reading *r, const json_t *value, const char *name) {
    if (json_is_null(value)) return NAN;
    if (!json_is_number(value)) fail(r, name);
    return json_number_value(value);
}

static double real(struct reading *r, const char *name) {
    return number(r, json_object_get(r->json, name), name);
}

static void read_history(struct reading *r, struct ln_progress *p, int rows) {
    const json_t *history = json_object_get(r->json, "history");
    if (json_array_size(history) != (size_t)rows) fail(r, "history");
    for (int i = 0; i < rows && r->status == LINNET_OK; i++) {
        const json_t *row = json_array_get(history, (size_t)i);
        if (json_array_size(row) != COLUMNS) fail(r, "history");
        for (int c = 0; c < COLUMNS && r->status == LINNET_OK; c++)
            *cell(&p->history[i], c) = number(r, json_array_get(row, (size_t)c), "history");
    }
}

/* Checks that the checkpoint belongs to this run: the same options and the same data. Options that change the
 * result would otherwise be mixed from two runs; the manifest is a sum over the names of all images. */
static void check(struct reading *r, const struct ln_progress_of *of) {
    const char *opt = json_string_value(json_object_get(r->json, "opt"));
    const char *other = NULL;
    if (!opt || strcmp(opt, of->opt) != 0) other = "optimiser";
    if (whole(r, "batch", 1, INT32_MAX) != of->batch) other = "batch size";
    if (whole(r, "epochs", 0, INT32_MAX) != of->epochs) other = "number of epochs";
    if ((uint64_t)whole(r, "seed", INT64_MIN, INT64_MAX) != of->seed) other = "seed";
    if (r->status == LINNET_OK && other)
        r->status = ln_fail(LINNET_ERR_INPUT, "ckpt-other",
                            "%s: the checkpoint was written with a different %s from that in args.json",
                            r->place, other);
    if (whole(r, "manifest", 0, UINT32_MAX) != of->manifest && r->status == LINNET_OK)
        r->status = ln_fail(LINNET_ERR_INPUT, "ckpt-data",
                            "%s: the data has changed since the run began (files were added, removed or "
                            "renamed), so the run cannot continue to the same result",
                            r->place);
}

static void read_all(struct reading *r, struct ln_progress *p, const struct ln_progress_of *of) {
    p->epoch = (int)whole(r, "epoch", 1, (int64_t)of->epochs + 1);
    p->step = (int)whole(r, "step", 0, INT32_MAX);
    p->tally.count = whole(r, "count", 0, INT64_MAX);
    p->tally.correct = whole(r, "correct", 0, INT64_MAX);
    p->tally.top5 = whole(r, "top5", 0, INT64_MAX);
    p->tally.loss = real(r, "loss");
    p->steps = (uint32_t)whole(r, "steps", 0, UINT32_MAX);
    p->updates = (uint64_t)whole(r, "updates", 0, UINT32_MAX);
    p->last_good = (uint32_t)whole(r, "last_good", 0, UINT32_MAX);
    p->bad_steps = (int)whole(r, "bad_steps", 0, INT32_MAX);
    p->best_sum = json_object_get(r->json, "best_sum") ? whole(r, "best_sum", -1, UINT32_MAX) : -1;
    const bool some = p->epoch > 1 && p->best_sum >= 0;
    p->best_epoch = (int)whole(r, "best_epoch", some, p->epoch - 1); /* 0: none, or lost */
    p->position = json_object_get(r->json, "position") ? real(r, "position") : 0;
    if (!(p->position >= 0 && p->position <= 1)) fail(r, "position");
    p->val_acc = real(r, "val_acc");
    p->val_loss = real(r, "val_loss");
    read_history(r, p, rows_of(p, of));
    if (!ln_skipped_parse(&p->skipped, json_object_get(r->json, "skipped"))) fail(r, "skipped");
}

int ln_progress_parse(struct ln_progress *p, const struct ln_progress_of *of, const char *place,
                      const char *text) {
    json_t *json;
    LN_TRY(ln_json_parse(&json, text, strlen(text),
                         &(struct ln_json_opts){.place = place, .code = "ckpt-progress"}));
    struct reading r = {.json = json, .place = place};
    check(&r, of);
    if (r.status == LINNET_OK) read_all(&r, p, of);
    json_decref(json);
    return r.status;
}
