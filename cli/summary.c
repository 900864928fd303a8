/* linnet summary: a network as a table of its layers, or of the steps of its plan. The library writes the
 * text, so that linnet train with the recipe "chapter" shows the same table. */
#include "command.h"
#include "model.h"
#include "output.h"

struct summary_args {
    struct linnet_model_opts model;
    struct linnet_summary_opts summary;
};

#define OPTS struct summary_args
static const struct cli_flags summary_flags[] = {
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights imgsz classes channels "},
    {linnet_summary_options, .at = offsetof(OPTS, summary)},
    {0},
};

static int summary_run(int argc, char **argv) {
    struct summary_args args = {.model.size = sizeof args.model, .summary.size = sizeof args.summary};
    struct cli_positional positional;
    linnet_model *model = NULL;
    char *text = NULL;
    int status = cli_args_parse(&cli_command_summary, argc, argv, &args, &positional);
    if (status) return status;
    /* The three are forms of the output; --json with --plan gives the steps as JSON. */
    if (args.summary.dot && (args.summary.plan || args.summary.json))
        return cli_fail(LINNET_ERR_USAGE, "--dot cannot be combined with --plan or --json");
    status = cli_model_load(&model, positional.items[0], NULL, &args.model);
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
    .min_args = 1,
    .max_args = 1,
    .flags = summary_flags,
    .run = summary_run,
};
