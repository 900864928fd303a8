/* linnet clean: which labels are probably wrong.
 *
 *     data    photos
 *     time    about 36m10s, by the speed of some steps
 *     labels  27 of 61 are doubtful: the network that was not trained on the image is sure
 *             of another class; such networks agree with 54.10% of all labels
 *
 *     given          suggested          image
 *     cat    32.51%  dog        67.49%  cat/21.png
 *     cat    35.42%  dog        64.58%  cat/26.png
 *
 * A suggestion is not a proof, so nothing is moved or deleted: a person looks at the images, with -o as one
 * picture.
 */
#include "command.h"
#include "json.h"
#include "model.h"
#include "output.h"
#include "progress.h"
#include "stop.h"
#include "table.h"
#include "text.h"
#include <string.h>

/* Rows of the table: about a screen. label_issues.csv and --json have all of them. */
enum { SHOWN = 20 };

struct clean_args {
    struct linnet_data_opts data;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    struct linnet_clean_opts clean;
    bool json;
    bool began; /* the lines before the training are printed */
};

#define OPTS struct clean_args
static const struct cli_flags clean_flags[] = {
    {linnet_clean_options, .at = offsetof(OPTS, clean)},
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " imgsz seed "},
    {linnet_data_options, .at = offsetof(OPTS, data), .only = " limit seed "},
    {linnet_train_options, .at = offsetof(OPTS, train),
     .only = " epochs batch-size opt lr weight-decay augment dtype seed ",
     .default_text = "the run's, else that of train --recipe fast"},
    {linnet_train_options, .at = offsetof(OPTS, train), .only = " threads workers cache-mb "},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* ---- what was found ----------------------------------------------------------------------------------------- */

/* The beginning of the ranking. */
static int print_table(const struct linnet_suspects *found, const linnet_data *data) {
    static const struct cli_column columns[] = {
        {.title = "given"}, {"", .right = true}, {"suggested"}, {"", .right = true}, {"image"}};
    struct cli_table table;
    char a[CLI_NUMBER], b[CLI_NUMBER];
    const int64_t rows = found->count < SHOWN ? found->count : SHOWN;
    putchar('\n');
    cli_table_begin(&table, stdout, columns, 5);
    for (int64_t i = 0; i < rows; i++) {
        const struct linnet_suspect *s = &found->images[i];
        cli_table_cell(&table, "%s", linnet_data_class_name(data, s->given));
        cli_table_cell(&table, "%s", cli_text_percent(s->given_probability, a));
        cli_table_cell(&table, "%s", linnet_data_class_name(data, s->suggested));
        cli_table_cell(&table, "%s", cli_text_percent(s->suggested_probability, b));
        cli_table_cell(&table, "%s", s->path);
    }
    return cli_table_end(&table);
}

static void print_data(const linnet_data *data) {
    char shown[CLI_SHOWN];
    printf("data    %s\n", cli_text_printable(linnet_data_path(data), shown));
}

static int print_text(const struct linnet_suspects *found, const linnet_data *data,
                      const struct clean_args *args) {
    char shown[CLI_SHOWN], a[CLI_NUMBER], b[CLI_NUMBER];
    if (!args->began) print_data(data);
    printf("labels  %s of %s are doubtful: the network that was not trained on the image is sure\n"
           "        of another class; such networks agree with %s of all labels\n",
           cli_text_count(found->named, a), cli_text_count(found->count, b),
           cli_text_percent(found->acc, shown));
    int status = print_table(found, data);
    if (!status && args->clean.dir)
        printf("\nwritten to %s\n", cli_text_printable(args->clean.dir, shown));
    else if (!status)
        puts("\n-o DIR writes the whole ranking and a picture of the first images");
    return status;
}

static void put_suspect(struct linnet_json *json, const struct linnet_suspect *s, const linnet_data *data) {
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "path", s->path);
    linnet_json_string(json, "given", linnet_data_class_name(data, s->given));
    linnet_json_string(json, "suggested", linnet_data_class_name(data, s->suggested));
    linnet_json_double(json, "given_probability", s->given_probability);
    linnet_json_double(json, "suggested_probability", s->suggested_probability);
    linnet_json_double(json, "confidence", s->confidence);
    linnet_json_bool(json, "named", s->named);
    linnet_json_end(json);
}

/* All images, in the order of the ranking. */
static int print_json(const struct linnet_suspects *found, const linnet_data *data,
                      const struct clean_args *args) {
    struct linnet_json json = cli_json_to(stdout, 2);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "data", linnet_data_path(data));
    linnet_json_int(&json, "count", found->count);
    linnet_json_int(&json, "named", found->named);
    linnet_json_double(&json, "acc", found->acc);
    linnet_json_begin(&json, "images", '[');
    for (int64_t i = 0; i < found->count; i++) put_suspect(&json, &found->images[i], data);
    linnet_json_end(&json);
    linnet_json_string(&json, "folder", args->clean.dir);
    linnet_json_end(&json);
    return LINNET_OK;
}

