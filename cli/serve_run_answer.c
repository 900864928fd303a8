/* The answers about runs: the list, a run, its pictures. A client that has the latest answer gets status 304, and no file is
 * opened. */
#include "clock.h"
#include "json.h"
#include "serve_explain.h"
#include "serve_request.h"
#include "serve_routes.h"
#include "serve_run.h"
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PICTURE_MOST = 32 << 20 };

/* The only files of the folder that are served. */
static const char map[] = "map.png";
static const char *const pictures[] = {"train_batch.png",
                                       "worst_mistakes.png",
                                       "top_losses.png",
                                       "test_pred.png",
                                       "confusion_matrix.png",
                                       "most_confident.png",
                                       map};
enum { PICTURES = sizeof pictures / sizeof *pictures };

/* Opens the folder of the picture; the caller closes it. Negative on failure. `linnet embed RUN -o RUN/embed` draws the
 * map. */
static int picture_folder(int folder, const char *name) {
    if (strcmp(name, map) != 0) return dup(folder);
    return openat(folder, "embed", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static uint64_t picture_stamp(int folder, const char *name) {
    const int at = picture_folder(folder, name);
    const uint64_t stamp = at < 0 ? 0 : serve_run_file_stamp(at, name);
    if (at >= 0) close(at);
    return stamp;
}

/* ---- finding a run ----------------------------------------------------------------------------------------- */

struct search {
    const char *name;
    struct serve_runs_visit found;
    char path[4096];
};

/* Keeps a descriptor of its own for the requested run. */
static bool compare(void *user, const struct serve_runs_visit *v) {
    struct search *s = user;
    if (strcmp(v->name, s->name) != 0) return true;
    snprintf(s->path, sizeof s->path, "%s", v->path);
    s->found = (struct serve_runs_visit){s->name, s->path, dup(v->folder)};
    return false;
}

/* Finds the run of the request's {name}; the caller closes its folder. False after a refusal. */
static bool find(struct serve_request *r, struct search *s) {
    *s = (struct search){.name = r->name, .found.folder = -1};
    serve_runs_each(&r->serve->runs, compare, s);
    if (s->found.folder >= 0) return true;
    serve_refuse(r, 404, "serve-run", "no run '%s' is watched; /runs.json lists them", r->name);
    return false;
}

/* ---- JSON -------------------------------------------------------------------------------------------------- */

static void put_text(struct linnet_json *json, const char *key, const char *text) {
    linnet_json_string(json, key, *text ? text : NULL);
}

/* The last row that was evaluated, and the best one: by accuracy, of equal ones by loss. */
static int best_row(const struct serve_run *run) {
    enum { LOSS = 5, ACC = 6 };
    int best = -1;
    for (int i = 0; i < run->row_count; i++) {
        const double *row = run->rows[i], *than = best < 0 ? NULL : run->rows[best];
        if (!isfinite(row[ACC])) continue;
        if (!than || row[ACC] > than[ACC] || (row[ACC] == than[ACC] && row[LOSS] < than[LOSS])) best = i;
    }
    return best;
}

static void put_progress(const struct serve_run *run, struct linnet_json *json) {
    const struct serve_run_progress *p = &run->progress;
    linnet_json_begin(json, "progress", '{');
    put_text(json, "part", p->part);
    put_text(json, "watched", p->watched);
    for (int i = 0; i < SERVE_RUN_NUMBERS; i++) linnet_json_double(json, serve_run_numbers[i], p->numbers[i]);
    put_text(json, "message", p->message);
    linnet_json_end(json);
}

/* The members that the table of runs shows. */
static void put_summary(const struct serve_run *run, const char *name, struct linnet_json *json) {
    const int best = best_row(run);
    const double *last = run->row_count ? run->rows[run->row_count - 1] : NULL;
    linnet_json_string(json, "name", name);
    linnet_json_string(json, "path", run->path);
    linnet_json_string(json, "state", run->state);
    linnet_json_double(json, "age_s", run->age_s);
    put_text(json, "problem", run->problem);
    put_text(json, "arch", serve_run_setting(run, "model"));
    put_text(json, "data", serve_run_setting(run, "data"));
    linnet_json_double(json, "planned", strtod(serve_run_setting(run, "epochs"), NULL));
    linnet_json_double(json, "done", last ? last[0] : 0);
    linnet_json_double(json, "time_s", last ? last[1] : NAN);
    linnet_json_double(json, "images_per_s", last ? last[7] : NAN);
    linnet_json_double(json, "best_epoch", best < 0 ? NAN : run->rows[best][0]);
    linnet_json_double(json, "val_loss", best < 0 ? NAN : run->rows[best][5]);
    linnet_json_double(json, "val_acc", best < 0 ? NAN : run->rows[best][6]);
    linnet_json_double(json, "test_acc", run->test_acc);
    linnet_json_double(json, "test_acc_low", run->test_acc_low);
    linnet_json_double(json, "test_acc_high", run->test_acc_high);
    linnet_json_double(json, "test_loss", run->test_loss);
    linnet_json_double(json, "test_count", run->test_count);
    put_progress(run, json);
}

static void put_history(const struct serve_run *run, struct linnet_json *json) {
    linnet_json_begin(json, "history", '{');
    for (int c = 0; c < SERVE_RUN_COLUMNS; c++) {
        linnet_json_begin(json, serve_run_columns[c], '[');
        for (int i = 0; i < run->row_count; i++) linnet_json_double(json, NULL, run->rows[i][c]);
        linnet_json_end(json);
    }
    linnet_json_end(json);
}

static void put_mistakes(const struct serve_run *run, struct linnet_json *json) {
    linnet_json_double(json, "mistakes_epoch", run->mistakes_epoch);
    linnet_json_begin(json, "mistakes", '[');
    for (int i = 0; i < run->mistake_count; i++) {
        const struct serve_run_mistake *m = &run->mistakes[i];
        linnet_json_begin(json, NULL, '{');
        linnet_json_string(json, "path", m->path);
        linnet_json_string(json, "label", m->label);
        linnet_json_string(json, "predicted", m->predicted);
        linnet_json_double(json, "probability", m->probability);
        linnet_json_double(json, "loss", m->loss);
        linnet_json_end(json);
    }
    linnet_json_end(json);
}

/* The version of a picture changes when the picture is redrawn. */
static void put_pictures(int folder, struct linnet_json *json) {
    char version[20];
    linnet_json_begin(json, "pictures", '{');
    for (int i = 0; i < PICTURES; i++) {
        const uint64_t stamp = picture_stamp(folder, pictures[i]);
        snprintf(version, sizeof version, "%016jx", (uintmax_t)stamp);
        if (stamp) linnet_json_string(json, pictures[i], version);
    }
    linnet_json_end(json);
}

static void put_settings(const struct serve_run *run, struct linnet_json *json) {
    linnet_json_begin(json, "settings", '{');
    for (int i = 0; i < run->setting_count; i++)
        linnet_json_string(json, run->settings[i].key, run->settings[i].value);
    linnet_json_end(json);
}

/* ---- the list ---------------------------------------------------------------------------------------------- */

static bool add_stamp(void *user, const struct serve_runs_visit *v) {
    uint64_t *stamp = user;
    *stamp = (*stamp ^ serve_run_stamp(v->folder)) * 0x100000001b3u;
    for (const char *c = v->name; *c; c++) *stamp = (*stamp ^ (unsigned char)*c) * 0x100000001b3u;
    return true;
}

static bool put_run(void *json, const struct serve_runs_visit *v) {
    struct serve_run *run = serve_run_read(v);
    if (!run) return false;
    linnet_json_begin(json, NULL, '{');
    put_summary(run, v->name, json);
    linnet_json_end(json);
    serve_run_free(run);
    return true;
}

void serve_runs_list(struct serve_request *r) {
    const struct serve *s = r->serve;
    uint64_t stamp = 0xcbf29ce484222325u;
    serve_runs_each(&s->runs, add_stamp, &stamp);
    if (serve_answer_unchanged(r, stamp)) return;
    bool many = false;
    for (int i = 0; i < s->runs.count; i++) many |= s->runs.roots[i].many;
    FILE *out = serve_answer_begin(r);
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "version", linnet_version());
        linnet_json_int(&json, "models", s->model_count);
        linnet_json_bool(&json, "folder", many || s->runs.count != 1);
        linnet_json_begin(&json, "runs", '[');
        serve_runs_each(&s->runs, put_run, &json);
        linnet_json_end(&json);
        linnet_json_end(&json);
    }
    serve_answer_end(r, 200, "application/json");
}

