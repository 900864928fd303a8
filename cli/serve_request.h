/* A request and its answer, as handlers see them. libmicrohttpd parses requests and sends answers; its only thread runs all
 * handlers, so a request that waits for the compute thread is suspended.
 *
 *     static void put_hello(struct serve_request *r) {
 *         FILE *out = serve_answer_begin(r);
 *         if (out) fputs("hello\n", out);
 *         serve_answer_end(r, 200, "text/plain; charset=utf-8");
 *     }
 *
 *     serve_request.c          headers and query of a request; its pictures in the queue
 *     serve_answer.c           the answer's text and headers, refusals
 *     serve_explain_answer.c   answers by the thread that explains
 */
#ifndef CLI_SERVE_REQUEST_H
#define CLI_SERVE_REQUEST_H

#include "serve_guard.h"
#include "serve_metrics.h"
#include "serve_model.h"
#include "serve_queue.h"
#include "serve_runs.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

struct MHD_Connection;
struct MHD_Daemon;
struct serve_explain;
struct serve_explain_job;
struct serve_request;
struct serve_watch;
struct serve_watched;

struct serve_limits {
    size_t body;    /* bytes of a request's body; all bodies together may take eight times as much */
    int pictures;   /* of one request */
    double seconds; /* to receive a request, or its answer */
};

/* The server, as handlers see it. */
struct serve {
    struct serve_model *models; /* [model_count] */
    int model_count;
    struct serve_runs runs; /* watched runs */
    int topk;
    double min_conf;
    bool unknown;
    struct serve_guard guard;
    struct serve_limits limits;
    struct serve_queue *queue;
    struct serve_metrics *metrics;
    struct serve_explain *explain;         /* NULL: nothing is explained here */
    struct linnet_explain_opts explaining; /* of the models that are served */

    struct MHD_Daemon *daemon;
    struct serve_watch *watch;
    atomic_int requests;      /* begun and not yet answered */
    atomic_int waiting;       /* suspended requests */
    atomic_bool draining;     /* predictions are refused */
    atomic_size_t body_bytes; /* in use by bodies */
    _Atomic double looked;    /* when a run was last asked for; 0: never */
};

/* A path of the server. {name} and {file} of the pattern stand for any text without '/'; what follows in the segment, such as
 * ".json", must end it. */
struct serve_route {
    const char *method, *path;
    void (*handle)(struct serve_request *r); /* called with the whole body; answers or submits */
    bool free;                               /* needs no token */
    bool predicts;                           /* refused while the server stops */
};
/* The route of a path. The texts for {name} and {file} are copied into name and file, each [SERVE_MODEL_NAME_MAX]. NULL with
 * *status 404, or 405 if the path exists for another method. */
const struct serve_route *serve_route_find(const char *method, const char *path, char *name, char *file,
                                           int *status);
/* Route number `index` in the order of the table; NULL past the end. */
const struct serve_route *serve_route_get(int index);

struct serve_request {
    struct serve *serve;
    struct MHD_Connection *connection;
    struct serve_watched *watched;
    const struct serve_route *route; /* NULL: refused before it was known */
    char name[SERVE_MODEL_NAME_MAX]; /* {name} of the route */
    char file[SERVE_MODEL_NAME_MAX]; /* {file} of the route */
    double begun;                    /* seconds of the monotonic clock */
    int refused;                     /* the HTTP status of a request whose body is only discarded */

    unsigned char *body; /* [size] */
    size_t size, capacity, expected;

    /* Pictures in the queue, and the function that builds the answer from their results. */
    struct serve_job job;
    void (*answer)(struct serve_request *r);
    char **names; /* [job.count], of the pictures; NULL or an element NULL: none */
    void *pixels; /* memory of inputs that are not in the body */
    int topk;
    bool explains; /* pictures are explained too, */
    int target;    /* for this class; -1: for the predicted one */
    bool submitted, arriving;
    double queued, ms;                 /* when the pictures were queued; milliseconds until their results */
    struct serve_explain_job *explain; /* NULL: none */

    FILE *out; /* between serve_answer_begin and _end */
    char *text;
    size_t length;
    const unsigned char *fixed; /* in place of text */
    const char *type;
    int status;
    char etag[24]; /* of the answer, with its quotes; "" for none */
};

const char *serve_header(const struct serve_request *r, const char *name); /* NULL: absent */
const char *serve_query(const struct serve_request *r,
                        const char *name); /* ?name=value, decoded; NULL: absent */

/* The stream of the answer's text; NULL if memory is short, which serve_answer_end() turns into status 500. */
FILE *serve_answer_begin(struct serve_request *r);
void serve_answer_end(struct serve_request *r, int status, const char *type);
/* Answers with bytes that outlive the server, such as a file of the page. */
void serve_answer_static(struct serve_request *r, const unsigned char *bytes, size_t count, const char *type);
/* True if the client already has the answer of this stamp: the request is then answered with status 304. Otherwise the
 * answer that follows carries the stamp as its ETag. */
bool serve_answer_unchanged(struct serve_request *r, uint64_t stamp);
/* Answers {"error": ..., "code": ...}, in place of any earlier answer. */
void serve_refuse(struct serve_request *r, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Sends the answer. close: the connection ends with it. Returns an enum MHD_Result. */
int serve_respond(struct serve_request *r, bool close);

/* Answers with the explanation of r->explain: a kept one, or one that the thread draws. */
void serve_answer_explained(struct serve_request *r);

/* Holds the answer back until serve_resume(), which another thread may call; then `answer` builds it. */
void serve_suspend(struct serve_request *r, void (*answer)(struct serve_request *r));
void serve_resume(struct serve_request *r);

/* Allocates job.inputs, job.results and names for `count` pictures. False after a refusal. */
bool serve_pictures(struct serve_request *r, size_t count);
/* Queues job; `answer` is called when its results are there. Refuses with 503 if the queue is full. */
void serve_submit(struct serve_request *r, void (*answer)(struct serve_request *r));
/* Queues job, of a request that is suspended, and waits for its results; r->queued is set. False if the queue is full. */
bool serve_await_results(struct serve_request *r);

/* The model called `name`, NULL after a refusal; name NULL: the first. */
struct serve_model *serve_model_find(struct serve_request *r, const char *name);

#endif
