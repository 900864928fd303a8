/* Training with its report as text or JSON, and the messages about bad images. */
#include "training.h"
#include "output.h"
#include "stop.h"
#include "train_report.h"

static void on_event(void *user, const struct linnet_event *event) {
    struct cli_training *t = user;
    cli_skips_event(&t->skips, event);
    if (!t->quiet) t->report->event(t, event);
}

int cli_training_run(linnet_model *model, linnet_data *data, struct linnet_train_opts *opts,
                     const struct cli_verbosity *verbosity) {
    struct cli_training t = {
        .data = data,
        .model = model,
        .opts = opts,
        .folder = opts->dir,
        .quiet = verbosity->quiet,
        .report = verbosity->json ? &cli_train_json : &cli_train_text,
        .watched = linnet_data_watches_test(data) || linnet_data_count(data, LINNET_VAL) > 0,
        .watched_name = linnet_data_watches_test(data) ? "test" : "val",
    };
    cli_progress_init(&t.progress, stdout, !verbosity->quiet && !verbosity->json);
    opts->stop = cli_stop_watch();
    opts->on_event = on_event;
    opts->user = &t;

    struct linnet_result result = {.size = sizeof result};
    if (!verbosity->quiet) t.report->start(&t);
    fflush(stdout);
    int status = linnet_train(model, data, opts, &result);
    cli_progress_clear(&t.progress);
    cli_skips_end(&t.skips, opts->dir);
    if (status) return cli_fail_library(status);
    t.report->end(&t, &result);
    return LINNET_OK;
}
