/* The compute thread. The OpenMP team belongs to the thread that computes, so the models are compiled here too. */
#include "serve_batcher.h"
#include "clock.h"
#include "output.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAKE_MOST = 32, /* pictures of one call; one batch is computed while the next one is decoded */
    FEW = 4         /* the smallest batch; fewer pictures are computed one after the other */
};
static const double wait_ms = 3;

struct serve_batcher {
    struct serve_batcher_opts opts;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ready; /* all models are compiled, or failed to */
    int status;
};

/* One call of a predictor. */
struct batching {
    const struct serve_batcher *batcher;
    struct serve_item *items; /* [count] */
    size_t count, answered;   /* pictures */
    size_t batch, failed;     /* pictures of the current batch */
    double since;             /* when the current batch began */
};

/* ---- results ---------------------------------------------------------------------------------------------- */

void serve_result_fini(struct serve_result *r) {
    free(r->memory);
    *r = (struct serve_result){0};
}

static void fail_result(struct serve_result *r, int status, const char *error, const char *code) {
    snprintf(r->error, sizeof r->error, "%s", error ? error : "");
    snprintf(r->code, sizeof r->code, "%s", code ? code : "");
    r->prediction = (struct linnet_prediction){.status = status, .error = r->error, .code = r->code};
}

/* Logits, probabilities and the order in one block. */
static void copy_result(struct serve_result *r, const struct linnet_prediction *p) {
    const size_t n = (size_t)p->classes;
    if (p->status) {
        fail_result(r, p->status, p->error, p->code);
        return;
    }
    r->memory = malloc(n * (2 * sizeof(float) + sizeof(int)));
    if (!r->memory) {
        fail_result(r, LINNET_ERR_LIMIT, "out of memory [cli-memory]", "cli-memory");
        return;
    }
    int *order = (int *)(r->memory + 2 * n);
    memcpy(r->memory, p->logits, n * sizeof(float));
    memcpy(r->memory + n, p->probabilities, n * sizeof(float));
    memcpy(order, p->order, n * sizeof *order);
    r->prediction = (struct linnet_prediction){.classes = p->classes,
                                               .logits = r->memory,
                                               .probabilities = r->memory + n,
                                               .order = order,
                                               .width = p->width,
                                               .height = p->height,
                                               .energy = p->energy,
                                               .unknown = p->unknown};
}

/* The job belongs to its request's thread as soon as it is finished. */
static void count_done(struct serve_job *job) {
    if (++job->done == job->count) job->finish(job);
}

/* ---- one call --------------------------------------------------------------------------------------------- */

static void on_prediction(void *user, const struct linnet_prediction *p) {
    struct batching *b = user;
    const struct serve_item item = b->items[p->index];
    const size_t batch = (size_t)b->batcher->opts.models[item.job->model].batch;
    copy_result(&item.job->results[item.index], p);
    b->failed += p->status != 0;
    b->batch++;
    b->answered = p->index + 1;
    if (b->batch == batch || b->answered == b->count) {
        const double time = cli_clock_now();
        serve_metrics_batch(b->batcher->opts.metrics, b->batch, b->failed, time - b->since);
        b->batch = b->failed = 0;
        b->since = time;
    }
    count_done(item.job);
}

static void run(const struct serve_batcher *s, struct serve_item *items, size_t count) {
    struct linnet_input inputs[TAKE_MOST];
    struct batching b = {.batcher = s, .items = items, .count = count, .since = cli_clock_now()};
    for (size_t i = 0; i < count; i++) inputs[i] = items[i].job->inputs[items[i].index];
    const struct serve_model *m = &s->opts.models[items[0].job->model];
    linnet_predictor *predictor = count < FEW || !m->together ? m->alone : m->together;
    int status = linnet_predictor_run(predictor, inputs, count, on_prediction, &b);
    if (!status) return;
    char error[512];
    snprintf(error, sizeof error, "%s", linnet_error());
    for (size_t i = b.answered; i < count; i++) {
        fail_result(&items[i].job->results[items[i].index], status, error, linnet_error_code());
        count_done(items[i].job);
    }
}

/* ---- the thread ------------------------------------------------------------------------------------------- */

static int compile(const struct serve_batcher *s) {
    struct linnet_predict_opts one = s->opts.predict;
    one.batch = 1;
    int status = LINNET_OK;
    for (int i = 0; i < s->opts.count && !status; i++) {
        struct serve_model *m = &s->opts.models[i];
        m->batch = s->opts.predict.batch;
        status = linnet_predictor_create(&m->alone, m->model, &one);
        if (!status && m->batch > 1)
            status = linnet_predictor_create(&m->together, m->model, &s->opts.predict);
        if (status) cli_fail_library(status);
    }
    return status;
}

static void destroy_predictors(const struct serve_batcher *s) {
    for (int i = 0; i < s->opts.count; i++) {
        linnet_predictor_destroy(s->opts.models[i].alone);
        linnet_predictor_destroy(s->opts.models[i].together);
    }
}

static void *thread_main(void *batcher) {
    struct serve_batcher *s = batcher;
    struct serve_item items[TAKE_MOST];
    int status = compile(s);
    pthread_mutex_lock(&s->lock);
    s->status = status;
    s->ready = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    size_t count = 0;
    const struct serve_take take = {.most = TAKE_MOST, .enough = SERVE_BATCH, .wait_ms = wait_ms};
    while (!status && (count = serve_queue_take(s->opts.queue, &take, items)) > 0) run(s, items, count);
    destroy_predictors(s);
    return NULL;
}

int serve_batcher_start(struct serve_batcher **out, const struct serve_batcher_opts *opts) {
    struct serve_batcher *s = calloc(1, sizeof *s);
    if (!s) return cli_fail(LINNET_ERR_LIMIT, "out of memory [cli-memory]");
    s->opts = *opts;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    int failed = pthread_create(&s->thread, NULL, thread_main, s);
    if (failed) {
        free(s);
        return cli_fail(LINNET_ERR_LIMIT, "the compute thread could not be started: %s", strerror(failed));
    }
    pthread_mutex_lock(&s->lock);
    while (!s->ready) pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    int status = s->status;
    if (status) serve_batcher_join(s);
    *out = status ? NULL : s;
    return status;
}

void serve_batcher_join(struct serve_batcher *s) {
    if (!s) return;
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
