/* Headers and query of a request, suspending it, and its pictures in the queue. */
#include "serve_request.h"
#include "clock.h"
#include "serve_library.h"
#include "serve_watch.h"
#include <semaphore.h>

const char *serve_header(const struct serve_request *r, const char *name) {
    return serve_mhd.MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

const char *serve_query(const struct serve_request *r, const char *name) {
    return serve_mhd.MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* ---- waiting for another thread ---------------------------------------------------------------------------- */

void serve_suspend(struct serve_request *r, void (*answer)(struct serve_request *r)) {
    r->answer = answer;
    r->submitted = true;
    atomic_fetch_add(&r->serve->waiting, 1);
    serve_watch_restart(r->serve->watch, r->watched, true);
    serve_mhd.MHD_suspend_connection(r->connection);
}

void serve_resume(struct serve_request *r) {
    serve_watch_restart(r->serve->watch, r->watched, false);
    atomic_fetch_sub(&r->serve->waiting, 1);
    serve_mhd.MHD_resume_connection(r->connection);
}

/* ---- pictures in the queue --------------------------------------------------------------------------------- */

static bool put(struct serve_request *r, void (*finish)(struct serve_job *job), void *user) {
    r->job.finish = finish;
    r->job.user = user;
    r->job.batch = (size_t)r->serve->models[r->job.model].batch;
    return serve_queue_put(r->serve->queue, &r->job);
}

static void take_time(struct serve_request *r) {
    r->ms = 1e3 * (cli_clock_now() - r->queued);
}

/* In the compute thread. */
static void finish(struct serve_job *job) {
    take_time(job->user);
    serve_resume(job->user);
}

/* Suspends the connection first, because the compute thread may resume it as soon as the job is queued. */
void serve_submit(struct serve_request *r, void (*answer)(struct serve_request *r)) {
    r->queued = cli_clock_now();
    serve_suspend(r, answer);
    r->job.arriving = r->arriving;
    r->arriving = false; /* the compute thread may answer at once */
    if (put(r, finish, r)) return;
    if (r->job.arriving) serve_queue_arriving(r->serve->queue, -1);
    serve_refuse(r, 503, "serve-queue", "the queue is full; try again");
    serve_resume(r);
}

static void wake(struct serve_job *job) {
    sem_post(job->user);
}

bool serve_await_results(struct serve_request *r) {
    sem_t done;
    sem_init(&done, 0, 0);
    const bool fits = put(r, wake, &done);
    while (fits && sem_wait(&done)) {} /* a signal may end a wait */
    sem_destroy(&done);
    take_time(r);
    return fits;
}
