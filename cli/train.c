/* linnet train: trains a network on a data set and writes a run folder. The order of the steps:
 *
 *     1. flags, then the recipe's constants (linnet_recipe_apply)    may change how the data is divided
 *     2. the data
 *     3. the recipe's choice for this data (linnet_recipe_fit)       architecture, input size, epochs
 *     4. the model, then all defaults                                some depend on the network
 *     5. the run folder                                              everything that can be refused has been
 *     6. training, whose first files are args.json and split.csv
 *
 * A value that was given as a flag is kept in every step.
 */
#include "chapter_csv.h"
#include "command.h"
#include "model.h"
#include "output.h"
#include "ranks.h"
#include "run_folder.h"
#include "serve_beside.h"
#include "training.h"
#include <unistd.h>

struct train_args {
    const char *arch, *project, *name, *chapter_csv;
    struct linnet_data_opts data;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    struct cli_verbosity verbosity;
    int serve;
    bool dry_run;
    char folder[CLI_PATH]; /* of the run */
    double seconds;        /* that training will take by the recipe's measurement; nan: unknown */
};

#define OPTS struct train_args
static const struct linnet_option network_rows[] = {
    {CLI_ARCH_ROW, .default_text = CLI_ARCH_DEFAULT, .group = "network"},
    {CLI_SEED_ROW, .help = "seed of split, initial weights, order, dropout and augmentation",
     .detail = "The same seed, data and number of threads give the same bits."},
};
CLI_TABLE(network, network_rows)
static const struct linnet_option output_rows[] = {
    {CLI_ROW(STRING, project), .preset_name = "runs", .flag = "project", .value = "DIR", .group = "output",
     .help = "folder in which run folders are created"},
    {CLI_ROW(STRING, name), .default_text = "train, train2 ...", .flag = "name", .value = "NAME",
     .group = "output", .help = "name of the run folder"},
    {CLI_ROW(STRING, chapter_csv), .flag = "chapter-csv", .value = "FILE", .group = "output",
     .help = "the test photos as id,label: probability of the second class",
     .detail = "The rows are in the order of the test part. The id is the number in the image's name: 145 "
               "for cat.145.jpg, 17 for 17.jpg. The data must have two classes. A resumed run writes the "
               "file too."},
    {CLI_ROW(BOOL, dry_run), .flag = "dry-run", .group = "output",
     .help = "show what would be trained and how long it would take, and stop"},
};
CLI_TABLE(output, output_rows)
static const struct cli_flags train_flags[] = {
    {network},
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights imgsz zero-init-residual seed "},
    {linnet_data_options, .at = offsetof(OPTS, data)},
    {linnet_train_options, .at = offsetof(OPTS, train)},
    {output, .presets = true},
    {cli_verbosity_flags, .at = offsetof(OPTS, verbosity)},
    {serve_beside_flag, .at = offsetof(OPTS, serve)},
    {0},
};

static int resolve(struct train_args *args, const linnet_model *model) {
    int status = linnet_train_opts_resolve(&args->train, model);
    return status ? cli_fail_library(status) : LINNET_OK;
}

static int train_model(linnet_model *model, linnet_data *data, struct train_args *args) {
    const int rank = linnet_ranks_rank(args->train.ranks);
    const struct cli_training_opts opts = {&args->verbosity, rank == 0 ? args->serve : 0, args->seconds};
    char *folder = args->folder;
    int status = args->chapter_csv ? cli_chapter_csv_check(args->chapter_csv, model, data) : LINNET_OK;
    if (!status) status = resolve(args, model);
    status = cli_ranks_agree(args->train.ranks, status);
    if (status) return status;
    /* Before the run folder, so that a dry run leaves no trace. */
    if (args->dry_run) return cli_training_show(model, data, &args->train, &opts);
    if (rank > 0) return cli_training_run(model, data, &args->train, &opts); /* rank 0 has the folder */
    const bool new_project = access(args->project, F_OK) != 0;
    status = cli_run_folder_make(args->project, args->name, folder);
    if (status) return status;
    args->train.dir = folder;
    if (args->chapter_csv) status = cli_chapter_csv_note(args->chapter_csv, folder);
    if (!status) status = cli_training_run(model, data, &args->train, &opts);
    if (!status) return cli_chapter_csv_write(folder);
    cli_chapter_csv_forget(folder);
    if (!rmdir(folder) && new_project) rmdir(args->project); /* only an empty folder can be removed */
    return status;
}

/* The recipe comes before the model: it may choose the architecture and the input size. It measures the speed
 * of this machine, which is where args->seconds comes from. */
static int train_on(linnet_data *data, struct train_args *args) {
    linnet_model *model = NULL;
    int status = linnet_recipe_fit(&args->arch, data, &args->model, &args->train, &args->seconds);
    if (status) cli_fail_library(status);
    if (!status) status = cli_model_create(&model, args->arch, data, &args->model);
    status = cli_ranks_agree(args->train.ranks, status);
    if (!status) status = train_model(model, data, args);
    linnet_model_destroy(model);
    return status;
}

static int train_on_ranks(int argc, char **argv, linnet_ranks *ranks) {
    struct train_args args = {.name = "train",
                              .data.size = sizeof args.data,
                              .model = {.size = sizeof args.model, .new_head = true},
                              .train = {.size = sizeof args.train, .recipe = "auto"}};
    struct cli_positional positional;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_train, argc, argv, &args, &positional);
    status = cli_ranks_agree(ranks, status);
    if (status) return status;
    args.train.ranks = ranks;
    status = linnet_recipe_apply(args.train.recipe, &args.data, &args.model, &args.train);
    if (!status) status = linnet_data_open(&data, positional.items[0], &args.data);
    status = linnet_ranks_agree(ranks, status);
    if (status) return cli_fail_library(status);
    status = train_on(data, &args);
    linnet_data_close(data);
    return status;
}

static int train_run(int argc, char **argv) {
    return cli_ranks_run(argc, argv, train_on_ranks);
}

const struct cli_command cli_command_train = {
    .name = "train",
    .group = "train and use",
    .summary = "train a network on a data set, into a run folder",
    .usage = "train DATA [flags]",
    .about =
        "DATA is a folder with one sub-folder per class, a folder with train, val and test in it, a CSV "
        "of path and label, or a folder of IDX or CIFAR files. Defaults are in brackets; for photos, --recipe "
        "auto chooses most settings of training and augmentation from the data and the time instead. Ctrl-C "
        "saves the progress and stops; linnet resume continues.",
    .example = "linnet train /usr/share/datasets/fashion-mnist --epochs 5",
    .min_args = 1,
    .max_args = 1,
    .computes = true,
    .ranks = true,
    .flags = train_flags,
    .run = train_run,
};
