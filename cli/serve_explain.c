/* The thread that explains: a queue in, a list of kept answers out, both under one lock. */
#include "serve_explain.h"
#include <linnet/linnet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct kept {
    uint64_t key;
    char *text; /* [length] */
    size_t length;
};

struct serve_explain {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct serve_explain_job *first, *last;
    int waiting;
    bool closed;
    struct kept kept[SERVE_EXPLAIN_KEPT]; /* [kept_count] the oldest first */
    int kept_count;
    size_t kept_bytes;
};

/* ---- jobs ------------------------------------------------------------------------------------------------- */

void serve_explain_fail(struct serve_explain_job *job, const char *code, const char *error) {
    const bool library = !code && *linnet_error();
    free(job->text);
    job->text = NULL;
    if (!code) code = library ? linnet_error_code() : "serve-memory";
    if (!error) error = library ? linnet_error() : "out of memory; try again";
    snprintf(job->error, sizeof job->error, "%s", error);
    snprintf(job->code, sizeof job->code, "%s", code);
}

void serve_explain_free(struct serve_explain_job *job) {
    if (job) free(job->text);
    free(job);
}

/* ---- kept answers ----------------------------------------------------------------------------------------- */

static void forget_oldest(struct serve_explain *e) {
    e->kept_bytes -= e->kept[0].length;
    free(e->kept[0].text);
    memmove(&e->kept[0], &e->kept[1], (size_t)--e->kept_count * sizeof e->kept[0]);
}

/* If memory is short, the answer is not kept. */
static void keep(struct serve_explain *e, const struct serve_explain_job *job) {
    char *text = job->key && job->text ? malloc(job->length) : NULL;
    if (!text) return;
    memcpy(text, job->text, job->length);
    pthread_mutex_lock(&e->lock);
    while (e->kept_count &&
           (e->kept_count == SERVE_EXPLAIN_KEPT || e->kept_bytes + job->length > SERVE_EXPLAIN_BYTES))
        forget_oldest(e);
    e->kept[e->kept_count++] = (struct kept){job->key, text, job->length};
    e->kept_bytes += job->length;
    pthread_mutex_unlock(&e->lock);
}

bool serve_explain_known(struct serve_explain *e, struct serve_explain_job *job) {
    pthread_mutex_lock(&e->lock);
    for (int i = 0; i < e->kept_count && job->key && !job->text; i++) {
        if (e->kept[i].key != job->key) continue;
        job->text = malloc(e->kept[i].length);
        job->length = e->kept[i].length;
        if (job->text) memcpy(job->text, e->kept[i].text, job->length);
    }
    pthread_mutex_unlock(&e->lock);
    return job->text != NULL;
}

/* ---- the queue -------------------------------------------------------------------------------------------- */

bool serve_explain_put(struct serve_explain *e, struct serve_explain_job *job) {
    pthread_mutex_lock(&e->lock);
    const bool fits = !e->closed && e->waiting < SERVE_EXPLAIN_WAITING;
    if (fits) {
        job->next = NULL;
        if (e->last)
            e->last->next = job;
        else
            e->first = job;
        e->last = job;
        e->waiting++;
        pthread_cond_signal(&e->changed);
    }
    pthread_mutex_unlock(&e->lock);
    return fits;
}

static bool is_open(const struct serve_explain_open *open) {
    bool any = open->version != 0;
    for (int i = 0; i < SERVE_MODELS_MAX; i++) any |= open->served[i] != NULL;
    return any;
}

static void close_all(struct serve_explain_open *open) {
    serve_explain_close_run(open);
    for (int i = 0; i < SERVE_MODELS_MAX; i++) linnet_explainer_destroy(open->served[i]);
    *open = (struct serve_explain_open){0};
}

/* Waits for a job. If none comes for a while, open models and data are closed. NULL: the queue is closed and empty. */
static struct serve_explain_job *take(struct serve_explain *e, struct serve_explain_open *open) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += SERVE_EXPLAIN_IDLE_SECONDS;
    pthread_mutex_lock(&e->lock);
    while (!e->first && !e->closed)
        if (!is_open(open))
            pthread_cond_wait(&e->changed, &e->lock);
        else if (pthread_cond_timedwait(&e->changed, &e->lock, &end))
            close_all(open);
    struct serve_explain_job *job = e->first;
    if (job) {
        e->first = job->next;
        if (!e->first) e->last = NULL;
        e->waiting--;
    }
    pthread_mutex_unlock(&e->lock);
    return job;
}

/* ---- the thread ------------------------------------------------------------------------------------------- */

/* Two pages may ask for the same explanation, so the answer may have been kept while this job waited. */
static void *work(void *explain) {
    struct serve_explain *e = explain;
    struct serve_explain_open open = {0};
    struct serve_explain_job *job;
    while ((job = take(e, &open)) != NULL) {
        if (!serve_explain_known(e, job)) {
            job->draw(&open, job);
            linnet_release_threads(); /* opening a run's model may have started some */
            keep(e, job);
        }
        job->finish(job);
    }
    close_all(&open);
    return NULL;
}

struct serve_explain *serve_explain_start(void) {
    struct serve_explain *e = calloc(1, sizeof *e);
    pthread_condattr_t monotonic;
    if (!e) return NULL;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!pthread_create(&e->thread, NULL, work, e)) return e;
    free(e);
    return NULL;
}

void serve_explain_stop(struct serve_explain *e) {
    if (!e) return;
    pthread_mutex_lock(&e->lock);
    e->closed = true;
    pthread_cond_signal(&e->changed);
    pthread_mutex_unlock(&e->lock);
    pthread_join(e->thread, NULL);
    while (e->kept_count) forget_oldest(e);
    pthread_cond_destroy(&e->changed);
    pthread_mutex_destroy(&e->lock);
    free(e);
}
