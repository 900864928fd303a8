/* Training with its report as text or JSON, and the messages about bad images. The report is chosen once, as
 * a struct of three functions (train_report.h), so that nothing else asks for the form of the output. */
#include "training.h"
#include "output.h"
#include "serve_beside.h"
#include "stop.h"
#include "train_report.h"

static void on_event(void *user, const struct linnet_event *event) {
    struct cli_training *t = user;
    cli_skips_event(&t->skips, event);
    if (t->quiet) return;
    if (event->kind == LINNET_EVENT_START && event->memory) t->report->memory(event->memory);
    t->report->event(t, event);
}

static struct cli_training training(linnet_model *model, linnet_data *data,
                                    const struct linnet_train_opts *train,
                                    const struct cli_training_opts *opts) {
    /* Some data sets have a training and a test part only. The test part is then evaluated after each epoch,
     * shown as such, and never used to choose one. */
    const bool test_is_watched = linnet_data_watches_test(data);
    return (struct cli_training){
        .data = data,
        .model = model,
        .opts = train,
        .folder = train->dir,
        .seconds = opts->seconds,
        .quiet = opts->verbosity->quiet,
        .report = opts->verbosity->json ? &cli_train_json : &cli_train_text,
        .watched = test_is_watched || linnet_data_count(data, LINNET_VAL) > 0,
        .watched_name = test_is_watched ? "test" : "val",
    };
}

int cli_training_show(linnet_model *model, linnet_data *data, const struct linnet_train_opts *train,
                      const struct cli_training_opts *opts) {
    struct cli_training t = training(model, data, train, opts);
    struct linnet_train_memory memory = {.size = sizeof memory};
    struct linnet_train_opts in_folder = *train;
    in_folder.dir = "."; /* counts the memory of a run's reports; nothing is written here */
    t.report->start(&t);
    fflush(stdout);
    int status = linnet_train_memory(model, data, &in_folder, &memory);
    if (status) return cli_fail_library(status);
    t.report->memory(&memory);
    return LINNET_OK;
}

static int run(linnet_model *model, linnet_data *data, struct linnet_train_opts *train,
               const struct cli_training_opts *opts, const struct serve_beside *beside) {
    struct cli_training t = training(model, data, train, opts);
    cli_progress_init(&t.progress, !opts->verbosity->quiet && !opts->verbosity->json);
    train->stop = cli_stop_watch();
    train->on_event = on_event;
    train->user = &t;

    struct linnet_result result = {.size = sizeof result};
    if (!t.quiet) t.report->start(&t);
    if (beside && (t.quiet || opts->verbosity->json))
        cli_say("watch the run at http://127.0.0.1:%d/", serve_beside_port(beside));
    else if (beside)
        printf("watch   http://127.0.0.1:%d/\n", serve_beside_port(beside));
    /* Training may take hours: what is in a log must not wait for the buffer to fill. */
    fflush(stdout);
    int status = linnet_train(model, data, train, &result);
    /* The bar goes before the messages, which would otherwise share its line. */
    cli_progress_clear(&t.progress);
    cli_skips_end(&t.skips, train->dir);
    if (status) return cli_fail_library(status);
    if (linnet_ranks_rank(train->ranks) == 0) t.report->end(&t, &result);
    return LINNET_OK;
}

/* The server comes before the first file of the run: a port in use leaves no trace. */
int cli_training_run(linnet_model *model, linnet_data *data, struct linnet_train_opts *train,
                     const struct cli_training_opts *opts) {
    struct serve_beside *beside = NULL;
    int status = opts->serve ? serve_beside_start(&beside, opts->serve, train->dir) : LINNET_OK;
    if (!status) status = run(model, data, train, opts, beside);
    serve_beside_stop(beside);
    return status;
}
