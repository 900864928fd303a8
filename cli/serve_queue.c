/* The queue of pictures: a list of jobs under a lock. */
#include "serve_queue.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct serve_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct serve_job *first, *last;
    size_t most, depth;
    int arriving;
    bool closed;
};

struct serve_queue *serve_queue_create(size_t most) {
    struct serve_queue *q = calloc(1, sizeof *q);
    if (!q) return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    q->most = most;
    return q;
}

void serve_queue_destroy(struct serve_queue *q) {
    if (!q) return;
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

bool serve_queue_put(struct serve_queue *q, struct serve_job *job) {
    pthread_mutex_lock(&q->lock);
    const bool fits = !q->closed && job->count > 0 && job->count <= q->most - q->depth;
    if (fits) {
        job->next = NULL;
        job->taken = job->done = 0;
        if (q->last)
            q->last->next = job;
        else
            q->first = job;
        q->last = job;
        q->depth += job->count;
        q->arriving -= job->arriving; /* under the same lock: the compute thread wakes once */
        pthread_cond_broadcast(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return fits;
}

void serve_queue_arriving(struct serve_queue *q, int by) {
    pthread_mutex_lock(&q->lock);
    q->arriving += by;
    if (!q->arriving) pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

/* Pictures of the first job's model, up to `enough`. */
static size_t count_waiting(const struct serve_queue *q, size_t enough) {
    size_t count = 0;
    for (const struct serve_job *job = q->first; job && count < enough; job = job->next)
        if (job->model == q->first->model) count += job->count - job->taken;
    return count;
}

static struct timespec after(double ms) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    const long long ns = t.tv_nsec + (long long)(ms * 1e6);
    return (struct timespec){.tv_sec = t.tv_sec + ns / 1000000000, .tv_nsec = ns % 1000000000};
}

/* Takes pictures of the first job's model. A job whose last picture is taken leaves the list. */
static size_t take_now(struct serve_queue *q, size_t most, struct serve_item *items) {
    const int model = q->first->model;
    struct serve_job *before = NULL;
    size_t count = 0;
    for (struct serve_job *job = q->first, *next; job && count < most; job = next) {
        next = job->next;
        if (job->model == model)
            while (job->taken < job->count && count < most)
                items[count++] = (struct serve_item){job, job->taken++};
        if (job->taken < job->count) {
            before = job;
            continue;
        }
        if (before)
            before->next = next;
        else
            q->first = next;
        if (q->last == job) q->last = before;
    }
    q->depth -= count;
    return count;
}

/* With more than a batch waiting, takes whole batches only: the remaining pictures can share a batch with later ones. */
static size_t whole_batches(const struct serve_queue *q, size_t most) {
    const size_t waiting = count_waiting(q, most), batch = q->first->batch;
    const size_t count = waiting < most ? waiting : most;
    return batch > 1 && count > batch ? count - count % batch : count;
}

size_t serve_queue_take(struct serve_queue *q, const struct serve_take *take, struct serve_item *items) {
    size_t count = 0;
    pthread_mutex_lock(&q->lock);
    while (!q->first && !q->closed) pthread_cond_wait(&q->changed, &q->lock);
    if (q->first) {
        const struct timespec end = after(take->wait_ms);
        while (q->arriving > 0 && !q->closed && q->first->batch > 1 &&
               count_waiting(q, take->enough) < take->enough)
            if (pthread_cond_timedwait(&q->changed, &q->lock, &end)) break;
        count = take_now(q, whole_batches(q, take->most), items);
    }
    pthread_mutex_unlock(&q->lock);
    return count;
}

void serve_queue_close(struct serve_queue *q) {
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

size_t serve_queue_depth(struct serve_queue *q) {
    pthread_mutex_lock(&q->lock);
    const size_t depth = q->depth;
    pthread_mutex_unlock(&q->lock);
    return depth;
}
