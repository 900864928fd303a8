/* linnet tune: the command. The order of its steps:
 *
 *     1. the recipe's constants, the data
 *     2. trials.csv, if the search was begun earlier    (tune_file.c)
 *     3. the recipe's choice for this data              fit()
 *     4. the defaults: candidate 0                      resolve()
 *     5. trainings until the time is used up            (tune_search.c)
 *     6. the table and the best command line            (tune_report.c)
 */
#include "tune.h"
#include "command.h"
#include "model.h"
#include "output.h"

struct tune_args {
    const char *arch, *dir;
    double seconds;
    struct linnet_data_opts data;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    bool json;
};

#define OPTS struct tune_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(SECONDS, seconds), .preset = 3600, .default_text = "1h", .min = 1, .max = 1e8, .flag = "time",
     .value = "2h", .group = "search", .help = "how long to search: seconds, minutes or hours"},
    {CLI_ROW(STRING, dir), .preset_name = "runs/tune", .flag = "dir", .value = "DIR", .group = "search",
     .help = "folder of trials.csv; a stopped search continues from it"},
    {CLI_ARCH_ROW, .default_text = CLI_ARCH_DEFAULT, .group = "network"},
    {CLI_SEED_ROW, .group = "network", .help = "seed of candidates, split, initial weights and order"},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags tune_flags[] = {
    {own, .presets = true},
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights imgsz seed "},
    {linnet_data_options, .at = offsetof(OPTS, data)},
    {linnet_train_options, .at = offsetof(OPTS, train),
     .only =
         " recipe epochs batch-size opt lr momentum weight-decay lr-scheduler warmup-epochs augment freeze "
         "label-smoothing mixup cutmix class-weights sampler conv dtype seed threads workers cache-mb "},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* Choosing by the training part would reward overfitting; choosing by the test part would make its result too
 * good. */
static int check_validation(const linnet_data *data) {
    if (linnet_data_count(data, LINNET_VAL) > 0 && !linnet_data_watches_test(data)) return LINNET_OK;
    return cli_fail(
        LINNET_ERR_USAGE,
        "tune chooses by the validation part, and the data has none: try --split 90,10 [tune-validation]");
}

/* What the recipe adds for this data. The recipe chooses image sizes by the speed that it measures now. A
 * search that continues takes those in trials.csv instead, because another speed would give other sizes, and
 * trials with different sizes cannot be compared. The time limit is that of one training of the last round: a
 * third of the time is for that round, and three candidates share it. */
static int fit(struct tune_search *s) {
    const struct tune_sizes kept = s->sizes;
    struct linnet_model_opts *model = &s->fitted_model;
    struct linnet_train_opts *train = &s->fitted;
    double seconds;
    *model = s->model;
    *train = s->train;
    train->epochs = 0;
    train->time_s = s->seconds / TUNE_RUNGS / TUNE_FACTOR;
    int status = linnet_recipe_fit(&s->arch, s->data, model, train, &seconds);
    if (status) return cli_fail_library(status);
    train->time_s = 0;
    s->sizes = (struct tune_sizes){model->imgsz, train->train_imgsz, train->start_imgsz};
    if (s->count == 0) return LINNET_OK;
    s->sizes = kept;
    model->imgsz = kept.imgsz;
    train->train_imgsz = kept.train;
    train->start_imgsz = kept.start;
    return LINNET_OK;
}

/* The defaults for this data and network: what a candidate differs from. */
static int resolve(struct tune_search *s) {
    linnet_model *model;
    int status = cli_model_create(&model, s->arch, s->data, &s->fitted_model);
    if (status) return status;
    s->imgsz = linnet_model_imgsz(model);
    s->base = s->fitted;
    status = linnet_train_opts_resolve(&s->base, model);
    linnet_model_destroy(model);
    return status ? cli_fail_library(status) : LINNET_OK;
}

static int search(struct tune_search *s, bool json) {
    int status = check_validation(s->data);
    if (!status) status = tune_file_read(s);
    if (!status) status = fit(s);
    if (!status) status = resolve(s);
    if (status) return status;
    cli_progress_init(&s->progress, true);
    status = tune_search_run(s);
    cli_progress_clear(&s->progress);
    if (status) return status;
    return json ? tune_print_json(s) : tune_print_text(s);
}

static int tune_run(int argc, char **argv) {
    struct tune_args args = {.data.size = sizeof args.data,
                             .model = {.size = sizeof args.model, .new_head = true},
                             .train = {.size = sizeof args.train, .recipe = "auto"}};
    struct cli_positional positional;
    int status = cli_args_parse(&cli_command_tune, argc, argv, &args, &positional);
    if (status) return status;
    status = linnet_recipe_apply(args.train.recipe, &args.data, &args.model, &args.train);
    if (status) return cli_fail_library(status);
    struct tune_search s = {.path = positional.items[0],
                            .arch = args.arch,
                            .data_opts = args.data,
                            .model = args.model,
                            .train = args.train,
                            .seconds = args.seconds,
                            .seed = (int64_t)args.data.seed == LINNET_NONE ? 0 : args.data.seed,
                            .dir = args.dir};
    /* --epochs limits a single training; without it the time of the round does. */
    s.epochs = s.train.epochs > 0 ? s.train.epochs : 100;
    status = linnet_data_open(&s.data, s.path, &args.data);
    if (status) return cli_fail_library(status);
    status = search(&s, args.json);
    linnet_data_close(s.data);
    return status;
}

const struct cli_command cli_command_tune = {
    .name = "tune",
    .group = "train and use",
    .summary = "search learning rate, weight decay, image size and augmentation",
    .usage = "tune DATA [flags]",
    .about = "Many candidates are trained for a few epochs, the best third of them for three times as "
             "many, and the best third of those again for three times as many (successive halving). The "
             "first candidate has the default settings. A setting that is given as a flag is not "
             "searched. After an interruption the same command continues the search.",
    .example = "linnet tune photos -m resnet18 --time 2h",
    .min_args = 1,
    .max_args = 1,
    .computes = true,
    .flags = tune_flags,
    .run = tune_run,
};
