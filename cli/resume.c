/* linnet resume: a run that was stopped goes on. */
#include "command.h"
#include "output.h"
#include "training.h"

struct resume_args {
    struct linnet_train_opts machine;
    bool quiet, json;
};

#define AT(field) offsetof(struct resume_args, field)
static const struct cli_flag resume_flags[] = {
    {"threads", 0, CLI_INT, AT(machine.threads), "N",
     "compute threads (the run's; another number, other bits)", .min = 1, .max = 1024},
    {"workers", 'j', CLI_INT, AT(machine.workers), "N", "loader threads (the run's)", .min = 1, .max = 1024},
    {"cache-mb", 0, CLI_INT64, AT(machine.cache_mb), "N", "memory for decoded photos (the run's); 0: none",
     .min = 0, .max = 1 << 30, .zero_is_none = true},
    {"quiet", 'q', CLI_BOOL, AT(quiet), NULL, .help = "only the result"},
    {"json", 0, CLI_BOOL, AT(json), NULL, .help = "JSON on stdout, one object a line: start, epochs, end"},
    {0},
};

static int go_on(struct linnet_resumed *run, const struct resume_args *args) {
    struct linnet_train_opts *opts = run->opts;
    if (args->machine.threads) opts->threads = args->machine.threads;
    if (args->machine.workers) opts->workers = args->machine.workers;
    if (args->machine.cache_mb) opts->cache_mb = args->machine.cache_mb;
    int status = linnet_train_opts_resolve(opts, run->model);
    if (status) return cli_fail_library(status);
    return cli_training_run(run->model, run->data, opts, args->quiet, args->json);
}

static int resume_run(int argc, char **argv) {
    struct resume_args args = {0};
    struct cli_rest rest;
    struct linnet_resumed run = {.size = sizeof run};
    int status = cli_args_parse(&cli_command_resume, argc, argv, &args, &rest);
    if (status) return status;
    status = linnet_resume_open(&run, rest.items[0]);
    if (status) return cli_fail_library(status);
    status = go_on(&run, &args);
    linnet_resume_close(&run);
    return status;
}

const struct cli_command cli_command_resume = {
    .name = "resume",
    .group = "train and use",
    .summary = "go on with a run that was stopped",
    .usage = "resume RUN [flags]",
    .about = "RUN is the folder of a run that Ctrl-C, a crash or the power stopped. It goes on from its "
             "last.safetensors, and ends with the same weights as if it had never stopped.",
    .example = "linnet resume runs/train",
    .min_rest = 1,
    .max_rest = 1,
    .computes = true,
    .flags = resume_flags,
    .run = resume_run,
};
