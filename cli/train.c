/* linnet train: a data set in, a run folder out. */
#include "command.h"
#include "data_flags.h"
#include "model.h"
#include "output.h"
#include "run_folder.h"
#include "training.h"
#include <string.h>
#include <unistd.h>

#define SEED_UNSAID UINT64_MAX /* no seed that can be given */

struct train_args {
    const char *arch, *project, *name, *recipe;
    struct linnet_data_opts data;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    bool quiet, json;
};

#define AT(field) offsetof(struct train_args, field)
static const struct cli_flag train_flags[] = {
    {"recipe", 0, CLI_CHOICE, AT(recipe), "auto|fast|best|chapter",
     .help = "a set of defaults for the rest; see linnet(1) (auto)"},
    {.help = "network"},
    {"model", 'm', CLI_STRING, AT(arch), "NAME", .help = "architecture, one of linnet models (lenet)"},
    CLI_FLAG_WEIGHTS(AT(model.weights), "begin with those of a .pth or .safetensors, or ImageNet's (none)"),
    CLI_FLAG_IMGSZ(AT(model.imgsz), "input pixels a side (the data's own)"),
    {"zero-init-residual", 0, CLI_BOOL, AT(model.zero_init), NULL,
     .help = "resnets: each block begins as the identity"},
    {.help = "data"},
    CLI_FLAG_SPLIT(AT(data.split)),
    CLI_FLAG_STRATIFY(AT(data)),
    CLI_FLAG_GROUP_NEAR(AT(data)),
    CLI_FLAG_SKIP_BAD(AT(data)),
    CLI_FLAG_SPLIT_FILE(AT(data)),
    CLI_FLAG_LIMIT(AT(data.limit)),
    {.help = "training"},
    {"epochs", 0, CLI_INT, AT(train.epochs), "N", "passes over the data (10); 0: save untrained weights",
     .min = 0, .max = 100000, .zero_is_none = true},
    CLI_FLAG_BATCH("batch-size", AT(train.batch), "images a step (32)"),
    CLI_FLAG_OPT(AT(train.opt)),
    {"lr", 0, CLI_DOUBLE, AT(train.lr), "X",
     "learning rate (sgd 0.02, others 0.001; small pictures: see --opt)", .min = 1e-12, .max = 1000},
    {"momentum", 0, CLI_DOUBLE, AT(train.momentum), "X", "of sgd and nesterov (0.9), and of rmsprop (0)",
     .min = 0, .max = 0.9999, .zero_is_none = true},
    {"weight-decay", 0, CLI_DOUBLE, AT(train.weight_decay), "X",
     "pull to zero (sgd 0.0005, adamw 0.01, others 0.0001)", .min = 0, .max = 10, .zero_is_none = true},
    {"lr-scheduler", 0, CLI_CHOICE, AT(train.lr_scheduler), "cosine|onecycle|step|plateau|constant",
     .help = "how the learning rate falls (cosine)"},
    {"lr-step-size", 0, CLI_INT, AT(train.step_epochs), "N",
     "of step: a tenth every N epochs; of plateau: after more than N without a lower loss (a third of all)",
     .min = 1, .max = 100000},
    {"warmup-epochs", 0, CLI_DOUBLE, AT(train.warmup_epochs), "X",
     "the rate rises over the first X epochs (0)", .min = 0, .max = 100000},
    {"patience", 0, CLI_INT, AT(train.patience), "N", "stop after N epochs without a better one (0: never)",
     .min = 0, .max = 100000},
    {"time", 0, CLI_DURATION, AT(train.time_s), "30m",
     "begin no epoch that would end later: seconds, minutes or hours (no limit)", .min = 1, .max = 1e8},
    {"model-ema", 0, CLI_BOOL, AT(train.model_ema), NULL,
     .help = "watch, keep and test an average of the weights"},
    {"model-ema-decay", 0, CLI_DOUBLE, AT(train.model_ema_decay), "X",
     "share of it that a step leaves (0.9998)", .min = 1e-6, .max = 0.999999999},
    {"augment", 0, CLI_CHOICE, AT(train.augment), "none|light|medium|strong",
     .help = "random changes of training images (colour: light, grey: none)"},
    {"freeze", 0, CLI_CHOICE, AT(train.freeze), "backbone|none",
     .help = "backbone: train the last layer alone (none)"},
    {"label-smoothing", 0, CLI_DOUBLE, AT(train.label_smoothing), "X", "share given to the other classes (0)",
     .min = 0, .max = 0.999},
    {"mixup", 0, CLI_DOUBLE, AT(train.mixup), "A", "blend images in pairs, shares from Beta(A, A) (0: no)",
     .min = 0, .max = 1000},
    {"cutmix", 0, CLI_DOUBLE, AT(train.cutmix), "A", "paste rectangles from other images, likewise (0: no)",
     .min = 0, .max = 1000},
    CLI_FLAG_SEED(AT(data.seed), "of split, first weights and order (0)"),
    CLI_FLAG_DTYPE(AT(train.dtype)),
    CLI_FLAG_THREADS(AT(train.threads)),
    CLI_FLAG_CONV(AT(train.conv)),
    CLI_FLAG_WORKERS(AT(train.workers)),
    {"cache-mb", 0, CLI_INT64, AT(train.cache_mb), "N",
     "memory for decoded photos (a quarter of what is free); 0: none", .min = 0, .max = 1 << 30,
     .zero_is_none = true},
    CLI_FLAG_STRICT(AT(train.strict)),
    {.help = "output"},
    {"project", 0, CLI_STRING, AT(project), "DIR", .help = "where run folders are made (runs)"},
    {"name", 0, CLI_STRING, AT(name), "NAME", .help = "of the run folder (train; where taken, train2 ...)"},
    {"tensorboard", 0, CLI_BOOL, AT(train.tensorboard), NULL,
     .help = "write event files for TensorBoard into the run folder"},
    {"chapter-csv", 0, CLI_STRING, AT(train.chapter_csv), "FILE",
     .help = "the test photos as id,label: probability of the second class"},
    {"quiet", 'q', CLI_BOOL, AT(quiet), NULL, .help = "only the result"},
    {"json", 0, CLI_BOOL, AT(json), NULL, .help = "JSON on stdout, one object a line: start, epochs, end"},
    {0},
};