/* ---- one run ----------------------------------------------------------------------------------------------- */

static void answer_run(struct serve_request *r, const struct serve_runs_visit *v) {
    const bool explains = r->serve->explain && serve_explain_can(v->folder);
    uint64_t stamp = serve_run_stamp(v->folder) * 2 + explains;
    atomic_store(&r->serve->looked, cli_clock_now());
    for (int i = 0; i < PICTURES; i++)
        stamp = (stamp ^ picture_stamp(v->folder, pictures[i])) * 0x100000001b3u;
    if (serve_answer_unchanged(r, stamp)) return;
    struct serve_run *run = serve_run_read(v);
    FILE *out = run ? serve_answer_begin(r) : NULL;
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        linnet_json_begin(&json, NULL, '{');
        put_summary(run, v->name, &json);
        put_history(run, &json);
        put_mistakes(run, &json);
        linnet_json_bool(&json, "explains", explains);
        put_pictures(v->folder, &json);
        put_settings(run, &json);
        linnet_json_end(&json);
    }
    serve_answer_end(r, 200, "application/json");
    serve_run_free(run);
}

void serve_run_json(struct serve_request *r) {
    struct search s;
    if (!find(r, &s)) return;
    answer_run(r, &s.found);
    close(s.found.folder);
}

/* ---- pictures ---------------------------------------------------------------------------------------------- */

