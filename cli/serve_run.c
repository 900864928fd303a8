/* Reading a run folder. */
#include "serve_run.h"
#include "csv.h"
#include "serve_json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes: args.json has about 1,500, progress.json 500, a row of results.csv 90; metrics.json grows with the square of the
 * classes. */
enum { ARGS_MOST = 1 << 20, PROGRESS_MOST = 64 << 10, RESULTS_MOST = 4 << 20, METRICS_MOST = 16 << 20 };
static const double fresh_s = 30; /* without locks, a run counts as active for so long after its last write */

const char *const serve_run_columns[SERVE_RUN_COLUMNS] = {"epoch",     "time_s",   "lr",      "train_loss",
                                                          "train_acc", "val_loss", "val_acc", "images_per_s"};
const char *const serve_run_numbers[SERVE_RUN_NUMBERS] = {"epoch",  "epochs", "step",       "steps",
                                                          "loss",   "acc",    "lr",         "images_per_s",
                                                          "time_s", "eta_s",  "best_epoch", "resumed_epoch"};

static const char *const files[] = {"args.json", "results.csv", "progress.json", "metrics.json",
                                    "worst_mistakes.csv"};

/* ---- JSON -------------------------------------------------------------------------------------------------- */

/* Parses an object: take_value must take or skip the value of each key. */
static bool read_object(int folder, const char *name, size_t most, struct serve_run *run,
                        void (*take_value)(struct serve_run *run, struct serve_json *json, const char *key)) {
    size_t size;
    char key[48], *text = serve_run_file_read(folder, name, most, &size, run->problem);
    if (!text) return false;
    struct serve_json json = {.at = text, .end = text + size};
    serve_json_begin(&json, '{');
    while (serve_json_key(&json, key, sizeof key)) take_value(run, &json, key);
    const bool whole = serve_json_end(&json);
    if (!whole) serve_run_note(run->problem, "%s is not the JSON that a run writes", name);
    free(text);
    return whole;
}

static void take_string(struct serve_json *json, char *out, size_t size) {
    size_t length;
    *out = 0;
    if (serve_json_peek(json) != '"') {
        serve_json_skip(json);
        return;
    }
    const char *text = serve_json_string(json, &length);
    if (text) snprintf(out, size, "%s", text);
}

static void take_double(struct serve_json *json, double *out) {
    const char c = serve_json_peek(json);
    if (c == '-' || (c >= '0' && c <= '9'))
        *out = serve_json_double(json);
    else
        serve_json_skip(json);
}

/* A value that is not a string, copied as it is written: true, 30, null. */
static void take_word(struct serve_json *json, char *out, size_t size) {
    serve_json_peek(json);
    const char *begin = json->at;
    serve_json_skip(json);
    if (!json->failed)
        snprintf(out, size, "%.*s", (int)(json->at - begin < 255 ? json->at - begin : 255), begin);
}

/* Lists and objects are not settings. */
static void take_setting(struct serve_run *run, struct serve_json *json, const char *key) {
    const char c = serve_json_peek(json);
    if (c == '{' || c == '[' || run->setting_count == SERVE_RUN_SETTINGS) {
        serve_json_skip(json);
        return;
    }
    struct serve_run_setting *s = &run->settings[run->setting_count++];
    snprintf(s->key, sizeof s->key, "%s", key);
    if (c == '"')
        take_string(json, s->value, sizeof s->value);
    else
        take_word(json, s->value, sizeof s->value);
}

static void take_progress(struct serve_run *run, struct serve_json *json, const char *key) {
    struct serve_run_progress *p = &run->progress;
    const char c = serve_json_peek(json);
    for (int i = 0; i < SERVE_RUN_NUMBERS; i++)
        if (!strcmp(key, serve_run_numbers[i])) {
            take_double(json, &p->numbers[i]);
            return;
        }
    const struct {
        const char *key;
        char *out;
        size_t size;
    } texts[] = {{"state", p->state, sizeof p->state},
                 {"part", p->part, sizeof p->part},
                 {"watched", p->watched, sizeof p->watched},
                 {"message", p->message, sizeof p->message}};
    for (int i = 0; i < 4; i++)
        if (!strcmp(key, texts[i].key)) {
            take_string(json, texts[i].out, texts[i].size);
            return;
        }
    if (!strcmp(key, "locked") && (c == 't' || c == 'f'))
        p->locked = serve_json_bool(json);
    else
        serve_json_skip(json);
}

