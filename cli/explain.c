/* linnet explain: shows which parts of a picture support a class. */
#include "command.h"
#include "explain_file.h"
#include "explain_json.h"
#include "json.h"
#include "model.h"
#include "output.h"
#include "progress.h"
#include "stop.h"
#include "style.h"
#include "table.h"
#include "text.h"
#include <string.h>

struct explain_args {
    struct linnet_model_opts model;
    struct linnet_explain_opts explain;
    const char *output;
    bool npy, json;
};

#define OPTS struct explain_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, output), .preset_name = "explain", .flag = "output", .letter = 'o', .value = "DIR",
     .help = "write the pictures into DIR",
     .detail = "The picture NAME.jpg becomes NAME.png; several pictures also become grid.png. If two "
               "pictures have the same name, the second one is written as NAME-2.png. DIR must not contain "
               "the pictures to explain."},
    {CLI_ROW(BOOL, npy), .flag = "npy", .help = "also write NAME.npy: the raw map, float32, height by width",
     .detail = "The map has the layer's size and is not scaled: in pytorch-grad-cam's terms, after the "
               "final ReLU and before normalisation. For occlusion it is the drop of the logit, which may "
               "be negative."},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags explain_flags[] = {
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights "},
    {linnet_explain_options, .at = offsetof(OPTS, explain)},
    {own, .presets = true},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

struct explaining {
    const linnet_model *model;
    const struct explain_args *args;
    struct cli_explain_files files;
    struct cli_table table;
    struct linnet_json json;
    struct cli_progress progress;
    int64_t good, bad;
    int status; /* of the first file that could not be written; no more are written after it */
};

static void put_row(struct explaining *x, const struct linnet_explanation *e) {
    char percent[CLI_NUMBER];
    cli_table_cell(&x->table, "%s", e->path);
    cli_table_cell(&x->table, "%s", linnet_model_class_name(x->model, e->target));
    cli_table_cell(&x->table, "%s", cli_text_percent((double)e->probability, percent));
    if (e->most > 0)
        cli_table_cell(&x->table, "%.3g", (double)e->most);
    else
        cli_table_cell(&x->table, "none");
    cli_table_cell(&x->table, "%s", x->files.png);
}

static void put_json(struct explaining *x, const struct linnet_explanation *e) {
    struct linnet_json *json = &x->json;
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "path", e->path);
    if (e->status) {
        linnet_json_string(json, "error", e->error);
        linnet_json_end(json);
        return;
    }
    cli_explain_json_class(json, x->model, e);
    linnet_json_int(json, "map_height", e->map_height);
    linnet_json_int(json, "map_width", e->map_width);
    cli_explain_json_extent(json, e);
    linnet_json_string(json, "picture", x->files.png);
    linnet_json_string(json, "map", x->files.npy[0] ? x->files.npy : NULL);
    linnet_json_end(json);
}

static void on_explanation(void *user, const struct linnet_explanation *e) {
    struct explaining *x = user;
    cli_progress_clear(&x->progress);
    if (x->status) return;
    if (e->status) {
        x->bad++;
        cli_fail(e->status, "%s", e->error);
    } else {
        x->status = cli_explain_write(&x->files, e);
        if (x->status) return;
        x->good++;
    }
    if (x->args->json)
        put_json(x, e);
    else if (!e->status)
        put_row(x, e);
    cli_progress_show(&x->progress, "explained", x->good + x->bad, (int64_t)e->count, CLI_PROGRESS_PACE, "");
}

static void begin_output(struct explaining *x) {
    static const struct cli_column columns[] = {{.title = "path"},
                                                {.title = "class"},
                                                {"probability", true},
                                                {"evidence", true},
                                                {.title = "picture"}};
    /* The bar must not erase a line of JSON. */
    cli_progress_init(&x->progress, !(x->args->json && cli_is_terminal(stdout)));
    if (!x->args->json) {
        cli_table_begin(&x->table, stdout, columns, sizeof columns / sizeof *columns);
        return;
    }
    x->json = cli_json_to(stdout, 1);
    linnet_json_begin(&x->json, NULL, '[');
}

static int end_output(struct explaining *x) {
    cli_progress_clear(&x->progress);
    if (x->args->json) {
        linnet_json_end(&x->json);
        return LINNET_OK;
    }
    if (x->good > 0) return cli_table_end(&x->table);
    cli_table_drop(&x->table);
    return LINNET_OK;
}

static int explain_paths(struct explaining *x, const struct cli_positional *paths) {
    x->files =
        (struct cli_explain_files){.model = x->model, .folder = x->args->output, .with_npy = x->args->npy};
    int status = cli_explain_begin(&x->files, paths->items, paths->count);
    if (status) return status;
    struct linnet_explain_opts opts = x->args->explain;
    cli_stop_notice("\nlinnet: stopping after this picture; press Ctrl-C again to quit at once\n");
    opts.stop = cli_stop_watch();
    begin_output(x);
    status = linnet_explain(x->model, paths->items, (size_t)paths->count, &opts, on_explanation, x);
    cli_progress_clear(&x->progress);
    if (status) cli_fail_library(status);
    const int shown = status && x->good == 0 ? (cli_table_drop(&x->table), LINNET_OK) : end_output(x);
    if (!status) status = x->status ? x->status : shown;
    const int drawn = cli_explain_end(&x->files, !status);
    if (!status) status = drawn;
    return !status && x->bad ? LINNET_ERR_INPUT : status; /* bad files were reported one by one */
}

static int explain_run(int argc, char **argv) {
    struct explain_args args = {.model.size = sizeof args.model, .explain.size = sizeof args.explain};
    struct explaining x = {.args = &args};
    struct cli_positional positional;
    linnet_model *model = NULL;
    int status = cli_args_parse(&cli_command_explain, argc, argv, &args, &positional);
    if (!status) status = cli_model_load(&model, positional.items[0], NULL, &args.model);
    if (status) return status;
    cli_model_warn_untrained(positional.items[0], &args.model, "explanations");
    x.model = model;
    status = explain_paths(&x, &(struct cli_positional){positional.items + 1, positional.count - 1});
    linnet_model_destroy(model);
    return status;
}

const struct cli_command cli_command_explain = {
    .name = "explain",
    .group = "train and use",
    .summary = "show which parts of a picture support a class",
    .usage = "explain MODEL PATH... [flags]",
    .about = "MODEL is a run folder, a model file or an architecture's name (untrained weights). PATH is "
             "a picture or a folder of pictures. Each picture is written into DIR with a map of the "
             "evidence for its predicted class, or for --class. A picture that cannot be read is reported "
             "on stderr and sets the exit status to 3; the others are still explained. Ctrl-C stops after "
             "the current picture, with status 130; what is written stays.",
    .example = "linnet explain runs/train photo.jpg -o why",
    .min_args = 2,
    .max_args = 1000000,
    .computes = true,
    .flags = explain_flags,
    .run = explain_run,
};
