/* POST /predict: pictures as the raw body or as the files of a form. The answer has the fields of `linnet predict --json`
 * for each picture, written by the same code:
 *
 *     {"model": ..., "milliseconds": ..., "predictions": [{"path": ..., "predicted": ..., ..., "unsure": false}]}
 *
 * With explain=1 each has an explanation too: serve_predict_explain.c. */
#include "serve_predict.h"
#include "json.h"
#include "predict_sink.h"
#include "serve_explain.h"
#include "serve_multipart.h"
#include "serve_routes.h"
#include <stdlib.h>
#include <string.h>

/* ---- the pictures ------------------------------------------------------------------------------------------ */

/* Fields without a file name are not pictures. Returns their number; -1: the body is not well-formed. */
static int count_files(const struct serve_request *r, const char *type) {
    struct serve_multipart m;
    struct serve_part part;
    int found, count = 0;
    if (serve_multipart_begin(&m, type, r->body, r->size)) return -1;
    while ((found = serve_multipart_next(&m, &part)) > 0) count += part.is_file;
    return found < 0 ? -1 : count;
}

/* The client's file name is never opened: the library only puts it into messages. */
static void set_picture(struct serve_request *r, size_t i, const char *name, const void *bytes,
                        size_t count) {
    char shown[SERVE_NAME_MAX * 4];
    linnet_text_escape(name, strlen(name), shown, sizeof shown);
    if (*name) r->names[i] = strdup(shown);
    r->job.inputs[i] = (struct linnet_input){
        .path = r->names[i] ? r->names[i] : "picture", .bytes = bytes, .byte_count = count};
}

static void take_files(struct serve_request *r, const char *type) {
    const int count = count_files(r, type), limit = r->serve->limits.pictures,
              most = r->explains && limit > SERVE_EXPLAIN_PICTURES ? SERVE_EXPLAIN_PICTURES : limit;
    struct serve_multipart m;
    struct serve_part part;
    if (count < 0)
        serve_refuse(r, 400, "serve-multipart", "the body is not a well-formed multipart/form-data");
    else if (count == 0)
        serve_refuse(r, 400, "serve-empty", "the form has no file");
    else if (count > most)
        serve_refuse(r, 413, "serve-pictures", "the form has %d files, %d are allowed%s", count, most,
                     most < limit ? " with explain=1" : "");
    if (r->refused || !serve_pictures(r, (size_t)count)) return;
    if (serve_multipart_begin(&m, type, r->body, r->size)) return;
    for (size_t i = 0; i < r->job.count && serve_multipart_next(&m, &part) > 0;)
        if (part.is_file) set_picture(r, i++, part.file, part.bytes, part.count);
}

static void take_body(struct serve_request *r) {
    if (r->size == 0)
        serve_refuse(r, 400, "serve-empty",
                     "the body is empty; send a picture, or files as multipart/form-data");
    else if (serve_pictures(r, 1))
        set_picture(r, 0, "", r->body, r->size);
}

/* ---- the answer -------------------------------------------------------------------------------------------- */

static void put_prediction(const struct serve_request *r, const struct cli_sink_state *state, size_t i,
                           struct linnet_json *json) {
    struct linnet_prediction p = r->job.results[i].prediction;
    p.path = r->names[i];
    cli_predict_json(state, &p, json);
    if (p.status) {
        linnet_json_string(json, "code", p.code);
    } else {
        linnet_json_bool(json, "unsure", cli_predict_unsure(state, &p));
        linnet_json_int(json, "width", p.width);
        linnet_json_int(json, "height", p.height);
    }
}

void serve_predict_write(const struct serve_request *r, FILE *out, serve_predict_more *more, void *user) {
    const struct serve *s = r->serve;
    const struct serve_model *model = &s->models[r->job.model];
    const struct cli_predict_opts opts = {.topk = r->topk, .min_conf = s->min_conf, .unknown = s->unknown};
    const struct cli_sink_state state = {.model = model->model, .opts = &opts};
    struct linnet_json json = cli_json_to(out, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "model", model->name);
    linnet_json_double(&json, "milliseconds", (double)(long long)(r->ms * 1e3) / 1e3);
    linnet_json_begin(&json, "predictions", '[');
    for (size_t i = 0; i < r->job.count; i++) {
        linnet_json_begin(&json, NULL, '{');
        put_prediction(r, &state, i, &json);
        if (more && !r->job.results[i].prediction.status) more(user, &json, i);
        linnet_json_end(&json);
    }
    linnet_json_end(&json);
    linnet_json_end(&json);
}

int serve_predict_status(const struct serve_request *r) {
    for (size_t i = 0; i < r->job.count; i++)
        if (!r->job.results[i].prediction.status) return 200;
    const int status = r->job.results[0].prediction.status;
    return status == LINNET_ERR_INPUT || status == LINNET_ERR_LIMIT || status == LINNET_ERR_USAGE ? 422 : 500;
}

static void answer(struct serve_request *r) {
    FILE *out = serve_answer_begin(r);
    if (out) serve_predict_write(r, out, NULL, NULL);
    serve_answer_end(r, serve_predict_status(r), "application/json");
}

/* ?top=K, at most all classes. */
static void take_top(struct serve_request *r, const linnet_model *model) {
    const char *text = serve_query(r, "top");
    const int classes = linnet_model_classes(model);
    char *end;
    const long top = text ? strtol(text, &end, 10) : r->serve->topk;
    if (text && (end == text || *end || top < 1))
        serve_refuse(r, 400, "serve-top", "top=%s: must be an integer of at least 1", text);
    r->topk = top < classes ? (int)top : classes;
}

void serve_predict(struct serve_request *r) {
    const char *type = serve_header(r, "Content-Type");
    const struct serve_model *model = serve_model_find(r, serve_query(r, "model"));
    if (!model) return;
    r->job.model = (int)(model - r->serve->models);
    take_top(r, model->model);
    if (!r->refused) serve_predict_take_explain(r);
    if (r->refused) return;
    if (serve_multipart_is(type))
        take_files(r, type);
    else
        take_body(r);
    if (r->refused) return;
    if (r->explains)
        serve_predict_explain(r);
    else
        serve_submit(r, answer);
}
