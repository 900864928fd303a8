/* linnet eval: measures a model on a part of a data set. */
#include "command.h"
#include "eval_report.h"
#include "model.h"
#include "output.h"
#include "progress.h"
#include "skips.h"
#include "stop.h"
#include <string.h>

struct eval_args {
    struct linnet_model_opts model;
    struct linnet_data_opts data;
    struct linnet_eval_opts eval;
    const char *part;
    bool json;
};

static const char *part_choice(int index) {
    static const char *const names[] = {"train", "val", "test", NULL};
    return names[index];
}

#define OPTS struct eval_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, part), .choice = part_choice, .default_text = "test; if it is empty val, else train",
     .flag = "part", .group = "data", .help = "the part to measure on"},
    {CLI_SEED_ROW, .default_text = "the run's, else 0", .group = "data", .help = "seed of the split"},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags eval_flags[] = {
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights "},
    {own},
    {linnet_data_options, .at = offsetof(OPTS, data), .only = " split split-file limit "},
    {linnet_eval_options, .at = offsetof(OPTS, eval)},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* linnet_evaluate() would choose the same default, but the report names the part, so it is resolved here. */
static enum linnet_part part_of(const char *name, const linnet_data *data) {
    for (int i = 0; name; i++)
        if (!strcmp(part_choice(i), name)) return (enum linnet_part)(LINNET_TRAIN + i);
    if (linnet_data_count(data, LINNET_TEST) > 0) return LINNET_TEST;
    return linnet_data_count(data, LINNET_VAL) > 0 ? LINNET_VAL : LINNET_TRAIN;
}

/* A run folder knows its data and its split, and DATA replaces only the path: the same photos in another
 * place. For any other MODEL, DATA is required. A MODEL that does not exist is reported before a missing
 * DATA, because it is probably a misspelt name, which the library can correct. */
static int open_data(linnet_data **data, const char *model, const char *path,
                     const struct linnet_data_opts *opts) {
    int status;
    if (cli_model_is_run(model))
        status = linnet_data_open_run(data, model, path, opts);
    else if (path)
        status = linnet_data_open(data, path, opts);
    else if (!cli_model_exists(model))
        return cli_model_load(&(linnet_model *){NULL}, model, NULL, NULL); /* reports what is wrong with it */
    else
        return cli_fail(LINNET_ERR_USAGE, "%s is not a run folder, so DATA is required; usage: linnet %s",
                        model, cli_command_eval.usage);
    return status ? cli_fail_library(status) : LINNET_OK;
}

struct watch {
    struct cli_progress progress;
    struct cli_skips skips;
};

static void on_event(void *user, const struct linnet_event *event) {
    struct watch *watch = user;
    cli_skips_event(&watch->skips, event);
    if (event->kind == LINNET_EVENT_STEP)
        cli_progress_show(&watch->progress, "eval", event->step, event->steps, event->images_per_s, "");
}

static int evaluate(linnet_model *model, linnet_data *data, struct eval_args *args, const char *name) {
    struct linnet_metrics metrics = {.size = sizeof metrics};
    struct watch watch = {0};
    cli_progress_init(&watch.progress, stdout, !args->json);
    args->eval.part = part_of(args->part, data);
    args->eval.stop = cli_stop_watch();
    args->eval.on_event = on_event;
    args->eval.user = &watch;
    int status = linnet_evaluate(model, data, &args->eval, &metrics);
    cli_progress_clear(&watch.progress);
    cli_skips_end(&watch.skips, args->eval.dir);
    if (status) return cli_fail_library(status);
    struct cli_evaluation evaluation = {.name = name,
                                        .model = model,
                                        .data = data,
                                        .part = args->eval.part,
                                        .metrics = &metrics,
                                        .folder = args->eval.dir};
    return args->json ? cli_eval_json(&evaluation) : cli_eval_text(&evaluation);
}

static int eval_run(int argc, char **argv) {
    struct eval_args args = {
        .model.size = sizeof args.model, .data.size = sizeof args.data, .eval.size = sizeof args.eval};
    struct cli_positional positional;
    linnet_model *model = NULL;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_eval, argc, argv, &args, &positional);
    if (status) return status;
    const char *name = positional.items[0];
    /* The data comes first: an architecture's name takes its classes and channels from it. */
    status = open_data(&data, name, positional.count > 1 ? positional.items[1] : NULL, &args.data);
    if (!status) status = cli_model_load(&model, name, data, &args.model);
    if (!status) status = evaluate(model, data, &args, name);
    linnet_model_destroy(model);
    linnet_data_close(data);
    return status;
}

const struct cli_command cli_command_eval = {
    .name = "eval",
    .group = "train and use",
    .summary = "measure a model: loss, accuracy, confusion matrix",
    .usage = "eval MODEL [DATA] [flags]",
    .about = "MODEL is a run folder, a model file or an architecture's name (untrained weights). "
             "DATA may be omitted if MODEL is a run: the default is the data and the split of the run.",
    .example = "linnet eval runs/train",
    .min_args = 1,
    .max_args = 2,
    .computes = true,
    .flags = eval_flags,
    .run = eval_run,
};
