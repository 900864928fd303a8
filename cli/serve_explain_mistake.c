/* One mistake of a run, explained by the run's best model: the photo, and the map of the evidence for the wrong class that
 * the run predicted. */
#include "json.h"
#include "serve_explain.h"
#include <linnet/linnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 320 }; /* pixels of the longer side: what the page shows */

/* ---- the run ---------------------------------------------------------------------------------------------- */

void serve_explain_close_run(struct serve_explain_open *open) {
    linnet_explainer_destroy(open->explainer);
    linnet_data_close(open->data);
    linnet_model_destroy(open->model);
    open->explainer = NULL;
    open->data = NULL;
    open->model = NULL;
    open->version = 0;
}

static int open_run(struct serve_explain_open *open, const struct serve_explain_job *job) {
    char best[sizeof job->run + 32];
    if (open->version == job->version) return LINNET_OK;
    serve_explain_close_run(open);
    snprintf(best, sizeof best, "%s/best.safetensors", job->run);
    int status = linnet_model_open(&open->model, best);
    if (!status) status = linnet_data_open_run(&open->data, job->run, NULL, NULL);
    if (!status)
        status = linnet_explainer_create(&open->explainer, open->model,
                                         LINNET_OPTS(explain, .threads = 1, .workers = 1));
    if (!status) open->version = job->version;
    return status;
}

/* The number of the image with this name in the data set; -1: there is none. */
static int64_t find_sample(const struct linnet_data *data, const char *name) {
    char found[sizeof((struct serve_run_mistake *)0)->path];
    for (int64_t i = 0; !linnet_data_name(data, i, found, sizeof found); i++)
        if (!strcmp(found, name)) return i;
    return -1;
}

/* ---- the answer ------------------------------------------------------------------------------------------- */

struct drawing {
    const struct serve_explain_open *open;
    const struct serve_run_mistake *mistake;
    struct linnet_json json;
    int status;
};

static void on_explanation(void *user, const struct linnet_explanation *e) {
    struct drawing *d = user;
    d->status = e->status;
    if (d->status) return;
    linnet_json_string(&d->json, "path", d->mistake->path);
    linnet_json_string(&d->json, "label", d->mistake->label);
    linnet_json_int(&d->json, "width", e->width);
    linnet_json_int(&d->json, "height", e->height);
    d->status = serve_explain_json(&d->json, d->open->model, e, SIDE);
    if (!d->status) d->status = serve_explain_photo(&d->json, e, SIDE);
}

/* The photo is decoded once: the explanation passes it on to the answer. */
static int explain(struct drawing *d, int64_t sample) {
    struct linnet_image *photo = NULL;
    int status = linnet_data_image(&photo, d->open->data, sample, 0);
    if (!status) status = linnet_explainer_set_target(d->open->explainer, d->mistake->predicted);
    if (!status)
        status = linnet_explainer_run(
            d->open->explainer,
            &(struct linnet_input){.pixels = photo->pixels, .width = photo->width, .height = photo->height},
            1, on_explanation, d);
    linnet_image_free(photo);
    return status ? status : d->status;
}

static int write_answer(struct drawing *d, struct serve_explain_job *job, int64_t sample) {
    FILE *out = open_memstream(&job->text, &job->length);
    if (!out) return LINNET_ERR_LIMIT;
    d->json = cli_json_to(out, 0);
    linnet_json_begin(&d->json, NULL, '{');
    int status = explain(d, sample);
    linnet_json_end(&d->json);
    const bool lost = ferror(out) != 0;
    return fclose(out) || lost ? LINNET_ERR_LIMIT : status;
}

static void draw(struct serve_explain_open *open, struct serve_explain_job *job) {
    struct drawing d = {.open = open, .mistake = &job->mistake};
    int status = open_run(open, job);
    const int64_t sample = status ? -1 : find_sample(open->data, job->mistake.path);
    if (!status && sample < 0)
        serve_explain_fail(job, "serve-image", "the picture is not in the data any more");
    else if (status || write_answer(&d, job, sample))
        serve_explain_fail(job, NULL, NULL);
}

/* ---- the job ---------------------------------------------------------------------------------------------- */

static uint64_t hash(uint64_t value, const char *text) {
    for (; *text; text++) value = (value ^ (unsigned char)*text) * 0x100000001b3u;
    return (value ^ 1) * 0x100000001b3u;
}

bool serve_explain_can(int folder) {
    return serve_run_file_stamp(folder, "best.safetensors") != 0;
}

struct serve_explain_job *serve_explain_mistake(const struct serve_runs_visit *v, int index,
                                                char why[SERVE_RUN_WHY]) {
    struct serve_run *run = serve_run_read(v);
    struct serve_explain_job *job = calloc(1, sizeof *job);
    const bool there = run && index >= 0 && index < run->mistake_count;
    *why = 0;
    if (!there) serve_run_note(why, "the run has no mistake with this number");
    if (!job) serve_run_note(why, "out of memory; try again");
    if (!serve_explain_can(v->folder)) serve_run_note(why, "the run has no best.safetensors yet");
    if (job && there && !*why) {
        snprintf(job->run, sizeof job->run, "%s", v->path);
        job->mistake = run->mistakes[index];
        job->version = hash(serve_run_file_stamp(v->folder, "best.safetensors") ^
                                serve_run_file_stamp(v->folder, "args.json") * 31,
                            job->run);
        job->key = hash(hash(job->version, job->mistake.path), job->mistake.predicted);
        job->draw = draw;
    }
    serve_run_free(run);
    if (job && !*why) return job;
    free(job);
    return NULL;
}
