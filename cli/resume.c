/* linnet resume: continues a run that was stopped. Everything comes from the run folder: the options from
 * args.json, the data from its path there, the weights and the position from last.safetensors. The result is
 * the same as that of a run that was never stopped, so flags that would change it do not exist here. */
#include "chapter_csv.h"
#include "command.h"
#include "output.h"
#include "ranks.h"
#include "serve_beside.h"
#include "training.h"
#include <math.h>

struct resume_args {
    struct linnet_train_opts machine;
    struct cli_verbosity verbosity;
    int serve;
};

#define OPTS struct resume_args
static const struct cli_flags resume_flags[] = {
    {linnet_train_options, .at = offsetof(OPTS, machine), .resumable = true, .default_text = "the run's"},
    {cli_verbosity_flags, .at = offsetof(OPTS, verbosity)},
    {serve_beside_flag, .at = offsetof(OPTS, serve)},
    {0},
};

/* Only options that change the speed, not the result, may differ from the run's own. The number of threads is
 * one of them although it changes the last bits of sums: the machine may be another one. The time that
 * training will take is unknown (nan): the recipe's measurement belonged to the first start. */
static int continue_run(const struct linnet_resumed *run, const struct resume_args *args) {
    const struct linnet_option *o;
    for (int i = 0; (o = linnet_train_options(i)); i++)
        if (o->resumable) linnet_option_copy(o, run->opts, &args->machine);
    int status = linnet_ranks_agree(run->opts->ranks, linnet_train_opts_resolve(run->opts, run->model));
    if (status) return cli_fail_library(status);
    const bool first = linnet_ranks_rank(run->opts->ranks) == 0;
    if (!first) run->opts->dir = NULL; /* rank 0 reads and writes it */
    status = cli_training_run(run->model, run->data, run->opts,
                              &(struct cli_training_opts){&args->verbosity, first ? args->serve : 0, NAN});
    return status || !run->opts->dir ? status : cli_chapter_csv_write(run->opts->dir);
}

static int resume_on_ranks(int argc, char **argv, linnet_ranks *ranks) {
    struct resume_args args = {.machine.size = sizeof args.machine};
    struct cli_positional positional;
    struct linnet_resumed run = {.size = sizeof run};
    int status = cli_ranks_agree(ranks, cli_args_parse(&cli_command_resume, argc, argv, &args, &positional));
    if (status) return status;
    status = linnet_ranks_agree(ranks, linnet_resume_open(&run, positional.items[0]));
    if (status) return cli_fail_library(status);
    run.opts->ranks = ranks;
    status = continue_run(&run, &args);
    linnet_resume_close(&run);
    return status;
}

static int resume_run(int argc, char **argv) {
    return cli_ranks_run(argc, argv, resume_on_ranks);
}

const struct cli_command cli_command_resume = {
    .name = "resume",
    .group = "train and use",
    .summary = "continue a run that was stopped",
    .usage = "resume RUN [flags]",
    .about = "RUN is the folder of a run that was stopped by Ctrl-C, a crash or a power failure. Training "
             "continues from its last.safetensors. With the same number of threads it ends with the same "
             "weights as an uninterrupted run.",
    .example = "linnet resume runs/train",
    .min_args = 1,
    .max_args = 1,
    .computes = true,
    .ranks = true,
    .flags = resume_flags,
    .run = resume_run,
};
