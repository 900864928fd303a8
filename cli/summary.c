/* linnet summary: a network as a table of layers, or of its plan's steps. */
#include "command.h"
#include "model.h"
#include "output.h"

struct summary_args {
    struct linnet_model_opts model;
    struct linnet_summary_opts summary;
};

#define AT(field) offsetof(struct summary_args, field)
static const struct cli_flag summary_flags[] = {
    CLI_FLAG_WEIGHTS(AT(model.weights), "of a file, which says how many classes there are"),
    CLI_FLAG_IMGSZ(AT(model.imgsz), "input pixels a side (the architecture's)"),
    CLI_FLAG_CLASSES(AT(model.classes)),
    CLI_FLAG_CHANNELS(AT(model.channels)),
    {"batch", 'b', CLI_INT, AT(summary.batch), "N", "images in the shapes shown (1)", .min = 1, .max = 65536},
    {"plan", 0, CLI_BOOL, AT(summary.plan), NULL,
     .help = "the steps that run: implementation, layout, memory"},
    {"dot", 0, CLI_BOOL, AT(summary.dot), NULL,
     .help = "a picture's description for Graphviz: ... | dot -Tsvg"},
    {"train", 0, CLI_BOOL, AT(summary.train), NULL, .help = "with --plan: those of training"},
    CLI_FLAG_CONV(AT(summary.conv)),
    CLI_FLAG_DTYPE(AT(summary.dtype)),
    CLI_FLAG_JSON(AT(summary.json)),
    {0},
};

static int summary_run(int argc, char **argv) {
    struct summary_args args = {.model.size = sizeof args.model, .summary.size = sizeof args.summary};
    struct cli_rest rest;
    linnet_model *model = NULL;
    char *text = NULL;
    int status = cli_args_parse(&cli_command_summary, argc, argv, &args, &rest);
    if (status) return status;
    if (args.summary.train && !args.summary.plan)
        return cli_fail(LINNET_ERR_USAGE, "--train goes with --plan");
    if (args.summary.conv && !args.summary.plan) return cli_fail(LINNET_ERR_USAGE, "--conv goes with --plan");
    if (args.summary.dtype && !args.summary.plan)
        return cli_fail(LINNET_ERR_USAGE, "--dtype goes with --plan");
    if (args.summary.dot && (args.summary.plan || args.summary.json))
        return cli_fail(LINNET_ERR_USAGE, "--dot goes without --plan and --json");
    status = cli_model_load(&model, rest.items[0], NULL, &args.model);
    if (status) return status;
    status = linnet_model_summary(model, &args.summary, &text);
    if (status)
        cli_fail_library(status);
    else
        fputs(text, stdout);
    linnet_free(text);
    linnet_model_destroy(model);
    return status;
}

const struct cli_command cli_command_summary = {
    .name = "summary",
    .group = "look",
    .summary = "show a network's layers, shapes, parameters and multiply-adds",
    .usage = "summary MODEL [flags]",
    .about = "MODEL is an architecture's name, a model file or a run folder.",
    .example = "linnet summary lenet5",
    .min_rest = 1,
    .max_rest = 1,
    .flags = summary_flags,
    .run = summary_run,
};
