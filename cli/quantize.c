/* linnet quantize: a model in 8 bits. */
#include "command.h"
#include "json.h"
#include "model.h"
#include "output.h"
#include "stop.h"
#include "table.h"
#include "text.h"
#include "watch.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct quantize_args {
    struct linnet_model_opts model;
    struct linnet_data_opts data;
    struct linnet_quantize_opts quantize;
    const char *output, *calibrate;
    bool json;
};

#define OPTS struct quantize_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, output), .flag = "output", .letter = 'o', .value = "FILE",
     .help = "the model file to write (.safetensors)"},
    {CLI_ROW(STRING, calibrate), .flag = "calibrate", .value = "DATA", .default_text = "the run's data",
     .help = "data set for measuring the ranges of activations",
     .detail = "The ranges come from images of its train part, without augmentation; the loss of accuracy "
               "is measured on its validation part."},
    {CLI_SEED_ROW, .default_text = "the run's, else 0", .group = "data", .help = "seed of the split"},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags quantize_flags[] = {
    {own},
    {linnet_quantize_options, .at = offsetof(OPTS, quantize)},
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights "},
    {linnet_data_options, .at = offsetof(OPTS, data), .only = " split split-file limit "},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* The rows of --per-layer, which the library reports one by one. */
struct rows {
    struct linnet_quantize_layer *items;
    size_t count;
    bool short_of_memory;
};

struct listener {
    struct cli_watch watch;
    struct rows rows;
};

static void on_event(void *user, const struct linnet_event *event) {
    struct cli_watch *watch = &((struct listener *)user)->watch;
    watch->label = event->part == LINNET_TRAIN ? "calibrate" : "compare";
    cli_watch_event(watch, event);
}

/* The names are borrowed from the model, which outlives the rows. */
static void on_layer(void *user, const struct linnet_quantize_layer *layer) {
    struct rows *rows = &((struct listener *)user)->rows;
    struct linnet_quantize_layer *grown = realloc(rows->items, (rows->count + 1) * sizeof *grown);
    rows->short_of_memory |= !grown;
    if (!grown) return;
    rows->items = grown;
    rows->items[rows->count++] = *layer;
}

static int64_t bytes_of(const char *path) {
    struct stat found;
    return stat(path, &found) ? 0 : (int64_t)found.st_size;
}

/* ---- output ------------------------------------------------------------------------------------------------ */

static int print_layers(const struct rows *rows) {
    static const struct cli_column columns[] = {
        {.title = "layer"}, {"weights", true}, {"SQNR dB", true}, {.title = "type"}};
    struct cli_table table;
    char number[CLI_NUMBER];
    putchar('\n');
    cli_table_begin(&table, stdout, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < rows->count; i++) {
        const struct linnet_quantize_layer *row = &rows->items[i];
        cli_table_cell(&table, "%s", row->layer);
        cli_table_cell(&table, "%s", cli_text_count(row->weights, number));
        if (isnan(row->sqnr))
            cli_table_cell(&table, "-");
        else
            cli_table_cell(&table, "%.1f", row->sqnr);
        cli_table_cell(&table, "%s", row->int8 ? "int8" : "f32");
    }
    return cli_table_end(&table);
}

static int print_text(const struct quantize_args *args, const struct linnet_quantization *r,
                      const struct rows *rows) {
    char shown[CLI_SHOWN], a[CLI_NUMBER], b[CLI_NUMBER];
    printf("%s: %.1f MB\n", cli_text_printable(args->output, shown), (double)bytes_of(args->output) / 1e6);
    printf("layers    %d of %d in 8 bits\n", r->layers_int8, r->layers);
    printf("scales    by %s, from %s images\n", r->method, cli_text_count(r->images, a));
    if (r->compared) {
        printf("accuracy  %s in 8 bits, %s in fp32, on %lld images\n", cli_text_percent(r->acc, a),
               cli_text_percent(r->acc_f32, b), (long long)r->compared);
        printf("gain      %+.2f points (95%% interval %+.2f to %+.2f)\n", 100 * r->gain, 100 * r->gain_low,
               100 * r->gain_high);
    } else {
        puts("accuracy  not compared: the data has no validation and no test part");
    }
    return args->quantize.per_layer ? print_layers(rows) : LINNET_OK;
}

static int print_json(const struct quantize_args *args, const struct linnet_quantization *r,
                      const struct rows *rows) {
    struct linnet_json json = cli_json_to(stdout, 1);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "file", args->output);
    linnet_json_int(&json, "bytes", bytes_of(args->output));
    linnet_json_string(&json, "method", r->method);
    linnet_json_int(&json, "images", r->images);
    linnet_json_int(&json, "layers", r->layers);
    linnet_json_int(&json, "layers_int8", r->layers_int8);
    linnet_json_int(&json, "compared", r->compared);
    linnet_json_double(&json, "acc", r->compared ? r->acc : NAN);
    linnet_json_double(&json, "acc_f32", r->compared ? r->acc_f32 : NAN);
    linnet_json_double(&json, "gain", r->compared ? r->gain : NAN);
    linnet_json_double(&json, "gain_low", r->compared ? r->gain_low : NAN);
    linnet_json_double(&json, "gain_high", r->compared ? r->gain_high : NAN);
    linnet_json_begin(&json, "per_layer", '[');
    for (size_t i = 0; i < rows->count; i++) {
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "layer", rows->items[i].layer);
        linnet_json_int(&json, "weights", rows->items[i].weights);
        linnet_json_double(&json, "sqnr", rows->items[i].sqnr);
        linnet_json_string(&json, "type", rows->items[i].int8 ? "int8" : "f32");
        linnet_json_end(&json);
    }
    linnet_json_end(&json);
    linnet_json_end(&json);
    return LINNET_OK;
}

