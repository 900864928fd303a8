/* The outcome of linnet tune: a table or JSON, and the command line of the best candidate.
 *
 *     round  epochs     lr   decay   px  augment     val    loss    time
 *         3      27  0.017  0.0004  208   medium  91.20%  0.2911   6m02s
 *         3      27   0.01  0.0001  208    light  90.85%  0.3012   6m10s  the defaults
 *
 *     39 trainings in 1h02m, in runs/tune/trials.csv
 *     the validation part chose the best of many, so its accuracy there is a little too high
 *     best:
 *       linnet train photos -m resnet18 --opt sgd --lr 0.017 --weight-decay 0.0004 --imgsz 208 ...
 */
#include "json.h"
#include "output.h"
#include "table.h"
#include "text.h"
#include "tune.h"
#include <math.h>
#include <stdarg.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void add(char out[TUNE_TEXT], const char *fmt, ...) {
    const size_t length = strlen(out);
    va_list list;
    va_start(list, fmt);
    vsnprintf(out + length, TUNE_TEXT - length, fmt, list);
    va_end(list);
}

/* A row of the options' table as a flag with its value. LINNET_NONE is an explicit 0, and 0 the default,
 * which needs no flag. A number is an int, an int64_t or a double by its type; %.12g prints each of them
 * without loss for the values that flags take. */
static void add_flag(char out[TUNE_TEXT], const struct linnet_option *o, const void *opts) {
    const void *at = (const char *)opts + o->offset;
    double number = 0;
    if (o->type == LINNET_OPTION_BOOL && *(const bool *)at) add(out, " --%s", o->flag);
    if (o->type == LINNET_OPTION_STRING && *(const char *const *)at)
        add(out, o->bare ? " --%s=%s" : " --%s %s", o->flag, *(const char *const *)at);
    if (o->type == LINNET_OPTION_INT) number = *(const int *)at;
    if (o->type == LINNET_OPTION_INT64) number = (double)*(const int64_t *)at;
    if (o->type == LINNET_OPTION_DOUBLE || o->type == LINNET_OPTION_SECONDS) number = *(const double *)at;
    if (number != 0) add(out, " --%s %.12g", o->flag, number == LINNET_NONE ? 0 : number);
}

/* Adds the flags of all options that are set, except those named in `except`, between spaces. */
static void add_set(char out[TUNE_TEXT], linnet_option_fn *options, const void *opts, const char *except) {
    const struct linnet_option *o;
    char word[64];
    for (int i = 0; (o = options(i)); i++) {
        snprintf(word, sizeof word, " %s ", o->flag ? o->flag : "");
        if (o->flag && !strstr(except, word)) add_flag(out, o, opts);
    }
}

/* The options of the recipe are spelt out, so that the command trains what was searched, also with a later
 * version whose recipe chooses differently. What the search itself varies comes first, where a reader looks
 * for it. */
static void command_line(const struct tune_search *s, const struct tune_trial *t, char out[TUNE_TEXT]) {
    const struct tune_candidate c = tune_candidate(s, t->candidate);
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    tune_options(s, &c, t->epochs, &model, &train);
    out[0] = '\0';
    add(out,
        "linnet train %s -m %s --opt %s --lr %.3g --weight-decay %.3g --imgsz %d --augment %s --epochs %d",
        s->path, s->arch, s->base.opt, c.lr, c.weight_decay > 0 ? c.weight_decay : 0, c.imgsz, c.augment,
        t->epochs);
    add_set(out, linnet_model_options, &model, " imgsz seed ");
    add_set(out, linnet_data_options, &s->data_opts, " seed ");
    add_set(out, linnet_train_options, &train, " opt lr weight-decay augment epochs recipe ");
}

