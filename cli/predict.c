/* linnet predict: classifies pictures and passes each prediction to the sinks: table, CSV, JSON, grid, copies. One call may
 * have several sinks; the pictures are computed once. On a terminal, bars (predict_bars.c) replace the table
 * (predict_table.c).
 *
 * A picture that cannot be read is reported on stderr and counted, and does not stop the others; the exit status is then 3.
 * Predictions are passed on in the order of the paths, as they are computed, so memory does not grow with their number
 * (apart from the grid, which has a limit). With mpirun every rank gets all predictions, and only rank 0 has sinks.
 */
#include "command.h"
#include "model.h"
#include "output.h"
#include "paths.h"
#include "predict_sink.h"
#include "progress.h"
#include "ranks.h"
#include "stop.h"
#include "style.h"
#include "text.h"
#include <string.h>

struct predict_args {
    struct linnet_model_opts model;
    struct linnet_predict_opts predict;
    int topk, columns;
    bool logits, json;
    double min_conf;
    bool unknown;
    const char *output, *grid, *move_to;
};

#define OPTS struct predict_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(INT, topk), .preset = 1, .min = 1, .max = 14, .flag = "topk", .value = "N",
     .help = "show the N most probable classes",
     .detail = "On a terminal, pictures that are named one by one show three classes each, unless there "
               "are more than twenty."},
    {CLI_ROW(BOOL, logits), .flag = "logits", .help = "show logits instead of probabilities"},
    {CLI_ROW(DOUBLE, min_conf), .max = 1, .flag = "min-conf", .value = "F",
     .help = "answer " CLI_UNSURE " if no class has at least this probability"},
    {CLI_ROW(BOOL, unknown), .flag = "unknown",
     .help = "answer " CLI_UNSURE " also for pictures unlike the training images",
     .detail =
         "A picture is unknown if its energy is above the threshold in the model file. The energy is "
         "-T log(sum of exp(logits / T)) with the model's temperature T (Liu et al. 2020). Training sets the "
         "threshold so that 95 % of the validation images, if there are at least 20, are not above it; so "
         "about one known picture in twenty is called unsure. A CSV file gets the columns energy and "
         "unknown (0 or 1) at its end. JSON always has both; unknown is null if the model has no "
         "threshold."},
    {CLI_ROW(STRING, output), .flag = "output", .letter = 'o', .value = "FILE",
     .help = "write FILE (.csv or .json) instead of printing a table"},
    {CLI_ROW(STRING, grid), .flag = "grid", .value = "FILE",
     .help = "draw the pictures with their predictions as one PNG"},
    {CLI_ROW(INT, columns), .preset = 5, .min = 1, .max = 50, .goes_with = "grid", .flag = "cols",
     .value = "N", .help = "pictures per row of the grid"},
    {CLI_ROW(STRING, move_to), .flag = "move-to", .value = "DIR",
     .help = "put copies of the pictures into DIR/CLASS and DIR/" CLI_UNSURE,
     .detail =
         "The pictures themselves stay where they are. Nothing is overwritten: if a name is taken, the copy "
         "is called photo-2.jpg, and no copy is made if that file has the same bytes. A copy appears only "
         "when it is complete. A class name that cannot be the name of a folder is changed and gets the "
         "class's number: the folder of ../x is _._x_0."},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags predict_flags[] = {
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights "},
    {own},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {linnet_predict_options, .at = offsetof(OPTS, predict)},
    {0},
};

/* --json, --grid, -o and --move-to; the table appears only without -o and --json. */
enum { SINKS_MOST = 4 };
/* On a terminal, up to FEW named pictures show FEW_TOPK classes each. */
enum { FEW = 20, FEW_TOPK = 3 };

/* One call of the command: its sinks, and the numbers of predicted and of failed pictures. */
struct predicting {
    const struct cli_sink *sinks[SINKS_MOST];
    struct cli_predict_opts opts[SINKS_MOST];
    struct cli_sink_state states[SINKS_MOST];
    int count, begun;
    int64_t good, bad;
    bool streams;  /* bars appear on the terminal as pictures are computed */
    int64_t total; /* pictures; 0: a folder is among the paths, so their number is not known */
    struct cli_progress progress;
};

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcmp(s + n - m, end);
}