static void answer_picture(struct serve_request *r, int folder, const char *name) {
    char why[SERVE_RUN_WHY] = "";
    size_t size = 0;
    if (serve_answer_unchanged(r, picture_stamp(folder, name))) return;
    const int at = picture_folder(folder, name);
    char *bytes = at < 0 ? NULL : serve_run_file_read(at, name, PICTURE_MOST, &size, why);
    if (at >= 0) close(at);
    if (!bytes) {
        serve_refuse(r, 404, "serve-picture", "%s", *why ? why : "the run has not drawn this picture");
        return;
    }
    r->text = bytes;
    r->length = size;
    r->status = 200;
    r->type = "image/png";
}

void serve_run_picture(struct serve_request *r) {
    struct search s;
    const char *name = NULL;
    for (int i = 0; i < PICTURES; i++)
        if (!strcmp(pictures[i], r->file)) name = pictures[i];
    if (!name) {
        serve_refuse(r, 404, "serve-path", "there is nothing at this path; see /openapi.json");
        return;
    }
    if (!find(r, &s)) return;
    answer_picture(r, s.found.folder, name);
    close(s.found.folder);
}

/* ---- explanations ------------------------------------------------------------------------------------------ */

/* The job of the request's {name} and {file}; NULL after a refusal. */
static struct serve_explain_job *find_mistake(struct serve_request *r) {
    struct search s;
    char why[SERVE_RUN_WHY], *end;
    const long number = strtol(r->file, &end, 10);
    if (!find(r, &s)) return NULL;
    struct serve_explain_job *job = serve_explain_mistake(
        &s.found, *end || number < 1 || number > SERVE_RUN_MISTAKES ? -1 : (int)number - 1, why);
    close(s.found.folder);
    if (!job && *why) serve_refuse(r, 404, "serve-mistake", "%s", why);
    if (!job && !*why) serve_refuse(r, 503, "serve-memory", "out of memory; try again");
    return job;
}

void serve_run_mistake(struct serve_request *r) {
    if (!r->serve->explain)
        serve_refuse(r, 404, "serve-mistake", "linnet serve RUN explains mistakes; this server does not");
    else if (atomic_load(&r->serve->draining))
        serve_refuse(r, 503, "serve-stopping", "the server is stopping");
    else
        r->explain = find_mistake(r);
    if (!r->explain || serve_answer_unchanged(r, r->explain->key)) return;
    serve_answer_explained(r);
}
