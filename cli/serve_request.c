/* What a request says, and its pictures in the queue. */
#include "serve_request.h"
#include "clock.h"
#include "serve_watch.h"
#include <microhttpd.h>

const char *serve_header(const struct serve_request *r, const char *name) {
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

const char *serve_query(const struct serve_request *r, const char *name) {
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* ---- waiting for another thread ---------------------------------------------------------------------------- */

void serve_suspend(struct serve_request *r, void (*answer)(struct serve_request *r)) {
    r->answer = answer;
    r->submitted = true;
    atomic_fetch_add(&r->serve->waiting, 1);
    serve_watch_restart(r->serve->watch, r->watched, true);
    MHD_suspend_connection(r->connection);
}

void serve_resume(struct serve_request *r) {
    serve_watch_restart(r->serve->watch, r->watched, false);
    atomic_fetch_sub(&r->serve->waiting, 1);
    MHD_resume_connection(r->connection);
}

/* ---- pictures in the queue --------------------------------------------------------------------------------- */

/* In the compute thread. */
static void finish(struct serve_job *job) {
    struct serve_request *r = job->user;
    r->ms = 1e3 * (cli_clock_now() - r->queued);
    serve_resume(r);
}

/* The connection is suspended before the compute thread can resume it. */
void serve_submit(struct serve_request *r, void (*answer)(struct serve_request *r)) {
    r->job.finish = finish;
    r->job.user = r;
    r->job.batch = (size_t)r->serve->models[r->job.model].batch;
    r->queued = cli_clock_now();
    serve_suspend(r, answer);
    if (serve_queue_put(r->serve->queue, &r->job)) return;
    serve_refuse(r, 503, "serve-queue", "the queue is full; try again");
    serve_resume(r);
}