static void take_metric(struct serve_run *run, struct serve_json *json, const char *key) {
    const struct {
        const char *key;
        double *out;
    } numbers[] = {{"acc", &run->test_acc},
                   {"acc_low", &run->test_acc_low},
                   {"acc_high", &run->test_acc_high},
                   {"loss", &run->test_loss},
                   {"count", &run->test_count}};
    for (int i = 0; i < 5; i++)
        if (!strcmp(key, numbers[i].key)) {
            take_double(json, numbers[i].out);
            return;
        }
    serve_json_skip(json);
}

/* ---- results.csv ------------------------------------------------------------------------------------------- */

static bool take_row(char *line, double row[SERVE_RUN_COLUMNS]) {
    for (int i = 0; i < SERVE_RUN_COLUMNS; i++) {
        char *end;
        row[i] = strtod(line, &end); /* also nan */
        const bool last = i + 1 == SERVE_RUN_COLUMNS;
        if (end == line || (last ? *end && *end != ',' && *end != '\r' : *end != ',')) return false;
        line = end + 1;
    }
    return row[0] >= 1 && row[0] <= 1e9;
}

static bool is_header(const char *line) {
    static const char header[] = "epoch,time_s,lr,train_loss,train_acc,val_loss,val_acc,images_per_s";
    return line && !strncmp(line, header, sizeof header - 1);
}

static void read_results(int folder, struct serve_run *run) {
    size_t size;
    char *save = NULL, *text = serve_run_file_read(folder, "results.csv", RESULTS_MOST, &size, run->problem);
    if (!text) return;
    run->rows = malloc(SERVE_RUN_EPOCHS * sizeof *run->rows);
    char *line = strtok_r(text, "\n", &save);
    bool fine = run->rows && is_header(line);
    if (!fine) serve_run_note(run->problem, "results.csv does not begin with the header that a run writes");
    while (fine && (line = strtok_r(NULL, "\n", &save)) && run->row_count < SERVE_RUN_EPOCHS) {
        fine = take_row(line, run->rows[run->row_count]);
        run->row_count += fine;
        if (!fine)
            serve_run_note(run->problem, "results.csv: row %d is not the row of an epoch",
                           run->row_count + 1);
    }
    free(text);
}

/* ---- worst_mistakes.csv ------------------------------------------------------------------------------------ */

static bool take_mistake(FILE *in, struct serve_run *run) {
    struct serve_run_mistake *m = &run->mistakes[run->mistake_count];
    char epoch[32], probability[32], loss[32];
    if (cli_csv_read(in, epoch, sizeof epoch) != ',') return false;
    if (cli_csv_read(in, m->path, sizeof m->path) != ',') return false;
    if (cli_csv_read(in, m->label, sizeof m->label) != ',') return false;
    if (cli_csv_read(in, m->predicted, sizeof m->predicted) != ',') return false;
    if (cli_csv_read(in, probability, sizeof probability) != ',') return false;
    if (cli_csv_read(in, loss, sizeof loss) != '\n') return false;
    m->probability = strtod(probability, NULL);
    m->loss = strtod(loss, NULL);
    run->mistakes_epoch = strtod(epoch, NULL);
    run->mistake_count++;
    return true;
}

static void read_mistakes(int folder, struct serve_run *run) {
    size_t size;
    char *text = serve_run_file_read(folder, "worst_mistakes.csv", PROGRESS_MOST, &size, run->problem);
    if (!text) return;
    FILE *in = size ? fmemopen(text, size, "r") : NULL;
    for (int c = ','; in && c == ',';) c = cli_csv_read(in, (char[64]){0}, 64); /* the header */
    while (in && run->mistake_count < SERVE_RUN_MISTAKES && take_mistake(in, run)) continue;
    if (in) fclose(in);
    free(text);
}