/* ---- the command --------------------------------------------------------------------------------------------- */

static int quantize(linnet_model *model, const linnet_data *data, struct quantize_args *args) {
    struct linnet_quantization result = {.size = sizeof result};
    struct listener listener = {0};
    cli_watch_begin(&listener.watch, "calibrate");
    args->quantize.stop = cli_stop_watch();
    args->quantize.on_event = on_event;
    args->quantize.on_layer = on_layer;
    args->quantize.user = &listener;
    int status = linnet_quantize(model, data, &args->quantize, &result);
    cli_watch_end(&listener.watch, NULL);
    if (!status && listener.rows.short_of_memory) status = LINNET_ERR_LIMIT;
    if (!status) status = linnet_model_save(model, args->output);
    if (status)
        cli_fail_library(status);
    else
        status = args->json ? print_json(args, &result, &listener.rows)
                            : print_text(args, &result, &listener.rows);
    free(listener.rows.items);
    return status;
}

static int quantize_run(int argc, char **argv) {
    struct quantize_args args = {.model.size = sizeof args.model,
                                 .data.size = sizeof args.data,
                                 .quantize.size = sizeof args.quantize};
    struct cli_positional positional;
    linnet_model *model = NULL;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_quantize, argc, argv, &args, &positional);
    if (status) return status;
    const char *name = positional.items[0];
    if (!args.output)
        return cli_fail(LINNET_ERR_USAGE, "quantize needs -o FILE, such as -o int8.safetensors");
    if (!args.calibrate && !cli_model_is_run(name))
        return cli_fail(LINNET_ERR_USAGE,
                        "quantize needs --calibrate DATA, such as the data that the model was trained on");
    status = cli_model_open_data(&data, name, args.calibrate, &args.data, cli_command_quantize.usage);
    if (!status) status = cli_model_load(&model, name, data, &args.model);
    if (!status) {
        cli_model_warn_untrained(name, &args.model, "accuracies");
        status = quantize(model, data, &args);
    }
    linnet_model_destroy(model);
    linnet_data_close(data);
    return status;
}

const struct cli_command cli_command_quantize = {
    .name = "quantize",
    .group = "train and use",
    .summary = "convert a model to 8 bits: a quarter of the size, faster",
    .usage = "quantize MODEL [--calibrate DATA] -o FILE [flags]",
    .about = "MODEL is a run folder, a model file or an architecture's name with --weights. FILE is a "
             "model file for eval, predict, serve, bench and export. Convolutions and linear layers "
             "multiply 8-bit integers in it; poolings, sums and concatenations between them stay in 8 "
             "bits; all other layers run in fp32.",
    .example = "linnet quantize runs/train -o int8.safetensors --per-layer",
    .min_args = 1,
    .max_args = 1,
    .computes = true,
    .flags = quantize_flags,
    .run = quantize_run,
};
