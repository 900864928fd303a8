/* A server without models: libmicrohttpd's thread answers, and a second thread enforces the deadlines of connections. */
#include "serve_beside.h"
#include "args.h"
#include "clock.h"
#include "output.h"
#include "serve_http.h"
#include "serve_library.h"
#include "serve_listen.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 64, SECONDS = 30, BODY = 1 << 16 };
static const double watched_s = 5, last_look_s = 3; /* a page asks every two seconds */

struct serve_beside {
    struct serve serve;
    struct serve_listen listen;
    pthread_t ticker;
    bool ticks;
    atomic_bool ended;
};

struct beside_args {
    int serve;
};
#define OPTS struct beside_args
static const struct linnet_option rows[] = {
    {CLI_ROW(INT, serve), .max = 65535, .zero_is_none = true, .bare = "8080", .default_text = "none",
     .group = "output", .flag = "serve", .value = "PORT", .help = "show the run on a page while it trains",
     .detail = "The page is at http://127.0.0.1:8080/, or at another port with --serve=PORT; port 0 "
               "chooses a free one. The page ends with the training; afterwards linnet serve RUN shows the "
               "run. If the port is in use, train fails before the first step."},
};
CLI_TABLE(beside, rows)

const struct linnet_option *serve_beside_flag(int index) {
    return beside(index);
}

static void sleep_a_little(void) {
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static void *tick(void *user) {
    struct serve_beside *b = user;
    while (!atomic_load(&b->ended)) {
        sleep_a_little();
        serve_http_tick(&b->serve, CONNECTIONS);
    }
    return NULL;
}

static int start(struct serve_beside *b, int port) {
    struct serve *s = &b->serve;
    s->queue = serve_queue_create(1);
    s->metrics = serve_metrics_create();
    if (!s->queue || !s->metrics) return cli_fail(LINNET_ERR_LIMIT, "out of memory [cli-memory]");
    int status = serve_listen_open(&b->listen, "127.0.0.1", port == LINNET_NONE ? 0 : port, "--serve=0");
    if (!status) status = serve_library_open();
    if (!status) status = serve_http_start(s, b->listen.socket, CONNECTIONS);
    if (status) return status;
    int failed = pthread_create(&b->ticker, NULL, tick, b);
    b->ticks = !failed;
    return failed
               ? cli_fail(LINNET_ERR_LIMIT, "the server's thread could not be started: %s", strerror(failed))
               : LINNET_OK;
}

static void destroy(struct serve_beside *b) {
    atomic_store(&b->ended, true);
    if (b->ticks) pthread_join(b->ticker, NULL);
    serve_http_stop(&b->serve);
    serve_queue_destroy(b->serve.queue);
    serve_metrics_destroy(b->serve.metrics);
    free(b);
}

int serve_beside_start(struct serve_beside **out, int port, const char *folder) {
    const char *token = getenv("LINNET_TOKEN");
    struct serve_beside *b = calloc(1, sizeof *b);
    if (!b) return cli_fail(LINNET_ERR_LIMIT, "out of memory [cli-memory]");
    b->serve.guard.token = token && *token ? token : NULL;
    b->serve.limits = (struct serve_limits){BODY, 1, SECONDS};
    serve_runs_add(&b->serve.runs, folder, SERVE_ONE_RUN);
    int status = start(b, port);
    if (status) destroy(b);
    *out = status ? NULL : b;
    return status;
}

int serve_beside_port(const struct serve_beside *b) {
    return b->listen.port;
}

void serve_beside_stop(struct serve_beside *b) {
    if (!b) return;
    const double now = cli_clock_now(), looked = atomic_load(&b->serve.looked);
    if (looked > 0 && now - looked < watched_s)
        while (atomic_load(&b->serve.looked) < now && cli_clock_now() < now + last_look_s) sleep_a_little();
    serve_http_drain(&b->serve);
    destroy(b);
}
