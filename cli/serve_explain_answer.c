/* Requests that wait for the thread that explains. */
#include "serve_explain.h"
#include "serve_request.h"
#include <string.h>

static void answer(struct serve_request *r) {
    struct serve_explain_job *job = r->explain;
    if (!job->text) {
        const bool busy = !strcmp(job->code, "serve-memory") || !strcmp(job->code, "serve-queue");
        serve_refuse(r, busy ? 503 : 422, job->code, "%s", job->error);
        return;
    }
    r->text = job->text;
    r->length = job->length;
    job->text = NULL;
    r->status = job->status ? job->status : 200;
    r->type = "application/json";
}

/* In the thread that explains. */
static void finish(struct serve_explain_job *job) {
    serve_resume(job->user);
}

void serve_answer_explained(struct serve_request *r) {
    r->explain->finish = finish;
    r->explain->user = r;
    if (serve_explain_known(r->serve->explain, r->explain)) {
        answer(r);
        return;
    }
    serve_suspend(r, answer);
    if (serve_explain_put(r->serve->explain, r->explain)) return;
    serve_refuse(r, 503, "serve-queue", "too many requests for explanations at the same time; try again");
    serve_resume(r);
}