static int print_table(const struct tune_search *s, const struct tune_trial *const *ranked, int count) {
    static const struct cli_column columns[] = {
        {"round", true}, {"epochs", true}, {"lr", true},   {"decay", true}, {"px", true},
        {"augment"},     {"val", true},    {"loss", true}, {"time", true},  {""}};
    struct cli_table table;
    char a[CLI_NUMBER];
    cli_table_begin(&table, stdout, columns, 10);
    for (int i = 0; i < count; i++) {
        const struct tune_trial *t = ranked[i];
        const struct tune_candidate c = tune_candidate(s, t->candidate);
        cli_table_cell(&table, "%d", t->rung + 1);
        cli_table_cell(&table, "%d", t->epochs);
        cli_table_cell(&table, "%.3g", c.lr);
        cli_table_cell(&table, "%.3g", c.weight_decay > 0 ? c.weight_decay : 0);
        cli_table_cell(&table, "%d", c.imgsz);
        cli_table_cell(&table, "%s", c.augment);
        cli_table_cell(&table, "%s", cli_text_percent(t->val_acc, a));
        cli_table_cell(&table, "%s", cli_text_loss(t->val_loss, a));
        cli_table_cell(&table, "%s", cli_text_duration(t->time_s, a));
        cli_table_cell(&table, "%s", t->candidate == 0 ? "the defaults" : "");
    }
    return cli_table_end(&table);
}

/* A command may be longer than a line of a table. */
static void print_printable(const char *text) {
    char shown[4 * TUNE_TEXT];
    linnet_text_escape(text, strlen(text), shown, sizeof shown);
    puts(shown);
}

int tune_print_text(const struct tune_search *s) {
    const struct tune_trial *ranked[TUNE_TRIALS];
    const int count = tune_ranked(s, ranked);
    char command[TUNE_TEXT], shown[CLI_SHOWN], a[CLI_NUMBER];
    int status = print_table(s, ranked, count);
    if (status) return status;
    printf("\n%d trainings in %s; the results are in %s/trials.csv\n", count,
           cli_text_duration(tune_used(s), a), cli_text_printable(s->dir, shown));
    if (count == 0 || isnan(ranked[0]->val_acc)) {
        puts("all trainings diverged: there is nothing to recommend");
        return LINNET_OK;
    }
    if (ranked[0]->candidate == 0) puts("the default settings are the best");
    command_line(s, ranked[0], command);
    printf("the best was chosen by its validation accuracy, which is therefore a little too high\nbest:\n  ");
    print_printable(command);
    return LINNET_OK;
}

static void put_trial(struct linnet_json *json, const struct tune_search *s, const struct tune_trial *t) {
    const struct tune_candidate c = tune_candidate(s, t->candidate);
    linnet_json_begin(json, NULL, '{');
    linnet_json_int(json, "round", t->rung + 1);
    linnet_json_int(json, "epochs", t->epochs);
    linnet_json_double(json, "lr", c.lr);
    linnet_json_double(json, "weight_decay", c.weight_decay > 0 ? c.weight_decay : 0);
    linnet_json_int(json, "imgsz", c.imgsz);
    linnet_json_string(json, "augment", c.augment);
    linnet_json_double(json, "val_acc", t->val_acc);
    linnet_json_double(json, "val_loss", t->val_loss);
    linnet_json_double(json, "time_s", t->time_s);
    linnet_json_bool(json, "defaults", t->candidate == 0);
    linnet_json_end(json);
}

int tune_print_json(const struct tune_search *s) {
    const struct tune_trial *ranked[TUNE_TRIALS];
    const int count = tune_ranked(s, ranked);
    struct linnet_json json = cli_json_to(stdout, 2);
    char command[TUNE_TEXT] = "";
    if (count > 0 && !isnan(ranked[0]->val_acc)) command_line(s, ranked[0], command);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "command", command[0] ? command : NULL);
    linnet_json_double(&json, "time_s", tune_used(s));
    linnet_json_begin(&json, "trials", '[');
    for (int i = 0; i < count; i++) put_trial(&json, s, ranked[i]);
    linnet_json_end(&json);
    linnet_json_string(&json, "folder", s->dir);
    linnet_json_end(&json);
    return LINNET_OK;
}
