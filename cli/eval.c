/* linnet eval: measures a model on a part of a data set. */
#include "command.h"
#include "eval_report.h"
#include "model.h"
#include "output.h"
#include "ranks.h"
#include "stop.h"
#include "watch.h"
#include <string.h>

struct eval_args {
    struct linnet_model_opts model;
    struct linnet_data_opts data;
    struct linnet_eval_opts eval;
    const char *part, *reference;
    bool json;
};

static const char *part_choice(int index) {
    static const char *const names[] = {"train", "val", "test", NULL};
    return names[index];
}

#define OPTS struct eval_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, part), .choice = part_choice,
     .default_text = "test; if empty, val; if that is empty too, train", .flag = "part", .group = "data",
     .help = "the part to measure on"},
    {CLI_ROW(STRING, reference), .flag = "reference", .value = "MODEL",
     .help = "also measure this model on the same images and compare the two",
     .detail = "For example the fp32 model that linnet quantize converted. The interval of the difference "
               "is for paired samples."},
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

static int evaluate(linnet_model *model, linnet_data *data, struct eval_args *args, const char *name) {
    linnet_model *reference = NULL;
    if (args->reference) {
        const int loaded = cli_model_load(&reference, args->reference, data,
                                          &(struct linnet_model_opts){.size = sizeof args->model});
        if (loaded) return loaded;
    }
    args->eval.reference = reference;
    struct linnet_metrics metrics = {.size = sizeof metrics};
    struct cli_watch watch;
    cli_watch_begin(&watch, "eval");
    args->eval.part = part_of(args->part, data);
    args->eval.stop = cli_stop_watch();
    args->eval.on_event = cli_watch_event;
    args->eval.user = &watch;
    int status = linnet_evaluate(model, data, &args->eval, &metrics);
    cli_watch_end(&watch, args->eval.dir);
    linnet_model_destroy(reference);
    if (status) return cli_fail_library(status);
    struct cli_evaluation evaluation = {.name = name,
                                        .model = model,
                                        .data = data,
                                        .part = args->eval.part,
                                        .reference = args->reference,
                                        .metrics = &metrics,
                                        .folder = args->eval.dir};
    return args->json ? cli_eval_json(&evaluation) : cli_eval_text(&evaluation);
}

static int eval_on_ranks(int argc, char **argv, linnet_ranks *ranks) {
    struct eval_args args = {
        .model.size = sizeof args.model, .data.size = sizeof args.data, .eval.size = sizeof args.eval};
    struct cli_positional positional;
    linnet_model *model = NULL;
    linnet_data *data = NULL;
    int status = cli_ranks_agree(ranks, cli_args_parse(&cli_command_eval, argc, argv, &args, &positional));
    if (status) return status;
    args.eval.ranks = ranks;
    if (linnet_ranks_rank(ranks) > 0) args.eval.dir = NULL; /* rank 0 writes it */
    const char *name = positional.items[0];
    /* The data comes first: an architecture's name takes its classes and channels from it. */
    status = cli_model_open_data(&data, name, positional.count > 1 ? positional.items[1] : NULL, &args.data,
                                 cli_command_eval.usage);
    if (!status) status = cli_model_load(&model, name, data, &args.model);
    status = cli_ranks_agree(ranks, status);
    if (!status) status = evaluate(model, data, &args, name);
    linnet_model_destroy(model);
    linnet_data_close(data);
    return status;
}

static int eval_run(int argc, char **argv) {
    return cli_ranks_run(argc, argv, eval_on_ranks);
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
    .ranks = true,
    .flags = eval_flags,
    .run = eval_run,
};