/* ---- the state --------------------------------------------------------------------------------------------- */

/* A run on a file system without locks is active as long as it writes. */
static bool is_active(int folder, const struct serve_run_progress *p) {
    const enum serve_run_lock lock = serve_run_lock_look(folder);
    if (lock == SERVE_RUN_HELD) return true;
    const double age = serve_run_file_age(folder, "progress.json");
    return p->found && !p->locked && !strcmp(p->state, "training") && age >= 0 && age < fresh_s;
}

/* A run of an earlier version has no progress.json. */
static const char *state_without_progress(int folder, const struct serve_run *run) {
    const bool tested =
        serve_run_file_stamp(folder, "metrics.json") || serve_run_file_stamp(folder, "report.html");
    const double epochs = strtod(serve_run_setting(run, "epochs"), NULL);
    return tested || (run->row_count && run->rows[run->row_count - 1][0] >= epochs) ? "finished" : "stopped";
}

static const char *state_of(int folder, const struct serve_run *run) {
    static const char *const ends[] = {"finished", "stopped", "failed"};
    const struct serve_run_progress *p = &run->progress;
    const bool trains = !strcmp(p->state, "training");
    if (is_active(folder, p)) return trains ? "training" : "starting";
    if (!p->found) return state_without_progress(folder, run);
    for (int i = 0; i < 3; i++)
        if (!strcmp(p->state, ends[i])) return ends[i];
    return trains ? "dead" : "stopped";
}

static void read_progress(int folder, struct serve_run *run) {
    for (int i = 0; i < SERVE_RUN_NUMBERS; i++) run->progress.numbers[i] = NAN;
    run->progress.found = read_object(folder, "progress.json", PROGRESS_MOST, run, take_progress);
}

bool serve_run_active(int folder) {
    struct serve_run *run = calloc(1, sizeof *run);
    if (!run) return false;
    read_progress(folder, run);
    const bool active = is_active(folder, &run->progress);
    free(run);
    return active;
}

/* ---- the whole folder -------------------------------------------------------------------------------------- */

struct serve_run *serve_run_read(const struct serve_runs_visit *visit) {
    struct serve_run *run = calloc(1, sizeof *run);
    if (run) run->settings = calloc(SERVE_RUN_SETTINGS, sizeof *run->settings);
    if (!run || !run->settings) {
        free(run);
        return NULL;
    }
    const int folder = visit->folder;
    snprintf(run->path, sizeof run->path, "%s", visit->path);
    run->age_s = run->test_acc = run->test_acc_low = run->test_acc_high = run->test_loss = run->test_count =
        NAN;
    read_object(folder, "args.json", ARGS_MOST, run, take_setting);
    read_results(folder, run);
    read_progress(folder, run);
    read_object(folder, "metrics.json", METRICS_MOST, run, take_metric);
    read_mistakes(folder, run);
    run->state = state_of(folder, run);
    if (!strcmp(run->state, "training")) run->age_s = serve_run_file_age(folder, "progress.json");
    return run;
}

void serve_run_free(struct serve_run *run) {
    if (!run) return;
    free(run->settings);
    free(run->rows);
    free(run);
}

uint64_t serve_run_stamp(int folder) {
    const double age = serve_run_file_age(folder, "progress.json");
    uint64_t hash = (uint64_t)serve_run_lock_look(folder) * 2 + (age >= 0 && age < fresh_s) + 1;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        hash = (hash ^ serve_run_file_stamp(folder, files[i])) * 0x100000001b3u;
    return hash;
}

const char *serve_run_setting(const struct serve_run *run, const char *key) {
    for (int i = 0; i < run->setting_count; i++)
        if (!strcmp(run->settings[i].key, key)) return run->settings[i].value;
    return "";
}
