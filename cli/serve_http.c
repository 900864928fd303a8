/* The daemon of libmicrohttpd: receives requests, checks who sends them, and hands them to their routes. */
#include "serve_http.h"
#include "clock.h"
#include "output.h"
#include "serve_explain.h"
#include "serve_library.h"
#include "serve_watch.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BODIES = 8,               /* all bodies together may take BODIES times the largest body's memory */
    HEADER_MEMORY = 32 << 10, /* of a connection: request line, headers, and a piece of the body */
    FIRST_BODY = 64 << 10,
    FULL_LEAVES = 8, /* when so few connections are left, those that wait have only FULL_SECONDS */
    FULL_SECONDS = 2,
    DRAIN_SECONDS = 5, /* for clients to finish sending requests and reading answers */
};

static struct serve_watched *watched(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        serve_mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* ---- the checks before a body is read --------------------------------------------------------------------- */

static void refuse_who(struct serve_request *r) {
    const struct serve_guard *guard = &r->serve->guard;
    const char *host = serve_header(r, "Host");
    if (!serve_guard_host(guard, host))
        serve_refuse(r, 403, "serve-host",
                     "the host name '%s' is not served here; --allow-host NAME allows it", host ? host : "");
    else if (!serve_guard_origin(host, serve_header(r, "Origin")))
        serve_refuse(r, 403, "serve-origin", "requests from pages of other sites are refused");
    else if (!(r->route && r->route->free) && !serve_guard_token(guard, serve_header(r, "Authorization")))
        serve_refuse(r, 401, "serve-token", "a token is needed: Authorization: Bearer TOKEN");
}

static void refuse_body(struct serve_request *r) {
    const struct serve_limits *limits = &r->serve->limits;
    const char *length = serve_header(r, "Content-Length");
    if (serve_header(r, "Transfer-Encoding")) {
        serve_refuse(r, 411, "serve-length",
                     "the body needs a Content-Length; chunked transfer is not supported");
        return;
    }
    errno = 0;
    const unsigned long long expected = length ? strtoull(length, NULL, 10) : 0;
    if (expected > limits->body || errno)
        serve_refuse(r, 413, "serve-body", "the body has %s bytes, %zu are allowed", length, limits->body);
    else
        r->expected = expected;
}

static void check(struct serve_request *r, const char *method, const char *url) {
    int status = 200;
    const bool head = !strcmp(method, "HEAD");
    r->route = serve_route_find(head ? "GET" : method, url, r->name, r->file, &status);
    refuse_who(r);
    if (!r->refused) refuse_body(r);
    if (r->refused) return;
    if (status == 404) serve_refuse(r, 404, "serve-path", "there is nothing at this path; see /openapi.json");
    if (status == 405) serve_refuse(r, 405, "serve-method", "this path does not take the method %s", method);
    if (status == 200 && r->route->predicts && atomic_load(&r->serve->draining))
        serve_refuse(r, 503, "serve-stopping", "the server is stopping");
}

/* ---- the body --------------------------------------------------------------------------------------------- */

/* Memory grows with the bytes that have arrived, not with the announced length. */
static bool grow_body(struct serve_request *r, size_t size) {
    size_t capacity = r->capacity ? r->capacity : FIRST_BODY;
    while (capacity < size) capacity *= 2;
    if (capacity > r->expected) capacity = r->expected;
    if (capacity <= r->capacity) return size <= r->capacity;
    const size_t more = capacity - r->capacity;
    if (atomic_fetch_add(&r->serve->body_bytes, more) + more > BODIES * r->serve->limits.body) {
        atomic_fetch_sub(&r->serve->body_bytes, more);
        return false;
    }
    unsigned char *grown = realloc(r->body, capacity);
    if (!grown) {
        atomic_fetch_sub(&r->serve->body_bytes, more);
        return false;
    }
    r->body = grown;
    r->capacity = capacity;
    return true;
}

static void free_body(struct serve_request *r) {
    atomic_fetch_sub(&r->serve->body_bytes, r->capacity);
    free(r->body);
    r->body = NULL;
    r->size = r->capacity = 0;
}

/* The body of a refused request is discarded as it arrives: a client reads the answer only after sending the body. */
static void take_body(struct serve_request *r, const char *bytes, size_t count) {
    if (r->refused) return;
    if (!grow_body(r, r->size + count)) {
        free_body(r);
        serve_refuse(r, 503, "serve-memory", "too many large requests at the same time; try again");
        return;
    }
    memcpy(r->body + r->size, bytes, count);
    r->size += count;
}

/* ---- requests --------------------------------------------------------------------------------------------- */

static struct serve_request *begin(struct serve *s, struct MHD_Connection *connection, const char *url,
                                   const char *method) {
    struct serve_request *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    *r = (struct serve_request){
        .serve = s, .connection = connection, .watched = watched(connection), .begun = cli_clock_now()};
    atomic_fetch_add(&s->requests, 1);
    serve_watch_restart(s->watch, r->watched, false); /* time that the connection was idle does not count */
    check(r, method, url);
    r->arriving = !r->refused && r->route->predicts;
    if (r->arriving) serve_queue_arriving(s->queue, 1);
    return r;
}

static void arrived(struct serve_request *r) {
    if (r->arriving) serve_queue_arriving(r->serve->queue, -1);
    r->arriving = false;
}

/* Called for the headers, for each piece of the body, at its end, and after a suspended request is resumed. */
static enum MHD_Result on_request(void *serve, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **context) {
    struct serve_request *r = *context;
    if (!r) {
        *context = r = begin(serve, connection, url, method);
        if (!r) return MHD_NO;
        const bool unread = r->refused == 413 || r->refused == 411; /* the body may be too long to read */
        return unread ? serve_respond(r, true) : MHD_YES;
    }
    if (*size) {
        take_body(r, data, *size);
        *size = 0;
        return MHD_YES;
    }
    const bool resumed = r->submitted;
    r->submitted = false;
    if (resumed && !r->refused) {
        r->answer(r);
    } else if (!r->refused) {
        r->route->handle(r);
        arrived(r);
    }
    return r->submitted ? MHD_YES : serve_respond(r, false);
}

static void fini_job(struct serve_request *r) {
    for (size_t i = 0; i < r->job.count; i++) {
        if (r->job.results) free(r->job.results[i].memory);
        if (r->names) free(r->names[i]);
    }
    free(r->job.inputs);
    free(r->job.results);
    free(r->names);
    free(r->pixels);
    serve_explain_free(r->explain);
}

static void on_completed(void *serve, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why) {
    struct serve_request *r = *context;
    if (!r) return;
    arrived(r);
    if (r->status)
        serve_metrics_request(r->serve->metrics, r->route ? r->route->path : "other", r->status,
                              cli_clock_now() - r->begun);
    if (r->out) fclose(r->out);
    free(r->text);
    fini_job(r);
    free_body(r);
    serve_watch_restart(r->serve->watch, r->watched, false);
    atomic_fetch_sub(&r->serve->requests, 1);
    free(r);
    *context = NULL;
}

static void on_connection(void *serve, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what) {
    struct serve *s = serve;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            serve_mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context = info ? serve_watch_open(s->watch, info->connect_fd) : NULL;
    } else {
        serve_watch_close(s->watch, *context);
        *context = NULL;
    }
}

