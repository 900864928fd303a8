/* Explanations: a thread draws maps of the evidence for a class, over pictures that clients send and over the mistakes of
 * runs. It computes without a team of threads, so that predictions and a training run lose little.
 *
 *     serve_explain.c           the thread, its queue, and the answers that are kept
 *     serve_explain_mistake.c   a mistake of a run
 *     serve_predict_explain.c   pictures of POST /predict
 *     serve_explain_json.c      what the answers of both share
 *     serve_explain_answer.c    requests that wait for the thread
 */
#ifndef CLI_SERVE_EXPLAIN_H
#define CLI_SERVE_EXPLAIN_H

#include "serve_model.h"
#include "serve_run.h"

enum {
    SERVE_EXPLAIN_WAITING = 16,      /* jobs in the queue */
    SERVE_EXPLAIN_PICTURES = 8,      /* of one request */
    SERVE_EXPLAIN_KEPT = 64,         /* answers that are kept, */
    SERVE_EXPLAIN_BYTES = 32 << 20,  /* and their bytes */
    SERVE_EXPLAIN_IDLE_SECONDS = 60, /* without a job, after which open models and data are closed */
};

struct serve_explain_job;

/* Open models and data; only the thread uses them. Zero at first. */
struct serve_explain_open {
    uint64_t version; /* of the run; 0: none is open */
    struct linnet_model *model;
    struct linnet_data *data;
    struct linnet_explainer *explainer;
    struct linnet_explainer *served[SERVE_MODELS_MAX]; /* of the models that are served */
};

/* A request for an explanation, and the answer. */
struct serve_explain_job {
    uint64_t key; /* identifies the kept answer; 0: it is not kept */
    void (*draw)(struct serve_explain_open *open, struct serve_explain_job *job); /* fills in the answer */
    void (*finish)(struct serve_explain_job *job); /* called in the thread; the caller then owns the job */
    void *user;

    char *
        text; /* [length] the answer as JSON, which serve_explain_free frees; NULL: error and code have the reason */
    size_t length;
    int status; /* of HTTP, with text; 0: 200 */
    char error[512], code[48];
    struct serve_explain_job *next; /* the queue's */

    /* A mistake of a run */
    char run[4096]; /* its folder */
    struct serve_run_mistake mistake;
    uint64_t version; /* changes with the run's model and settings */
};

/* Creates the job for mistake number `index` of a run, from 0; the caller sets finish and user. NULL if there is no such
 * mistake or no model; `why` then holds the reason. */
struct serve_explain_job *serve_explain_mistake(const struct serve_runs_visit *visit, int index,
                                                char why[SERVE_RUN_WHY]);
void serve_explain_free(struct serve_explain_job *job); /* NULL is allowed */
void serve_explain_close_run(struct serve_explain_open *open);
/* True if the run has a model to explain with. */
bool serve_explain_can(int folder);

struct serve_explain;
struct serve_explain *serve_explain_start(void); /* NULL: out of memory or threads */
/* Finishes the queued jobs and ends the thread. NULL is allowed. */
void serve_explain_stop(struct serve_explain *explain);
/* True if the answer was kept: job.text is set, and finish is not called. */
bool serve_explain_known(struct serve_explain *explain, struct serve_explain_job *job);
/* False if the queue is full. */
bool serve_explain_put(struct serve_explain *explain, struct serve_explain_job *job);

/* ---- for draw -------------------------------------------------------------------------------------------- */

/* Fails the job with this reason. code NULL: with the library's last error, or lack of memory if there is no error. */
void serve_explain_fail(struct serve_explain_job *job, const char *code, const char *error);
/* Members of a JSON object: class, probability, logit, predicted, method, layer, most, box and map, a PNG file in base64 whose longer
 * side has `side` pixels. */
int serve_explain_json(struct linnet_json *json, const struct linnet_model *model,
                       const struct linnet_explanation *explanation, int side);
/* The member "photo": the picture itself, reduced by a whole factor to at most `side` pixels. */
int serve_explain_photo(struct linnet_json *json, const struct linnet_explanation *explanation, int side);

#endif
