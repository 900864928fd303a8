/* linnet bench: the speed of training, inference and loading on this machine.
 *
 *     training step, f32, 2 threads, oneDNN 2.6.3
 *
 *     model     batch   px  images/s  ms/step  p10-p90  GFLOP/s   MB  faults  plan ms  peak
 *     resnet18     16  224      30.6      523  519-541      331  635       0      812   91%
 *
 * Every rate is shown beside a limit of the same machine, measured in the same run (peak, and with --floor
 * also floor and roof): images per second alone cannot be compared between machines.
 */
#include "bench_layers.h"
#include "bench_loader.h"
#include "bench_ranks.h"
#include "command.h"
#include "json.h"
#include "model.h"
#include "output.h"
#include "ranks.h"
#include "table.h"
#include "text.h"
#include <string.h>

struct bench_args {
    struct linnet_model_opts model;
    struct linnet_bench_opts bench;
    struct linnet_bench_loader_opts loader;
    const char *mode, *data;
    bool json, per_layer, mpi;
};

/* The measurements of one model. */
struct bench_figures {
    struct linnet_bench_result result;
    struct bench_layers layers;
};

static const char *mode_choice(int index) {
    static const char *const names[] = {"train", "infer", NULL};
    return names[index];
}

#define OPTS struct bench_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, mode), .choice = mode_choice, .preset_name = "train", .flag = "mode",
     .help = "measure whole training steps, or inference only"},
    {CLI_ROW(BOOL, per_layer), .flag = "per-layer", .help = "show the time of each layer",
     .detail = "One row for each layer and pass: its share of the time, its GFLOP/s, and the bytes that it "
               "moves."},
    {CLI_ROW(BOOL, mpi), .flag = "mpi", .help = "refuse to measure without mpirun",
     .detail = "Under mpirun, bench first measures the training step of each rank alone, then that of all "
               "ranks together, each with --batch images. It reports the time for compute, the "
               "communication that compute does not hide, and the efficiency."},
    {CLI_ROW(STRING, data), .flag = "loader", .value = "DATA",
     .help = "in place of MODEL: measure how fast batches are loaded from files",
     .detail = "Loads the training part of DATA, augmented and normalised, without computing anything with "
               "it: one epoch from the files, then two from the photos that the first epoch kept in memory. "
               "By default, images are 224 pixels wide and high and batches have 32 images."},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags bench_flags[] = {
    {own, .presets = true},
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights imgsz classes channels "},
    {linnet_bench_options, .at = offsetof(OPTS, bench)},
    {linnet_bench_loader_options, .at = offsetof(OPTS, loader)},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* The keys are those of struct linnet_bench_result. bench/ in the source tree reads them, so a key is never
 * renamed. */
static void put_json(struct linnet_json *json, const char *name, const struct bench_args *args,
                     const struct bench_figures *figures) {
    const struct linnet_bench_result *r = &figures->result;
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "model", name);
    linnet_json_string(json, "mode", args->mode);
    linnet_json_int(json, "batch", r->batch);
    linnet_json_int(json, "imgsz", r->imgsz);
    linnet_json_string(json, "dtype", r->dtype);
    linnet_json_int(json, "threads", r->threads);
    linnet_json_string(json, "onednn", r->onednn);
    linnet_json_double(json, "images_per_s", r->images_per_s);
    linnet_json_double(json, "ms_per_step", r->ms_per_step);
    linnet_json_double(json, "ms_p10", r->ms_p10);
    linnet_json_double(json, "ms_p90", r->ms_p90);
    linnet_json_double(json, "rss_mb", r->rss_mb);
    linnet_json_double(json, "gflops", r->gflops);
    linnet_json_double(json, "peak_gflops", r->peak_gflops);
    linnet_json_double(json, "minor_faults_per_step", r->minor_faults_per_step);
    linnet_json_int(json, "allocs_per_step", r->allocs_per_step);
    linnet_json_double(json, "plan_ms", r->plan_ms);
    linnet_json_int(json, "steps", r->steps);
    if (args->bench.floor) {
        linnet_json_double(json, "peak_gb_per_s", r->peak_gb_per_s);
        linnet_json_double(json, "floor_images_per_s", r->floor_images_per_s);
        linnet_json_double(json, "roof_images_per_s", r->roof_images_per_s);
    }
    if (r->ranks > 1) bench_ranks_put_json(r, json);
    if (args->per_layer) bench_layers_put_json(&figures->layers, json);
    linnet_json_end(json);
}

/* The last two columns, floor and roof, exist only with --floor, whose measurement takes some seconds. */
static const struct cli_column bench_columns[] = {
    {.title = "model"},          {"batch", .right = true},   {"px", .right = true},
    {"images/s", .right = true}, {"ms/step", .right = true}, {"p10-p90", .right = true},
    {"GFLOP/s", .right = true},  {"MB", .right = true},      {"faults", .right = true},
    {"plan ms", .right = true},  {"peak", .right = true},    {"floor", .right = true},
    {"roof", .right = true},
};
enum { ALL_COLUMNS = sizeof bench_columns / sizeof bench_columns[0], BENCH_COLUMNS = ALL_COLUMNS - 2 };