static int add_sink(struct predicting *p, const struct cli_sink *sink, const struct predict_args *args,
                    const char *path) {
    p->opts[p->count] = (struct cli_predict_opts){.topk = args->topk,
                                                  .logits = args->logits,
                                                  .path = path,
                                                  .min_conf = args->min_conf,
                                                  .unknown = args->unknown,
                                                  .quiet = args->json,
                                                  .columns = args->columns ? args->columns : 5};
    p->sinks[p->count++] = sink;
    return LINNET_OK;
}

/* Bars are for people, tables for programs. Logits have no scale that a bar could show. */
static bool shows_bars(const struct predict_args *args) {
    return cli_is_terminal(stdout) && !args->logits;
}

/* A table on stdout unless the predictions go to a file or to stdout as JSON. With --grid or --move-to alone
 * the table remains: a person wants to see the answers too. */
static int choose_outputs(struct predicting *p, const struct predict_args *args) {
    char shown[CLI_SHOWN];
    if (args->json) add_sink(p, &cli_sink_json, args, NULL);
    if (args->grid) add_sink(p, &cli_sink_grid, args, args->grid);
    if (!args->output && !args->json)
        add_sink(p, shows_bars(args) ? &cli_sink_bars : &cli_sink_table, args, NULL);
    if (!args->output) return LINNET_OK;
    if (ends_with(args->output, ".csv")) return add_sink(p, &cli_sink_csv, args, args->output);
    if (ends_with(args->output, ".json")) return add_sink(p, &cli_sink_json, args, args->output);
    return cli_fail(LINNET_ERR_USAGE, "-o %s: the name must end in .csv or .json",
                    cli_text_printable(args->output, shown));
}

/* The sink of copies begins last: if another output cannot be opened, not even DIR is made. */
static int choose_sinks(struct predicting *p, const struct predict_args *args) {
    int status = choose_outputs(p, args);
    return status || !args->move_to ? status : add_sink(p, &cli_sink_move, args, args->move_to);
}

bool cli_predict_unsure(const struct cli_sink_state *s, const struct linnet_prediction *p) {
    return (double)p->probabilities[p->order[0]] < s->opts->min_conf || (s->opts->unknown && p->unknown);
}

const char *cli_predict_name(const struct cli_sink_state *s, const struct linnet_prediction *p) {
    return cli_predict_unsure(s, p) ? CLI_UNSURE : linnet_model_class_name(s->model, p->order[0]);
}

static void on_prediction(void *user, const struct linnet_prediction *prediction) {
    struct predicting *p = user;
    cli_progress_clear(&p->progress); /* a sink may print */
    if (prediction->status) {
        p->bad++;
        cli_fail(prediction->status, "%s", prediction->error);
    } else {
        p->good++;
    }
    for (int i = 0; i < p->count; i++) p->sinks[i]->put(&p->states[i], prediction);
    if (!p->streams || prediction->count > FEW) /* few bars are their own progress */
        cli_progress_show(&p->progress, "predicted", p->good + p->bad, (int64_t)prediction->count,
                          CLI_PROGRESS_PACE, "");
}

/* p->begun counts the sinks that were begun, so that end_sinks() ends exactly these. */
static int begin_sinks(struct predicting *p, const linnet_model *model) {
    int status = LINNET_OK;
    for (; p->begun < p->count && !status; p->begun += !status) {
        p->states[p->begun].model = model;
        p->states[p->begun].opts = &p->opts[p->begun];
        status = p->sinks[p->begun]->begin(&p->states[p->begun]);
    }
    return status;
}

/* Ends every sink that was begun, also after a failure. Returns `status`, or the first failure of a sink. */
static int end_sinks(struct predicting *p, int status) {
    for (int i = 0; i < p->begun; i++) {
        int own = p->sinks[i]->end(&p->states[i], !status);
        if (!status) status = own;
    }
    return status;
}

/* The table needs no last line, and JSON on stdout must stay the only output. */
static void report_files(const struct predicting *p, const struct predict_args *args) {
    char shown[CLI_SHOWN], n[CLI_NUMBER], m[CLI_NUMBER];
    if (args->json) return;
    if (args->output) {
        printf("%s: %s prediction%s", cli_text_printable(args->output, shown), cli_text_count(p->good, n),
               p->good == 1 ? "" : "s");
        if (p->bad) printf(", %s refused", cli_text_count(p->bad, m));
        putchar('\n');
    }
    if (args->grid && p->good) printf("%s: drawn\n", cli_text_printable(args->grid, shown));
}

