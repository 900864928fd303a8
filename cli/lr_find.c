/* linnet lr-find: which learning rate to train with.
 *
 *        rate      loss  smoothed
 *       1e-07    2.3024    2.3053  ##########################
 *      0.0016    2.2481    2.2604  #########################
 *       0.011    1.6034    1.7120  ####################         steepest
 *        0.21    0.9017    1.0215  ############
 *           1    9.7120    4.3310  ################################
 *
 *     the loss falls most steeply at a rate of 0.011, and is lowest, 0.9017, at 0.21
 *     it diverges after the last row
 *     to use it: linnet train photos -m lenet --opt sgd --lr 0.011
 *
 * The curve is printed and not only the suggestion: a curve that is flat or noisy shows that the suggestion
 * is weak.
 */
#include "command.h"
#include "json.h"
#include "model.h"
#include "output.h"
#include "stop.h"
#include "table.h"
#include "text.h"
#include "watch.h"
#include <math.h>

struct lr_find_args {
    const char *arch;
    struct linnet_data_opts data;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    struct linnet_lr_find_opts find;
    bool json;
};

#define OPTS struct lr_find_args
static const struct linnet_option network_rows[] = {
    {CLI_ARCH_ROW, .default_text = CLI_ARCH_DEFAULT, .group = "network"},
    {CLI_SEED_ROW, .group = "network",
     .help = "seed of split, initial weights, order, dropout and augmentation"},
};
CLI_TABLE(network, network_rows)
static const struct cli_flags lr_find_flags[] = {
    {linnet_lr_find_options, .at = offsetof(OPTS, find)},
    {network},
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights imgsz zero-init-residual seed "},
    {linnet_data_options, .at = offsetof(OPTS, data)},
    {linnet_train_options, .at = offsetof(OPTS, train),
     .only = " recipe batch-size opt momentum weight-decay augment freeze label-smoothing mixup cutmix "
             "class-weights sampler conv dtype seed threads workers cache-mb strict "},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* ---- what was found ----------------------------------------------------------------------------------------- */

/* Rows and columns of the curve: together with the other lines it fits on a screen of 40 lines and 80
 * columns. */
enum { ROWS = 24, BAR = 32 };

/* A bar of the smoothed loss, its length in proportion to the first one. The full length is 1.25 times the
 * first loss, so that a rise is visible and a divergence does not flatten the remainder of the curve. */
static const char *bar(double loss, double first, char out[BAR + 1]) {
    const double share = first > 0 && isfinite(loss) ? loss / first : 0;
    const int length = share >= 1.25 ? BAR : (int)(share / 1.25 * BAR + 0.5);
    for (int i = 0; i < length; i++) out[i] = '#';
    out[length] = '\0';
    return out;
}

static int print_curve(const struct linnet_lr_curve *c) {
    static const struct cli_column columns[] = {
        {"rate", true}, {"loss", true}, {"smoothed", true}, {""}, {""}};
    struct cli_table table;
    char a[CLI_NUMBER], b[CLI_NUMBER], drawn[BAR + 1];
    /* One row for every `stride` points, and one for the suggested point. */
    const int stride = c->count / ROWS + 1;
    cli_table_begin(&table, stdout, columns, 5);
    for (int i = 0; i < c->count; i++) {
        const struct linnet_lr_point *p = &c->points[i];
        const bool suggested = p->lr == c->suggestion;
        if (i % stride && !suggested) continue;
        cli_table_cell(&table, "%.2g", p->lr);
        cli_table_cell(&table, "%s", cli_text_loss(p->loss, a));
        cli_table_cell(&table, "%s", cli_text_loss(p->smooth, b));
        cli_table_cell(&table, "%s", bar(p->smooth, c->points[0].smooth, drawn));
        cli_table_cell(&table, "%s", suggested ? "steepest" : "");
    }
    return cli_table_end(&table);
}

static int print_text(const struct linnet_lr_curve *c, const struct lr_find_args *args, const char *data) {
    char shown[CLI_SHOWN], a[CLI_NUMBER];
    int status = print_curve(c);
    if (status) return status;
    if (isnan(c->suggestion))
        puts("\nno suggestion: the loss did not fall at any learning rate");
    else
        printf("\nthe loss falls most steeply at a rate of %.2g, and is lowest, %s, at %.2g\n", c->suggestion,
               cli_text_loss(c->lowest_loss, a), c->lowest_lr);
    if (c->diverged) puts("the loss diverges after the last row");
    if (args->find.plot) printf("%s: drawn\n", cli_text_printable(args->find.plot, shown));
    if (isnan(c->suggestion)) return LINNET_OK;
    printf("to use it: linnet train %s -m %s --opt %s --lr %.2g\n", cli_text_printable(data, shown),
           args->arch, c->opt, c->suggestion);
    return LINNET_OK;
}

static int print_json(const struct linnet_lr_curve *c, const struct lr_find_args *args) {
    struct linnet_json json = cli_json_to(stdout, 2);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "model", args->arch);
    linnet_json_string(&json, "opt", c->opt);
    linnet_json_double(&json, "suggestion", c->suggestion);
    linnet_json_double(&json, "lowest_lr", c->lowest_lr);
    linnet_json_double(&json, "lowest_loss", c->lowest_loss);
    linnet_json_bool(&json, "diverged", c->diverged);
    linnet_json_begin(&json, "points", '[');
    for (int i = 0; i < c->count; i++) {
        linnet_json_begin(&json, NULL, '{');
        linnet_json_double(&json, "lr", c->points[i].lr);
        linnet_json_double(&json, "loss", c->points[i].loss);
        linnet_json_double(&json, "smooth", c->points[i].smooth);
        linnet_json_end(&json);
    }
    linnet_json_end(&json);
    linnet_json_string(&json, "plot", args->find.plot);
    linnet_json_end(&json);
    return LINNET_OK;
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static void on_event(void *user, const struct linnet_event *event) {
    struct cli_watch *watch = user;
    if (event->kind == LINNET_EVENT_STEP)
        snprintf(watch->note, sizeof watch->note, "rate %.2g  loss %.4g", event->lr, event->loss);
    cli_watch_event(watch, event);
}

static int find(linnet_model *model, linnet_data *data, struct lr_find_args *args) {
    struct linnet_lr_curve *curve;
    struct cli_watch watch;
    cli_watch_begin(&watch, "lr-find");
    args->find.train = &args->train;
    args->find.stop = cli_stop_watch();
    args->find.on_event = on_event;
    args->find.user = &watch;
    int status = linnet_lr_find(&curve, model, data, &args->find);
    cli_watch_end(&watch, NULL);
    if (status) return cli_fail_library(status);
    status = args->json ? print_json(curve, args) : print_text(curve, args, linnet_data_path(data));
    linnet_lr_curve_free(curve);
    return status;
}

/* Uses the network and the options that the recipe would give `train`, because a rate depends on the batch size and the
 * augmentation. */
static int find_on(linnet_data *data, struct lr_find_args *args) {
    linnet_model *model = NULL;
    double seconds;
    int status = linnet_recipe_fit(&args->arch, data, &args->model, &args->train, &seconds);
    if (status) return cli_fail_library(status);
    status = cli_model_create(&model, args->arch, data, &args->model);
    if (!status) status = find(model, data, args);
    linnet_model_destroy(model);
    return status;
}

static int lr_find_run(int argc, char **argv) {
    struct lr_find_args args = {.data.size = sizeof args.data,
                                .model = {.size = sizeof args.model, .new_head = true},
                                .train = {.size = sizeof args.train, .recipe = "auto"},
                                .find.size = sizeof args.find};
    struct cli_positional positional;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_lr_find, argc, argv, &args, &positional);
    if (status) return status;
    status = linnet_recipe_apply(args.train.recipe, &args.data, &args.model, &args.train);
    if (status) return cli_fail_library(status);
    status = linnet_data_open(&data, positional.items[0], &args.data);
    if (status) return cli_fail_library(status);
    status = find_on(data, &args);
    linnet_data_close(data);
    return status;
}

const struct cli_command cli_command_lr_find = {
    .name = "lr-find",
    .group = "train and use",
    .summary = "find a learning rate by a range test; applies nothing",
    .usage = "lr-find DATA [flags]",
    .about = "The rate grows from step to step, and the loss shows at which rates the network learns "
             "(Smith, 2017). The suggestion is where the loss falls most steeply; look at the curve "
             "before you use it. No model is kept.",
    .example = "linnet lr-find photos -m resnet18 -o lr.png",
    .min_args = 1,
    .max_args = 1,
    .computes = true,
    .flags = lr_find_flags,
    .run = lr_find_run,
};
