/* A comparison for people: the settings of each run, its accuracy, and whether the differences are
 * significant.
 *
 *     run         network   pixels  parameters  epochs   time  images/s
 *     runs/train  resnet18      32  11,177,538       2  10.1s        15
 *     runs/j      lenet         32     425,186       2   1.3s       182
 *
 *     run                   validation                  test  images    loss     ECE
 *     runs/train  55.56% (31.27-83.18)  50.00% (23.66-76.34)      10  1.0911  0.2052
 *     runs/j      77.78% (49.02-94.33)  40.00% (16.82-68.73)      10  0.7066  0.3670
 *
 *     runs/train has the highest test accuracy. ...
 *       runs/j: too close to call: 1 against 0 images (p 1.00)
 *
 * Two tables, because one with all columns would not fit into 80.
 */
#include "compare_report.h"
#include "table.h"
#include "text.h"
#include <math.h>
#include <stdio.h>

static const char *count_or_dash(int64_t n, char out[CLI_NUMBER]) {
    if (n > 0) return cli_text_count(n, out);
    snprintf(out, CLI_NUMBER, "-");
    return out;
}

/* The network and the cost of its training. */
static int print_runs(const struct cli_comparison *c) {
    static const struct cli_column columns[] = {{.title = "run"},           {"network"},
                                                {"pixels", .right = true},  {"parameters", .right = true},
                                                {"epochs", .right = true},  {"time", .right = true},
                                                {"images/s", .right = true}};
    struct cli_table table;
    char n[CLI_NUMBER];
    cli_table_begin(&table, stdout, columns, 7);
    for (int i = 0; i < c->count; i++) {
        const struct linnet_outcome *o = c->outcomes[i];
        cli_table_cell(&table, "%s", o->path);
        cli_table_cell(&table, "%s", o->arch);
        cli_table_cell(&table, "%s", count_or_dash(o->imgsz, n));
        cli_table_cell(&table, "%s", count_or_dash(o->parameters, n));
        cli_table_cell(&table, "%s", count_or_dash(o->epochs, n));
        cli_table_cell(&table, "%s", cli_text_duration(o->time_s, n));
        cli_table_cell(&table, "%s", count_or_dash(isnan(o->images_per_s) ? 0 : llround(o->images_per_s), n));
    }
    return cli_table_end(&table);
}

/* "91.30% (90.73-91.84)" */
static void put_interval(struct cli_table *table, double acc, double low, double high) {
    char a[CLI_NUMBER];
    if (isnan(low))
        cli_table_cell(table, "%s", cli_text_percent(acc, a));
    else
        cli_table_cell(table, "%s (%.2f-%.2f)", cli_text_percent(acc, a), 100 * low, 100 * high);
}

static void put_number(struct cli_table *table, double x) {
    if (isnan(x))
        cli_table_cell(table, "-");
    else
        cli_table_cell(table, "%.4f", x);
}

static int print_results(const struct cli_comparison *c) {
    static const struct cli_column columns[] = {{.title = "run"},        {"validation", .right = true},
                                                {"test", .right = true}, {"images", .right = true},
                                                {"loss", .right = true}, {"ECE", .right = true}};
    struct cli_table table;
    char n[CLI_NUMBER];
    putchar('\n');
    cli_table_begin(&table, stdout, columns, 6);
    for (int i = 0; i < c->count; i++) {
        const struct linnet_outcome *o = c->outcomes[i];
        cli_table_cell(&table, "%s", o->path);
        put_interval(&table, o->val_acc, o->val_acc_low, o->val_acc_high);
        put_interval(&table, o->test_acc, o->test_acc_low, o->test_acc_high);
        cli_table_cell(&table, "%s", count_or_dash(o->test_count, n));
        put_number(&table, o->test_loss);
        put_number(&table, o->test_ece);
    }
    return cli_table_end(&table);
}

/* "0.77", "0.0004", "below 0.0001". More digits of a small p would be false precision: it depends on the test
 * images that happened to be drawn. */
static const char *p_text(double p, char out[CLI_NUMBER]) {
    snprintf(out, CLI_NUMBER, p < 0.0001 ? "below 0.0001" : p < 0.01 ? "%.4f" : "%.2f", p);
    return out;
}

/* Compares one run with the best. Only the images that exactly one of the two classifies correctly carry information
 * about the difference, so these two counts are shown. */
static void print_pair(const struct cli_comparison *c, int i) {
    const double usual = 0.05; /* the customary level of significance (Fisher 1925) */
    const struct linnet_pair *pair = &c->pairs[i];
    char shown[CLI_SHOWN], a[CLI_NUMBER], b[CLI_NUMBER], p[CLI_NUMBER];
    printf("  %s: ", cli_text_printable(c->outcomes[i]->path, shown));
    if (pair->count == 0) {
        puts(c->outcomes[i]->test_count ? "not compared: it was tested on other images" : "not tested");
        return;
    }
    cli_text_count(pair->first_only, a);
    cli_text_count(pair->second_only, b);
    if (pair->first_only + pair->second_only == 0)
        puts("correct on exactly the same images");
    else
        printf("%s: %s against %s images (p %s)\n", pair->p < usual ? "worse" : "too close to call", a, b,
               p_text(pair->p, p));
}

static void print_pairs(const struct cli_comparison *c) {
    char shown[CLI_SHOWN];
    if (c->best < 0 || c->count < 2) return;
    printf("\n%s has the highest test accuracy. The others compared with it, by the images\n"
           "that only one of the two classifies correctly (McNemar's exact test):\n",
           cli_text_printable(c->outcomes[c->best]->path, shown));
    for (int i = 0; i < c->count; i++)
        if (i != c->best) print_pair(c, i);
}

int cli_compare_text(const struct cli_comparison *c) {
    int status = print_runs(c);
    if (!status) status = print_results(c);
    if (!status) print_pairs(c);
    return status;
}