/* Returns the same status on all ranks, unless the prediction failed on this rank alone: mpirun then ends the others. */
static int predict_paths(linnet_model *model, const struct predict_args *args,
                         const struct cli_positional *paths, struct predicting *p) {
    struct linnet_predict_opts opts = args->predict;
    const bool terminal = cli_is_terminal(stdout);
    p->streams = terminal && !args->output && shows_bars(args);
    cli_progress_init(&p->progress, !(args->json && terminal)); /* a line of JSON must not be erased */
    opts.stop = cli_stop_watch();
    cli_stop_notice("\nlinnet: stopping after this batch; press Ctrl-C again to quit at once\n");
    int status = cli_ranks_agree(opts.ranks, begin_sinks(p, model));
    const bool begun = !status;
    if (begun) {
        status = linnet_predict(model, paths->items, (size_t)paths->count, &opts, on_prediction, p);
        cli_progress_clear(&p->progress);
        if (status) cli_fail_library(status);
    }
    const bool alone = begun && !linnet_ranks_agreed(opts.ranks, status);
    status = end_sinks(p, status);
    if (!status) report_files(p, args);
    if (!status && p->bad) status = LINNET_ERR_INPUT; /* bad files were reported one by one */
    return alone ? status : cli_ranks_agree(opts.ranks, status);
}

/* Sets the number of classes to show, at most the model's, and the width of the names if all are known. */
static void fit_sink(struct predicting *p, int i, const struct predict_args *args,
                     const struct cli_positional *paths, int classes) {
    const bool few = p->sinks[i] == &cli_sink_bars && p->total > 0 && p->total <= FEW;
    const int topk = args->topk ? args->topk : few ? FEW_TOPK : 1;
    p->opts[i].topk = topk < classes ? topk : classes;
    for (int k = 0; p->total > 0 && k < paths->count; k++) {
        char shown[CLI_SHOWN];
        const int width = cli_text_width(cli_text_printable(paths->items[k], shown));
        if (width > p->opts[i].name_width) p->opts[i].name_width = width;
    }
}

static int predict_on_ranks(int argc, char **argv, linnet_ranks *ranks) {
    struct predict_args args = {.model.size = sizeof args.model, .predict.size = sizeof args.predict};
    struct predicting p = {0};
    struct cli_positional positional;
    linnet_model *model = NULL;
    int status = cli_args_parse(&cli_command_predict, argc, argv, &args, &positional);
    if (!status) status = choose_sinks(&p, &args);
    if (!status) status = cli_model_load(&model, positional.items[0], NULL, &args.model);
    if (!status && args.unknown) status = cli_model_check_unknown(model, positional.items[0]);
    status = cli_ranks_agree(ranks, status);
    if (status) {
        linnet_model_destroy(model);
        return status;
    }
    args.predict.ranks = ranks;
    if (linnet_ranks_rank(ranks) > 0) p.count = 0;
    cli_model_warn_untrained(positional.items[0], &args.model, "predictions");
    struct cli_positional paths = {positional.items + 1, positional.count - 1};
    p.total = cli_paths_pictures(&paths);
    for (int i = 0; i < p.count; i++) fit_sink(&p, i, &args, &paths, linnet_model_classes(model));
    if (args.grid) args.predict.picture = CLI_PICTURE;
    status = predict_paths(model, &args, &paths, &p);
    linnet_model_destroy(model);
    return status;
}

static int predict_run(int argc, char **argv) {
    return cli_ranks_run(argc, argv, predict_on_ranks);
}

const struct cli_command cli_command_predict = {
    .name = "predict",
    .group = "train and use",
    .summary = "classify pictures: as a table, CSV, JSON or a grid",
    .usage = "predict MODEL PATH... [flags]",
    .about = "MODEL is a run folder, a model file or an architecture's name (untrained weights). "
             "PATH is a picture or a folder of pictures. A picture that cannot be read is reported on stderr "
             "and sets the exit status to 3; the others are still classified.",
    .example = "linnet predict runs/train photo.png -o predictions.csv",
    .min_args = 2,
    .max_args = 1000000,
    .computes = true,
    .ranks = true,
    .flags = predict_flags,
    .run = predict_run,
};
