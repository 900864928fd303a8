/* linnet serve: models and runs over HTTP, with pages for people.
 *
 *     serve_listen.c    the socket
 *     serve_http.c      requests and their bodies
 *     serve_answer.c    answers and their headers
 *     serve_guard.c     who may talk to the server
 *     serve_watch.c     deadlines of connections
 *     serve_route.c     the paths
 *     serve_asset.c     the files of the pages
 *     serve_about.c     health, models, metrics
 *     serve_predict.c   POST /predict
 *     serve_multipart.c the files of a form
 *     serve_infer.c     POST /v2/models/NAME/infer
 *     serve_protocol.c  the other paths of the Open Inference Protocol
 *     serve_json.c      a reader of JSON for requests
 *     serve_queue.c     pictures that wait
 *     serve_batcher.c   the compute thread
 *     serve_model.c     names of models
 *     serve_metrics.c   counters and histograms
 *     serve_runs.c      runs that are watched; serve_runs.h lists their files
 *     serve_explain.c   the thread that explains; serve_explain.h lists its files
 *     serve_library.c   libmicrohttpd, loaded when a server starts
 *     serve_beside.c    the server within a training process: linnet train --serve
 */
#include "command.h"
#include "model.h"
#include "output.h"
#include "serve_batcher.h"
#include "serve_explain.h"
#include "serve_http.h"
#include "serve_library.h"
#include "serve_listen.h"
#include "serve_run.h"
#include "stop.h"
#include "text.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 8080 };
static const char token_variable[] = "LINNET_TOKEN";

struct serve_args {
    struct linnet_model_opts model;
    struct linnet_predict_opts predict;
    const char *host, *allow_host, *token;
    int port, max_body, max_images, max_queue, max_connections, topk;
    double timeout, min_conf;
    bool unknown;
};

#define OPTS struct serve_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, host), .preset_name = "127.0.0.1", .group = "network", .flag = "host",
     .value = "ADDRESS", .help = "address to listen on",
     .detail = "An address other than the loopback requires a token, because other machines can then "
               "connect. The connection is not encrypted. To reach a server on the loopback from another "
               "machine through an encrypted connection, use ssh -L 8080:localhost:8080 MACHINE."},
    {CLI_ROW(INT, port), .preset = PORT, .max = 65535, .zero_is_none = true, .group = "network",
     .flag = "port", .value = "N", .help = "port to listen on; 0: a free one, which is printed"},
    {CLI_ROW(STRING, allow_host), .group = "network", .flag = "allow-host", .value = "NAMES",
     .help = "more host names under which clients reach the server: a,b,c",
     .detail = "Requests for any other name are refused with status 403, so that a hostile web page cannot "
               "reach the server under its own host name (DNS rebinding). localhost, 127.0.0.1 and [::1] "
               "are always allowed."},
    {CLI_ROW(STRING, token), .default_text = "the environment variable LINNET_TOKEN", .group = "network",
     .flag = "token", .value = "TOKEN", .help = "clients must send Authorization: Bearer TOKEN",
     .detail = "Other users of the machine can see the flags of a program; they cannot see its variables."},
    {CLI_ROW(INT, max_body), .preset = 32, .min = 1, .max = 1024, .group = "limits", .flag = "max-body",
     .value = "MB", .help = "largest body of a request, in MB of 2^20 bytes",
     .detail = "All bodies together may take eight times as much memory."},
    {CLI_ROW(INT, max_images), .preset = 64, .min = 1, .max = 4096, .group = "limits", .flag = "max-images",
     .value = "N", .help = "largest number of pictures in one request",
     .detail = "A value above --max-queue is reduced to --max-queue."},
    {CLI_ROW(INT, max_queue), .preset = 256, .min = 1, .max = 65536, .group = "limits", .flag = "max-queue",
     .value = "N", .help = "pictures that may wait; further requests get status 503"},
    {CLI_ROW(INT, max_connections), .preset = 512, .min = 16, .max = 16384, .group = "limits",
     .flag = "max-connections", .value = "N", .help = "largest number of simultaneous connections"},
    {CLI_ROW(SECONDS, timeout), .preset = 30, .min = 1, .max = 3600, .group = "limits", .flag = "timeout",
     .value = "TIME", .help = "time for a client to send a request, and to read its answer"},
    {CLI_ROW(INT, topk), .preset = 5, .min = 1, .max = 1000, .flag = "topk", .value = "N",
     .help = "show the N most probable classes unless a request asks for another number"},
    {CLI_ROW(DOUBLE, min_conf), .max = 1, .flag = "min-conf", .value = "F",
     .help = "answer unsure if no class has at least this probability"},
    {CLI_ROW(BOOL, unknown), .flag = "unknown",
     .help = "answer unsure also for pictures unlike the training images"},
    {.name = "batch",
     .type = LINNET_OPTION_INT,
     .offset = offsetof(OPTS, predict.batch),
     .min = 1,
     .max = 65536,
     .flag = "batch-size",
     .letter = 'b',
     .value = "N",
     .preset = SERVE_BATCH,
     .help = "largest number of pictures computed together",
     .detail = "Up to three waiting pictures are computed in turn, with the same bits as when predict is "
               "given one picture. More pictures share a batch, which is faster, but kernels for batches "
               "may add in a different order, which changes the last digits. 1: every picture is computed "
               "alone."},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags serve_flags[] = {
    {own, .presets = true},
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights "},
    {linnet_predict_options, .at = offsetof(OPTS, predict), .only = " tta dtype threads workers conv "},
    {0},
};