/* ---- the command -------------------------------------------------------------------------------------------- */

/* Every fold is a whole training, so the label names the fold too: with epoch 3/5 alone the run would seem to
 * start over. */
static void on_event(void *user, int fold, int folds, const struct linnet_event *event) {
    char label[64];
    if (event->kind != LINNET_EVENT_STEP) return;
    if (event->part == LINNET_TRAIN)
        snprintf(label, sizeof label, "fold %d/%d epoch %d/%d", fold, folds, event->epoch, event->epochs);
    else
        snprintf(label, sizeof label, "fold %d/%d test", fold, folds);
    cli_progress_show(user, label, event->step, event->steps, event->images_per_s, "");
}

/* A run keeps its own split, because the ranking covers all images of the run's parts; --seed then seeds only the folds and
 * the networks. Without a run, --seed seeds the split too. */
static void resolve(struct clean_args *args, const char *name) {
    args->clean.model = &args->model;
    args->clean.train = &args->train;
    if (!cli_model_is_run(name)) return;
    args->clean.run = name;
    args->data.seed = 0;
}

/* A run brings its own network and options. Other data uses those of `train --recipe fast`, because each fold trains a
 * network. seconds: of one training on the train part; not changed if nothing is known. */
static int choose_training(const linnet_data *data, struct clean_args *args, double *seconds) {
    if (args->clean.run) return LINNET_OK;
    args->train.recipe = "fast";
    return linnet_recipe_fit(&args->clean.arch, data, &args->model, &args->train, seconds);
}

static int folds_of(const struct clean_args *args) {
    const struct linnet_option *o;
    for (int i = 0; !args->clean.folds && (o = linnet_clean_options(i)); i++)
        if (strcmp(o->flag, "folds") == 0) return (int)o->preset;
    return args->clean.folds;
}

/* Training that takes minutes says so first. Each fold trains on the images of all parts except its own. */
static void print_time(const linnet_data *data, struct clean_args *args, double seconds) {
    const int64_t train = linnet_data_count(data, LINNET_TRAIN);
    int64_t all = 0;
    char a[CLI_NUMBER];
    if (args->json || !(seconds > 0) || train == 0) return; /* nan: unknown */
    for (int part = LINNET_TRAIN; part <= LINNET_TEST; part++)
        all += linnet_data_count(data, (enum linnet_part)part);
    const double total = seconds * (folds_of(args) - 1) * (double)all / (double)train;
    print_data(data);
    printf("time    about %s, by the speed of some steps\n", cli_text_duration(total, a));
    fflush(stdout);
    args->began = true;
}

static int clean_data(const linnet_data *data, struct clean_args *args) {
    struct linnet_suspects *found;
    struct cli_progress progress;
    double seconds = 0;
    int status = choose_training(data, args, &seconds);
    if (status) return cli_fail_library(status);
    print_time(data, args, seconds);
    cli_progress_init(&progress, true);
    args->clean.stop = cli_stop_watch();
    args->clean.on_event = on_event;
    args->clean.user = &progress;
    status = linnet_clean(&found, data, &args->clean);
    cli_progress_clear(&progress);
    if (status) return cli_fail_library(status);
    status = (args->json ? print_json : print_text)(found, data, args);
    linnet_suspects_free(found);
    return status;
}

static int clean_run(int argc, char **argv) {
    struct clean_args args = {.data.size = sizeof args.data,
                              .model.size = sizeof args.model,
                              .train.size = sizeof args.train,
                              .clean.size = sizeof args.clean};
    struct cli_positional positional;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_clean, argc, argv, &args, &positional);
    if (status) return status;
    const char *name = positional.items[0];
    resolve(&args, name);
    status = args.clean.run ? linnet_data_open_run(&data, name, NULL, &args.data)
                            : linnet_data_open(&data, name, &args.data);
    if (status) return cli_fail_library(status);
    status = clean_data(data, &args);
    linnet_data_close(data);
    return status;
}

const struct cli_command cli_command_clean = {
    .name = "clean",
    .group = "data",
    .summary = "find labels that are probably wrong; changes nothing",
    .usage = "clean RUN|DATA [flags]",
    .about = "Each image is judged by a network that was not trained on it. The images are ranked by how "
             "doubtful their labels are; the judgement of the networks that were trained on them counts "
             "too. Given a run folder, clean takes the data, the network and the training options from "
             "it. The program only suggests: look at the images before you change a label.",
    .example = "linnet clean photos -o suspects",
    .min_args = 1,
    .max_args = 1,
    .computes = true,
    .flags = clean_flags,
    .run = clean_run,
};