/* Three significant digits, but never fewer than the integer part has. Runs differ by a few per cent, so
 * further digits would be noise. */
static const char *short_number(double x, char out[CLI_NUMBER]) {
    if (x >= 100)
        cli_text_count((int64_t)(x + 0.5), out);
    else
        snprintf(out, CLI_NUMBER, "%.*f", x >= 10 ? 1 : 2, x);
    return out;
}

static void put_row(struct cli_table *table, const char *name, const struct linnet_bench_result *r) {
    char a[CLI_NUMBER], b[CLI_NUMBER];
    cli_table_cell(table, "%s", name);
    cli_table_cell(table, "%d", r->batch);
    cli_table_cell(table, "%d", r->imgsz);
    cli_table_cell(table, "%s", short_number(r->images_per_s, a));
    cli_table_cell(table, "%s", short_number(r->ms_per_step, a));
    cli_table_cell(table, "%s-%s", short_number(r->ms_p10, a), short_number(r->ms_p90, b));
    cli_table_cell(table, "%s", short_number(r->gflops, a));
    cli_table_cell(table, "%s", cli_text_count((int64_t)(r->rss_mb + 0.5), a));
    cli_table_cell(table, "%.3g", r->minor_faults_per_step);
    cli_table_cell(table, "%s", short_number(r->plan_ms, a));
    cli_table_cell(table, "%.0f%%", 100 * r->gflops / r->peak_gflops);
    if (r->floor_images_per_s == 0) return;
    cli_table_cell(table, "%.0f%%", 100 * r->images_per_s / r->floor_images_per_s);
    cli_table_cell(table, "%.0f%%", 100 * r->images_per_s / r->roof_images_per_s);
}

/* The caller frees figures->layers, also after a failure. */
static int bench_one(const char *name, const struct bench_args *args, struct bench_figures *figures) {
    linnet_model *model = NULL;
    struct linnet_bench_opts opts = args->bench;
    *figures = (struct bench_figures){.result.size = sizeof figures->result};
    if (args->per_layer) {
        opts.on_layer = bench_layers_add;
        opts.context = &figures->layers;
    }
    int status = cli_model_load(&model, name, NULL, &args->model);
    if (status) return status;
    status = linnet_bench(model, &opts, &figures->result);
    linnet_model_destroy(model);
    return status ? cli_fail_library(status) : LINNET_OK;
}

/* Checks all names before the first measurement: a misspelt last name must not cost the minutes spent on the others. */
static int bench_check(const struct bench_args *args, const struct cli_positional *positional) {
    for (int i = 0; i < positional->count; i++) {
        linnet_model *model = NULL;
        if (cli_model_exists(positional->items[i])) continue;
        int status =
            cli_model_load(&model, positional->items[i], NULL, &args->model); /* reports the reason */
        linnet_model_destroy(model);
        if (status) return status;
    }
    return LINNET_OK;
}

/* The array is opened after the first measurement, so that a failure before it leaves stdout empty; after a
 * later failure the array is closed, and what was measured stays valid JSON. */
static int bench_as_json(const struct bench_args *args, const struct cli_positional *positional) {
    struct linnet_json json = cli_json_to(stdout, 1);
    int status = LINNET_OK, done = 0;
    for (int i = 0; i < positional->count && !status; i++) {
        struct bench_figures figures;
        status = bench_one(positional->items[i], args, &figures);
        if (!status && done++ == 0) linnet_json_begin(&json, NULL, '[');
        if (!status) put_json(&json, positional->items[i], args, &figures);
        bench_layers_fini(&figures.layers);
    }
    if (done) linnet_json_end(&json);
    return status;
}

static void print_heading(const struct bench_args *args, const struct linnet_bench_result *r) {
    printf("%s, %s, %d thread%s, oneDNN %s\n", args->bench.train ? "training step" : "inference", r->dtype,
           r->threads, r->threads == 1 ? "" : "s", r->onednn);
    if (args->bench.floor)
        printf("this machine: %.0f GFLOP/s, %.1f GB/s\n", r->peak_gflops, r->peak_gb_per_s);
    putchar('\n');
}

/* One table for all models; with --per-layer one for each, followed by its layers. The heading is printed
 * after the first measurement, because it shows what ran: bf16 may have become f32, and the number of threads
 * is known only then. */
