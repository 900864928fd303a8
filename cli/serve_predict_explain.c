/* POST /predict?explain=1: each predicted picture gets the member "explanation", the map of the evidence for its most
 * probable class, or for the class of ?class=NAME. The thread that explains decodes the pictures once for the prediction and
 * the maps, waits for the prediction, and writes the whole answer. */
#include "clock.h"
#include "json.h"
#include "serve_explain.h"
#include "serve_predict.h"
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 640, /* pixels of the longer side of a map: twice what the page shows, for dense screens */
    /* Once the decoded pictures take so many bytes, the others stay files, and are decoded once for the prediction and once
     * for the map. A few photos fit. */
    DECODED_BYTES = 64 << 20,
};

/* ---- the query --------------------------------------------------------------------------------------------- */

void serve_predict_take_explain(struct serve_request *r) {
    const char *explain = serve_query(r, "explain"), *name = serve_query(r, "class");
    const struct serve_model *model = &r->serve->models[r->job.model];
    r->explains = explain && !strcmp(explain, "1");
    r->target = name ? linnet_model_find_class(model->model, name) : -1;
    if (explain && !r->explains && strcmp(explain, "0") != 0)
        serve_refuse(r, 400, "serve-explain", "explain=%s: must be 0 or 1", explain);
    else if (name && !r->explains)
        serve_refuse(r, 400, "serve-explain", "class=%s: needs explain=1", name);
    else if (name && r->target < 0)
        serve_refuse(r, 400, "serve-class", "class=%s: model '%s' has no class of this name; see /models",
                     name, model->name);
}

/* ---- the pictures ------------------------------------------------------------------------------------------ */

/* A picture that cannot be decoded stays a file: its prediction then reports the reason. */
static void decode(struct serve_request *r, struct linnet_image *decoded[SERVE_EXPLAIN_PICTURES]) {
    size_t bytes = 0;
    for (size_t i = 0; i < r->job.count && bytes < DECODED_BYTES; i++) {
        struct linnet_input *in = &r->job.inputs[i];
        if (linnet_image_decode(&decoded[i], in)) continue;
        const struct linnet_image *image = decoded[i];
        *in = (struct linnet_input){
            .path = in->path, .pixels = image->pixels, .width = image->width, .height = image->height};
        bytes += 3 * (size_t)image->width * (size_t)image->height;
    }
}

/* ---- the answer -------------------------------------------------------------------------------------------- */

struct drawing {
    struct serve_request *r;
    linnet_explainer *explainer; /* NULL: the model cannot be explained, */
    char error[512], code[48];   /* for this reason */
    struct linnet_json *json;
    int status;
};

static void put_error(struct linnet_json *json, const char *error, const char *code) {
    linnet_json_string(json, "error", error);
    linnet_json_string(json, "code", code);
}

static void on_explanation(void *user, const struct linnet_explanation *e) {
    struct drawing *d = user;
    if (e->status)
        put_error(d->json, e->error, e->code);
    else
        d->status = serve_explain_json(d->json, d->r->serve->models[d->r->job.model].model, e, SIDE);
}

static int explain(struct drawing *d, size_t i) {
    const struct serve_request *r = d->r;
    const linnet_model *model = r->serve->models[r->job.model].model;
    const int target = r->target < 0 ? r->job.results[i].prediction.order[0] : r->target;
    int status = linnet_explainer_set_target(d->explainer, linnet_model_class_name(model, target));
    if (!status) status = linnet_explainer_run(d->explainer, &r->job.inputs[i], 1, on_explanation, d);
    return status ? status : d->status;
}

/* A stopping server still answers predictions, but draws no more maps, which could take minutes. */
static void put_explanation(void *user, struct linnet_json *json, size_t i) {
    struct drawing *d = user;
    d->json = json;
    linnet_json_begin(json, "explanation", '{');
    if (atomic_load(&d->r->serve->draining))
        put_error(json, "the server is stopping", "serve-stopping");
    else if (!d->explainer)
        put_error(json, d->error, d->code);
    else if (explain(d, i))
        put_error(json, *linnet_error() ? linnet_error() : "out of memory; try again",
                  *linnet_error() ? linnet_error_code() : "serve-memory");
    linnet_json_end(json);
}

/* The explainer of the request's model, compiled on its first use. */
static void open_explainer(struct serve_explain_open *open, struct drawing *d) {
    const struct serve *s = d->r->serve;
    linnet_explainer **served = &open->served[d->r->job.model];
    if (!*served && linnet_explainer_create(served, s->models[d->r->job.model].model, &s->explaining)) {
        snprintf(d->error, sizeof d->error, "%s", linnet_error());
        snprintf(d->code, sizeof d->code, "%s", linnet_error_code());
    }
    d->explainer = *served;
}

static void write_answer(struct serve_explain_open *open, struct serve_explain_job *job) {
    struct drawing d = {.r = job->user};
    FILE *out = open_memstream(&job->text, &job->length);
    job->status = serve_predict_status(d.r);
    if (out) {
        if (job->status == 200) open_explainer(open, &d);
        serve_predict_write(d.r, out, put_explanation, &d);
    }
    const bool lost = out && ferror(out);
    if (!out || fclose(out) || lost) serve_explain_fail(job, "serve-memory", "out of memory; try again");
}

static void draw(struct serve_explain_open *open, struct serve_explain_job *job) {
    struct linnet_image *decoded[SERVE_EXPLAIN_PICTURES] = {0};
    decode(job->user, decoded);
    if (serve_await_results(job->user))
        write_answer(open, job);
    else
        serve_explain_fail(job, "serve-queue", "the queue is full; try again");
    for (size_t i = 0; i < SERVE_EXPLAIN_PICTURES; i++) linnet_image_free(decoded[i]);
}

void serve_predict_explain(struct serve_request *r) {
    r->explain = calloc(1, sizeof *r->explain);
    if (!r->explain) {
        serve_refuse(r, 503, "serve-memory", "out of memory; try again");
        return;
    }
    r->explain->draw = draw;
    r->queued = cli_clock_now();
    serve_answer_explained(r);
}