/* ---- checks before anything is loaded ---------------------------------------------------------------------- */

static void resolve(struct serve_args *a) {
    if (a->port == LINNET_NONE) a->port = 0;
    if (!a->token) a->token = getenv(token_variable);
    if (a->token && !*a->token) a->token = NULL;
    if (a->max_images > a->max_queue) a->max_images = a->max_queue;
}

static int check_token(const char *token) {
    for (const char *c = token; c && *c; c++)
        if (*c <= ' ' || *c > '~')
            return cli_fail(LINNET_ERR_USAGE,
                            "--token: only visible ASCII characters can be sent in a header");
    return LINNET_OK;
}

static int check_exposure(const struct serve_args *a, struct serve_listen *listen) {
    char shown[CLI_SHOWN];
    int status = serve_listen_resolve(listen, a->host);
    if (status || listen->loopback || a->token) return status;
    return cli_fail(
        LINNET_ERR_USAGE,
        "--host %s: others could connect, so a token is needed: set %s or give --token; or stay on "
        "127.0.0.1 and connect with ssh -L %d:localhost:%d",
        cli_text_printable(a->host, shown), token_variable, a->port ? a->port : PORT,
        a->port ? a->port : PORT);
}

/* ---- models ------------------------------------------------------------------------------------------------ */

static int load_model(struct serve *s, const struct serve_args *args, const char *path) {
    struct serve_model *m = &s->models[s->model_count];
    int status = cli_model_load(&m->model, path, NULL, &args->model);
    if (status) return status;
    serve_model_name(m, path, s->models, s->model_count);
    cli_model_warn_untrained(path, &args->model, "predictions");
    if (args->unknown) status = cli_model_check_unknown(m->model, path);
    if (status)
        linnet_model_destroy(m->model);
    else
        s->model_count++;
    return status;
}

/* A run that still trains is only watched: its best weights will change, and predictions would slow it down. */
static bool is_ready(const char *path) {
    struct stat st;
    char best[4200];
    snprintf(best, sizeof best, "%.4096s/best.safetensors", path);
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ready = folder >= 0 && !stat(best, &st) && !serve_run_active(folder);
    if (folder >= 0) close(folder);
    return ready;
}

/* A run folder is a run to watch and, once it is trained, also a model. */
static int add_path(struct serve *s, const struct serve_args *args, const char *path) {
    const enum serve_path_kind kind = serve_runs_kind(path);
    if (kind != SERVE_NO_RUN) serve_runs_add(&s->runs, path, kind);
    return kind == SERVE_NO_RUN || (kind == SERVE_ONE_RUN && is_ready(path)) ? load_model(s, args, path)
                                                                             : LINNET_OK;
}

static int add_paths(struct serve *s, const struct serve_args *args, const struct cli_positional *paths) {
    int status = LINNET_OK;
    for (int i = 0; i < paths->count && !status; i++) status = add_path(s, args, paths->items[i]);
    return status;
}

/* ---- running ----------------------------------------------------------------------------------------------- */