static int bench_as_table(const struct bench_args *args, const struct cli_positional *positional) {
    struct cli_table table;
    struct linnet_bench_result last = {.size = sizeof last};
    int status = LINNET_OK, done = 0, columns = args->bench.floor ? ALL_COLUMNS : BENCH_COLUMNS;
    for (int i = 0; i < positional->count && !status; i++) {
        struct bench_figures figures;
        status = bench_one(positional->items[i], args, &figures);
        if (!status && done == 0) print_heading(args, &figures.result);
        if (!status && (done++ == 0 || args->per_layer))
            cli_table_begin(&table, stdout, bench_columns, columns);
        if (!status) put_row(&table, positional->items[i], &figures.result);
        last = figures.result;
        if (!status && args->per_layer) {
            status = cli_table_end(&table);
            putchar('\n');
            if (!status) status = bench_layers_print(&figures.layers);
            if (i + 1 < positional->count) putchar('\n');
        }
        bench_layers_fini(&figures.layers);
    }
    int ended = done && !args->per_layer ? cli_table_end(&table) : LINNET_OK;
    if (!status && last.ranks > 1) bench_ranks_print(&last);
    return status ? status : ended;
}

/* Either MODEL or --loader DATA. --batch and --imgsz are flags of both; --workers, --augment and --cache-mb
 * would do nothing without --loader, and the tables cannot say so: the flag is in another table. */
static int loader_check(const struct bench_args *args, const struct cli_positional *positional) {
    const struct linnet_bench_loader_opts *o = &args->loader;
    if (args->data && positional->count > 0)
        return cli_fail(LINNET_ERR_USAGE, "--loader DATA replaces MODEL: leave out %s", positional->items[0]);
    if (args->data) return LINNET_OK;
    if (o->workers || o->augment || o->cache_mb)
        return cli_fail(LINNET_ERR_USAGE, "%s requires --loader",
                        o->workers   ? "--workers"
                        : o->augment ? "--augment"
                                     : "--cache-mb");
    if (positional->count > 0) return LINNET_OK;
    return cli_fail(LINNET_ERR_USAGE, "bench: an argument is missing; usage: linnet %s",
                    cli_command_bench.usage);
}

/* The ranks' figures are printed below a table of one row. */
static int ranks_check(const struct bench_args *args, const struct cli_positional *positional) {
    const int ranks = linnet_ranks_size(args->bench.ranks);
    if (ranks == 1 && (args->mpi || args->bench.link))
        return cli_fail(LINNET_ERR_USAGE, "%s requires several ranks: use mpirun -n 2 linnet bench MODEL",
                        args->mpi ? "--mpi" : "--model");
    if (ranks > 1 && (positional->count != 1 || args->data || strcmp(args->mode, "train") != 0))
        return cli_fail(LINNET_ERR_USAGE,
                        "mpirun measures only the training step of one MODEL: give one MODEL, and neither "
                        "--loader nor --mode infer");
    return LINNET_OK;
}

static int bench_on_ranks(int argc, char **argv, linnet_ranks *ranks) {
    struct bench_args args = {
        .model.size = sizeof args.model, .bench.size = sizeof args.bench, .loader.size = sizeof args.loader};
    struct cli_positional positional;
    int status = cli_ranks_agree(ranks, cli_args_parse(&cli_command_bench, argc, argv, &args, &positional));
    if (status) return status;
    args.bench.ranks = ranks;
    status = ranks_check(&args, &positional);
    if (!status) status = loader_check(&args, &positional);
    status = cli_ranks_agree(ranks, status);
    if (status) return status;
    if (args.data) return cli_bench_loader(args.data, &args.loader, args.json);
    args.bench.train = !strcmp(args.mode, "train");
    if (args.bench.opt && !args.bench.train) return cli_fail(LINNET_ERR_USAGE, "--opt requires --mode train");
    status = cli_ranks_agree(ranks, bench_check(&args, &positional));
    if (status) return status;
    return args.json ? bench_as_json(&args, &positional) : bench_as_table(&args, &positional);
}

static int bench_run(int argc, char **argv) {
    return cli_ranks_run(argc, argv, bench_on_ranks);
}

const struct cli_command cli_command_bench = {
    .name = "bench",
    .group = "look",
    .summary = "measure images per second, memory and page faults",
    .usage = "bench MODEL... | --loader DATA [flags]",
    .about = "MODEL is an architecture's name, a model file or a run folder. The columns: p10-p90, the "
             "10th and 90th percentiles of the milliseconds per step; MB, the peak memory of the process; "
             "faults, the page faults per step; peak, the speed as a share of the machine's peak "
             "arithmetic. With --floor also: floor, the speed as a share of that of oneDNN's best kernels "
             "alone; roof, as a share of that of these kernels plus the least memory traffic of the other "
             "layers.",
    .example = "linnet bench lenet --batch 32",
    /* loader_check() asks for MODEL, because --loader replaces it. */
    .min_args = 0,
    .max_args = 1000,
    .computes = true,
    .ranks = true,
    .flags = bench_flags,
    .run = bench_run,
};