/* ---- start and stop ---------------------------------------------------------------------------------------- */

/* Clients get an answer for a wrong request; lines about them would only fill a log. */
static void be_quiet(void *user, const char *fmt, va_list list) {}

int serve_http_start(struct serve *s, int socket, int connections) {
    s->watch = serve_watch_create();
    if (!s->watch) return cli_fail(LINNET_ERR_LIMIT, "out of memory [cli-memory]");
    const unsigned seconds = (unsigned)s->limits.seconds + 1;
    s->daemon = serve_mhd.MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_request, s, MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL, MHD_OPTION_LISTEN_SOCKET, socket,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)connections, MHD_OPTION_CONNECTION_TIMEOUT, seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
    if (s->daemon) return LINNET_OK;
    return cli_fail(LINNET_ERR_IO, "the server could not be started: %s", strerror(errno));
}

void serve_http_tick(struct serve *s, int connections) {
    const bool full = serve_watch_count(s->watch) + FULL_LEAVES >= (size_t)connections;
    serve_watch_expire(s->watch, full ? FULL_SECONDS : s->limits.seconds);
}

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

void serve_http_drain(struct serve *s) {
    const MHD_socket socket = serve_mhd.MHD_quiesce_daemon(s->daemon);
    if (socket != MHD_INVALID_SOCKET) close(socket);
    atomic_store(&s->draining, true);
    double end = cli_clock_now() + DRAIN_SECONDS;
    while (atomic_load(&s->requests) > 0 && (cli_clock_now() < end || atomic_load(&s->waiting) > 0)) {
        if (atomic_load(&s->waiting) > 0) end = cli_clock_now() + DRAIN_SECONDS;
        sleep_ms(10);
    }
}

void serve_http_stop(struct serve *s) {
    if (s->daemon) serve_mhd.MHD_stop_daemon(s->daemon);
    s->daemon = NULL;
    serve_watch_destroy(s->watch);
    s->watch = NULL;
}