/* Each connection needs a descriptor; the soft limit is usually 1024. */
static void allow_files(int connections) {
    struct rlimit limit;
    const rlim_t need = (rlim_t)connections + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= need) return;
    limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void report(const struct serve *s, const struct serve_listen *listen) {
    char shown[CLI_SHOWN], input[32], n[CLI_NUMBER];
    for (int i = 0; i < s->model_count; i++) {
        const struct serve_model *m = &s->models[i];
        printf("model   %s: %s classes, %s, batches of %d\n", cli_text_printable(m->name, shown),
               cli_text_count(linnet_model_classes(m->model), n), cli_model_input(m->model, input), m->batch);
    }
    for (int i = 0; i < s->runs.count; i++) {
        const struct serve_runs_root *root = &s->runs.roots[i];
        printf("%s %s\n", root->many ? "runs   " : "run    ", cli_text_printable(root->path, shown));
    }
    printf("open    http://%s:%d/\n", listen->host, listen->port);
    printf("stop    Ctrl-C; what is queued is answered first\n");
    fflush(stdout);
}

static void wait_for_stop(struct serve *s, int connections, const volatile int *stop) {
    while (!*stop) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); /* a signal ends it */
        serve_http_tick(s, connections);
    }
}

static int run(struct serve *s, const struct serve_args *args, struct serve_listen *listen) {
    struct serve_batcher *batcher = NULL;
    const volatile int *stop = cli_stop_watch();
    cli_stop_notice("\nlinnet: finishing what is queued; press Ctrl-C again to quit at once\n");
    int status = serve_listen_open(listen, args->host, args->port, "--port 0");
    if (status) return status;
    allow_files(args->max_connections);
    status = serve_batcher_start(&batcher, &(struct serve_batcher_opts){.models = s->models,
                                                                        .count = s->model_count,
                                                                        .predict = args->predict,
                                                                        .queue = s->queue,
                                                                        .metrics = s->metrics});
    if (!status && !(s->explain = serve_explain_start()))
        status = cli_fail(LINNET_ERR_LIMIT, "out of memory for the thread that explains [cli-memory]");
    if (!status) status = serve_http_start(s, listen->socket, args->max_connections);
    if (!status) {
        report(s, listen);
        wait_for_stop(s, args->max_connections, stop);
        serve_http_drain(s);
    }
    serve_queue_close(s->queue);
    serve_batcher_join(batcher);
    serve_explain_stop(s->explain);
    serve_http_stop(s);
    return status;
}

static int serve(struct serve *s, const struct serve_args *args, const struct cli_positional *paths,
                 struct serve_listen *listen) {
    int status = add_paths(s, args, paths);
    linnet_release_threads(); /* the compute thread has its own */
    s->queue = serve_queue_create((size_t)args->max_queue);
    s->metrics = serve_metrics_create();
    if (!status && (!s->queue || !s->metrics))
        status = cli_fail(LINNET_ERR_LIMIT, "out of memory [cli-memory]");
    if (!status) status = run(s, args, listen);
    serve_queue_destroy(s->queue);
    serve_metrics_destroy(s->metrics);
    for (int i = 0; i < s->model_count; i++) linnet_model_destroy(s->models[i].model);
    return status;
}

static int serve_run(int argc, char **argv) {
    struct serve_args args = {.model.size = sizeof args.model, .predict.size = sizeof args.predict};
    struct cli_positional positional;
    struct serve_listen listen = {0};
    struct serve_model models[SERVE_MODELS_MAX] = {0};
    int status = cli_args_parse(&cli_command_serve, argc, argv, &args, &positional);
    if (status) return status;
    resolve(&args);
    status = check_token(args.token);
    if (!status) status = check_exposure(&args, &listen);
    if (!status) status = serve_library_open();
    if (status) return status;
    struct serve s = {.models = models,
                      .topk = args.topk,
                      .min_conf = args.min_conf,
                      .unknown = args.unknown,
                      .explaining = {.size = sizeof s.explaining,
                                     .threads = 1,
                                     .workers = 1,
                                     .tta = args.predict.tta,
                                     .conv = args.predict.conv},
                      .guard = {args.allow_host, args.token, !listen.loopback},
                      .limits = {(size_t)args.max_body << 20, args.max_images, args.timeout}};
    return serve(&s, &args, &positional, &listen);
}

const struct cli_command cli_command_serve = {
    .name = "serve",
    .group = "train and use",
    .summary = "serve predictions and training runs over HTTP, with web pages",
    .usage = "serve MODEL|RUN... [flags]",
    .about = "MODEL is a run folder, a model file or an architecture's name (untrained weights); its page "
             "classifies pictures. RUN is a run folder, or a folder of run folders such as runs; its page "
             "shows the curves, also during training. Only this machine can reach the pages and the HTTP "
             "API, unless --host and a token allow others.",
    .example = "linnet serve runs/train",
    .min_args = 1,
    .max_args = SERVE_MODELS_MAX,
    .computes = true,
    .flags = serve_flags,
    .run = serve_run,
};
