/* linnet eval: how good a model is on a part of a data set. */
#include "command.h"
#include "data_flags.h"
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

#define AT(field) offsetof(struct eval_args, field)
static const struct cli_flag eval_flags[] = {
    {.help = "model"},
    CLI_FLAG_WEIGHTS(AT(model.weights), "for an architecture's name: .pth, .safetensors, or ImageNet's"),
    {.help = "data"},
    {"part", 0, CLI_CHOICE, AT(part), "train|val|test",
     .help = "which (test; where there is none, val, else train)"},
    CLI_FLAG_SPLIT(AT(data.split)),
    CLI_FLAG_SEED(AT(data.seed), "of the split (the run's, else 0)"),
    CLI_FLAG_SPLIT_FILE(AT(data)),
    CLI_FLAG_LIMIT(AT(data.limit)),
    {.help = "how"},
    CLI_FLAG_BATCH("batch-size", AT(eval.batch), "images a step"),
    CLI_FLAG_DTYPE(AT(eval.dtype)),
    CLI_FLAG_THREADS(AT(eval.threads)),
    CLI_FLAG_CONV(AT(eval.conv)),
    CLI_FLAG_WORKERS(AT(eval.workers)),
    CLI_FLAG_STRICT(AT(eval.strict)),
    {.help = "output"},
    {"output", 'o', CLI_STRING, AT(eval.dir), "DIR",
     .help = "metrics.json, predictions.csv and pictures go into it"},
    {"logits", 0, CLI_BOOL, AT(eval.logits), NULL, .help = "with -o: logits in predictions.csv"},
    CLI_FLAG_JSON(AT(json)),
    {0},
};

static enum linnet_part part_of(const char *name, const linnet_data *data) {
    if (name) return !strcmp(name, "train") ? LINNET_TRAIN : !strcmp(name, "val") ? LINNET_VAL : LINNET_TEST;
    if (linnet_data_count(data, LINNET_TEST) > 0) return LINNET_TEST;
    return linnet_data_count(data, LINNET_VAL) > 0 ? LINNET_VAL : LINNET_TRAIN;
}

static int open_data(linnet_data **data, const char *model, const char *path,
                     const struct linnet_data_opts *opts) {
    int status;
    if (cli_model_is_run(model))
        status = linnet_data_open_run(data, model, path, opts);
    else if (path)
        status = linnet_data_open(data, path, opts);
    else if (!cli_model_exists(model))
        return cli_model_load(&(linnet_model *){NULL}, model, NULL, NULL); /* tells what is wrong with it */
    else
        return cli_fail(LINNET_ERR_USAGE, "%s is no run folder, so DATA must be named; usage: linnet %s",
                        model, cli_command_eval.usage);
    return status ? cli_fail_library(status) : LINNET_OK;
}

struct watch {
    struct cli_progress progress;
    struct cli_skips skips;
};

static void on_event(void *user, const struct linnet_event *event) {
    struct watch *watch = user;
    cli_skips_tell(&watch->skips, event);
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
    struct cli_rest rest;
    linnet_model *model = NULL;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_eval, argc, argv, &args, &rest);
    if (!status) status = cli_data_flags_check(&args.data);
    if (status) return status;
    if (args.eval.logits && !args.eval.dir) return cli_fail(LINNET_ERR_USAGE, "--logits goes with -o DIR");
    const char *name = rest.items[0];
    status = open_data(&data, name, rest.count > 1 ? rest.items[1] : NULL, &args.data);
    if (!status) status = cli_model_load(&model, name, data, &args.model);
    if (!status) status = evaluate(model, data, &args, name);
    linnet_model_destroy(model);
    linnet_data_close(data);
    return status;
}

const struct cli_command cli_command_eval = {
    .name = "eval",
    .group = "train and use",
    .summary = "measure a model: loss, accuracy, per-class table, confusion matrix",
    .usage = "eval MODEL [DATA] [flags]",
    .about = "MODEL is a run folder, a model file or an architecture's name (untrained weights). "
             "DATA may be left out where MODEL is a run: then it is the run's own data and split.",
    .example = "linnet eval runs/train",
    .min_rest = 1,
    .max_rest = 2,
    .computes = true,
    .flags = eval_flags,
    .run = eval_run,
};