static int check(const struct train_args *args) {
    const struct linnet_train_opts *opts = &args->train;
    bool steps =
        opts->lr_scheduler && (!strcmp(opts->lr_scheduler, "step") || !strcmp(opts->lr_scheduler, "plateau"));
    bool has_warmup = opts->lr_scheduler && !strcmp(opts->lr_scheduler, "onecycle");
    if (opts->step_epochs && !steps)
        return cli_fail(LINNET_ERR_USAGE, "--lr-step-size goes with --lr-scheduler step or plateau");
    if (opts->model_ema_decay > 0 && !opts->model_ema)
        return cli_fail(LINNET_ERR_USAGE, "--model-ema-decay goes with --model-ema");
    if (opts->warmup_epochs > 0 && has_warmup)
        return cli_fail(LINNET_ERR_USAGE, "--warmup-epochs: --lr-scheduler onecycle rises by itself");
    return LINNET_OK;
}

static int train_model(linnet_model *model, linnet_data *data, struct train_args *args) {
    char folder[CLI_PATH];
    int status = linnet_train_opts_resolve(&args->train, model);
    if (status) return cli_fail_library(status);
    status = cli_run_folder_make(args->project, args->name, folder);
    if (status) return status;
    args->train.dir = folder;
    status = cli_training_run(model, data, &args->train, args->quiet, args->json);
    if (status) rmdir(folder); /* only where nothing was put into it */
    return status;
}

/* What was said wins; a seed is one for all. */
static int apply_recipe(struct train_args *args) {
    const uint64_t seed = args->data.seed;
    if (seed == SEED_UNSAID) args->data.seed = 0;
    int status = linnet_recipe_apply(args->recipe, &args->data, &args->model, &args->train);
    if (status) return cli_fail_library(status);
    if (seed != SEED_UNSAID) args->data.seed = args->model.seed = args->train.seed = seed;
    return LINNET_OK;
}

static int train_run(int argc, char **argv) {
    struct train_args args = {.arch = "lenet",
                              .project = "runs",
                              .name = "train",
                              .recipe = "auto",
                              .data = {.size = sizeof args.data, .seed = SEED_UNSAID},
                              .model.size = sizeof args.model,
                              .train.size = sizeof args.train};
    struct cli_rest rest;
    linnet_data *data = NULL;
    linnet_model *model = NULL;
    int status = cli_args_parse(&cli_command_train, argc, argv, &args, &rest);
    if (!status) status = check(&args);
    if (!status) status = cli_data_flags_check(&args.data);
    if (status) return status;
    status = apply_recipe(&args);
    if (status) return status;

    status = linnet_data_open(&data, rest.items[0], &args.data);
    if (status) return cli_fail_library(status);
    args.model.new_head = true;
    status = cli_model_create(&model, args.arch, data, &args.model);
    if (!status) status = train_model(model, data, &args);
    linnet_model_destroy(model);
    linnet_data_close(data);
    return status;
}

const struct cli_command cli_command_train = {
    .name = "train",
    .group = "train and use",
    .summary = "train a network on a data set, into a run folder",
    .usage = "train DATA [flags]",
    .about =
        "DATA is a folder with one sub-folder a class, a tree with train, val and test in it, a CSV of path "
        "and label, or a folder of IDX or CIFAR files. The values in brackets hold where a flag is not "
        "given. Ctrl-C saves and stops; linnet resume goes on.",
    .example = "linnet train /usr/share/datasets/fashion-mnist --epochs 5",
    .min_rest = 1,
    .max_rest = 1,
    .computes = true,
    .flags = train_flags,
    .run = train_run,
};
