/* Predictions as CSV and as JSON, on stdout or in a file, which appears only when it is complete.
 *
 * CSV (RFC 4180): path,label,predicted,probability, then the probability or logit of each class, one column
 * per class; with --unknown also energy and unknown (0 or 1). The label is empty, because the true class is
 * unknown; the column exists so that the file has the same columns as the predictions.csv of `eval` and
 * `train`. An unreadable picture has no row.
 */
#include "csv.h"
#include "predict_sink.h"
#include <math.h>
#include <string.h>

/* The stream to write to: stdout, or a file that replaces an existing one only when all predictions are in
 * it. */
static int file_begin(struct cli_sink_state *s, FILE **out) {
    *out = stdout;
    if (!s->opts->path) return LINNET_OK;
    int status = cli_file_begin(&s->file, s->opts->path);
    *out = s->file.stream;
    return status;
}

static int file_end(struct cli_sink_state *s, bool good) {
    if (!s->opts->path) return LINNET_OK;
    if (good) return cli_file_commit(&s->file);
    cli_file_abort(&s->file);
    return LINNET_OK;
}

static int csv_begin(struct cli_sink_state *s) {
    FILE *out;
    int status = file_begin(s, &out);
    if (status) return status;
    fputs("path,label,predicted,probability", out);
    for (int i = 0; i < linnet_model_classes(s->model); i++) {
        putc(',', out);
        cli_csv_string(out, linnet_model_class_name(s->model, i));
    }
    fputs(s->opts->unknown ? ",energy,unknown\n" : "\n", out);
    return LINNET_OK;
}

static void csv_put(struct cli_sink_state *s, const struct linnet_prediction *p) {
    FILE *out = s->file.stream;
    if (p->status) return;
    const float *values = s->opts->logits ? p->logits : p->probabilities;
    cli_csv_string(out, p->path);
    fputs(",,", out);
    cli_csv_string(out, cli_predict_name(s, p));
    fprintf(out, ",%.9g", (double)p->probabilities[p->order[0]]);
    for (int i = 0; i < p->classes; i++) fprintf(out, ",%.9g", (double)values[i]);
    if (s->opts->unknown) fprintf(out, ",%.9g,%d", p->energy, p->unknown);
    putc('\n', out);
}

static int json_begin(struct cli_sink_state *s) {
    FILE *out;
    int status = file_begin(s, &out);
    if (status) return status;
    s->json = cli_json_to(out, 1);
    linnet_json_begin(&s->json, NULL, '[');
    return LINNET_OK;
}

/* "unknown" is null if the model cannot decide it. */
static void put_unknown(const struct cli_sink_state *s, const struct linnet_prediction *p,
                        struct linnet_json *json) {
    linnet_json_double(json, "energy", p->energy);
    /* false would claim that the picture is of the known kind. */
    if (isfinite(linnet_model_unknown_energy(s->model)))
        linnet_json_bool(json, "unknown", p->unknown);
    else
        linnet_json_string(json, "unknown", NULL);
}

void cli_predict_json(const struct cli_sink_state *s, const struct linnet_prediction *p,
                      struct linnet_json *json) {
    linnet_json_string(json, "path", p->path);
    if (p->status) {
        linnet_json_string(json, "error", p->error);
        return;
    }
    const float *values = s->opts->logits ? p->logits : p->probabilities;
    linnet_json_string(json, "label", NULL);
    linnet_json_string(json, "predicted", cli_predict_name(s, p));
    linnet_json_double(json, "probability", (double)p->probabilities[p->order[0]]);
    put_unknown(s, p, json);
    linnet_json_begin(json, "top", '[');
    for (int i = 0; i < s->opts->topk; i++) {
        linnet_json_begin(json, NULL, '{');
        linnet_json_string(json, "class", linnet_model_class_name(s->model, p->order[i]));
        linnet_json_double(json, "probability", (double)p->probabilities[p->order[i]]);
        linnet_json_end(json);
    }
    linnet_json_end(json);
    linnet_json_begin(json, s->opts->logits ? "logits" : "probabilities", '[');
    for (int i = 0; i < p->classes; i++) linnet_json_double(json, NULL, (double)values[i]);
    linnet_json_end(json);
}

static void json_put(struct cli_sink_state *s, const struct linnet_prediction *p) {
    linnet_json_begin(&s->json, NULL, '{');
    cli_predict_json(s, p, &s->json);
    linnet_json_end(&s->json);
}

static int json_end(struct cli_sink_state *s, bool good) {
    if (good) linnet_json_end(&s->json);
    return file_end(s, good);
}

const struct cli_sink cli_sink_csv = {csv_begin, csv_put, file_end};
const struct cli_sink cli_sink_json = {json_begin, json_put, json_end};
