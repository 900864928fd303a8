/* The metrics of an evaluation as text and as JSON. A metric that is undefined, such as the recall of a class
 * without images, is "-" or null.
 *
 *     loss      1.0911
 *     accuracy  50.00% (95% interval 23.66% to 76.34%)
 *     balanced  50.00% (mean recall of the classes)
 *     majority  50.00% (always predicting cat)
 *     AUC       0.5200 (95% interval 0.1052 to 0.9348)
 *     ECE       0.2052 (calibration error); 0.3950 without the temperature of 3.59
 *
 *     class  precision   recall      F1  images
 *     cat       50.00%  100.00%  66.67%       5
 *     dog            -    0.00%   0.00%       5
 *
 *     true          0  1  predicted
 *      0  cat       5  .
 *      1  dog       5  .
 */
#include "eval_report.h"
#include "json.h"
#include "model.h"
#include "style.h"
#include "table.h"
#include "text.h"
#include <math.h>

/* A confusion matrix of more classes is wider than a terminal; confusion_matrix.png shows those. Names have
 * at least MATRIX_NAME columns, so that short ones stay apart from the counts. */
enum { MATRIX_CLASSES = 12, MATRIX_NAME = 8 };

static const char *part_name(const struct cli_evaluation *e) {
    return e->part == LINNET_TRAIN ? "train" : e->part == LINNET_VAL ? "validation" : "test";
}

/* Metrics that put the accuracy and the probabilities into perspective: 90 % is little if nine of ten images
 * are cats. A metric that was not computed (AUC of more than two classes) has no line. */
static void print_figures(const struct cli_evaluation *e) {
    const struct linnet_metrics *m = e->metrics;
    char shown[CLI_SHOWN], a[CLI_NUMBER];
    printf("balanced  %s (mean recall of the classes)\n", cli_text_percent(m->balanced_acc, a));
    printf("majority  %s (always predicting %s)\n", cli_text_percent(m->majority, a),
           cli_text_printable(linnet_model_class_name(e->model, m->majority_class), shown));
    if (!isnan(m->auc)) printf("AUC       %.4f", m->auc);
    if (!isnan(m->auc_low)) printf(" (95%% interval %.4f to %.4f)", m->auc_low, m->auc_high);
    if (!isnan(m->auc)) putchar('\n');
    printf("ECE       %.4f (calibration error)", m->ece);
    if (m->temperature != 1) printf("; %.4f without the temperature of %.3g", m->ece_raw, m->temperature);
    putchar('\n');
}

/* What 8 bits cost: measured here, or as linnet quantize measured it. */
static void print_comparison(const struct cli_evaluation *e) {
    const struct linnet_metrics *m = e->metrics;
    struct linnet_quantization q = {.size = sizeof q};
    char shown[CLI_SHOWN], a[CLI_NUMBER];
    if (e->reference)
        printf("gain      %+.2f points over %s of %s (95%% interval %+.2f to %+.2f)\n", 100 * m->gain,
               cli_text_percent(m->reference_acc, a), cli_text_printable(e->reference, shown),
               100 * m->gain_low, 100 * m->gain_high);
    else if (linnet_model_quantization(e->model, &q) && q.compared)
        printf(
            "8 bits    %+.2f points against fp32 (95%% interval %+.2f to %+.2f), by linnet quantize on %lld images\n",
            100 * q.gain, 100 * q.gain_low, 100 * q.gain_high, (long long)q.compared);
}

static void print_head(const struct cli_evaluation *e) {
    const struct linnet_metrics *m = e->metrics;
    char shown[CLI_SHOWN], a[CLI_NUMBER], b[CLI_NUMBER], c[CLI_NUMBER];
    const char *arch = linnet_model_arch(e->model);
    printf("model     %s (%s)\n", cli_text_printable(e->name, shown),
           cli_model_is_arch(e->name) ? "untrained weights" : arch);
    printf("data      %s\n", cli_text_printable(linnet_data_path(e->data), shown));
    printf("          %s part, %s images", part_name(e), cli_text_count(m->count, a));
    if (m->skipped > 0) printf("; %s could not be read", cli_text_count(m->skipped, b));
    if (m->damaged > 0) printf("; %s damaged", cli_text_count(m->damaged, b));
    printf("\n\n");
    printf("loss      %s\n", cli_text_loss(m->loss, a));
    printf("accuracy  %s (95%% interval %s to %s)\n", cli_text_percent(m->acc, a),
           cli_text_percent(m->acc_low, b), cli_text_percent(m->acc_high, c));
    if (!isnan(m->top5)) printf("top-5     %s\n", cli_text_percent(m->top5, a));
    print_comparison(e);
    print_figures(e);
}

static int print_classes(const struct cli_evaluation *e) {
    static const struct cli_column columns[] = {{.title = "class"},
                                                {"precision", .right = true},
                                                {"recall", .right = true},
                                                {"F1", .right = true},
                                                {"images", .right = true}};
    struct cli_table table;
    char text[CLI_NUMBER];
    putchar('\n');
    cli_table_begin(&table, stdout, columns, 5);
    for (int i = 0; i < e->metrics->classes; i++) {
        struct linnet_class_metrics f = linnet_metrics_class(e->metrics, i);
        cli_table_cell(&table, "%s", linnet_model_class_name(e->model, i));
        cli_table_cell(&table, "%s", cli_text_percent(f.precision, text));
        cli_table_cell(&table, "%s", cli_text_percent(f.recall, text));
        cli_table_cell(&table, "%s", cli_text_percent(f.f1, text));
        cli_table_cell(&table, "%s", cli_text_count(f.count, text));
    }
    return cli_table_end(&table);
}

/* Digits of the largest count; at least two, as the columns are headed by class numbers. All columns have the
 * same width, so that the diagonal is a straight line. */
static int matrix_digits(const struct linnet_metrics *m) {
    int64_t most = 10;
    for (int i = 0; i < m->classes * m->classes; i++)
        if (m->confusion[i] > most) most = m->confusion[i];
    return snprintf(NULL, 0, "%lld", (long long)most);
}

/* Width of the class names: as wide as they need, but the row must fit into 80 columns (4 for the number and
 * its margin, one before each count). */
static int matrix_name_width(const struct cli_evaluation *e, int digits) {
    int width = 0, most = 80 - 4 - e->metrics->classes * (digits + 1);
    for (int i = 0; i < e->metrics->classes; i++) {
        int own = cli_text_width(linnet_model_class_name(e->model, i));
        if (own > width) width = own;
    }
    if (most < MATRIX_NAME) most = MATRIX_NAME;
    return width < MATRIX_NAME ? MATRIX_NAME : width < most ? width : most;
}

static void print_matrix_row(const struct cli_evaluation *e, int label, int digits, int width) {
    const int64_t *row = e->metrics->confusion + label * e->metrics->classes;
    struct cli_style style = cli_style_of(stdout);
    char name[CLI_SHOWN];
    cli_text_printable(linnet_model_class_name(e->model, label), name);
    name[cli_text_fit(name, width)] = 0;
    printf("%2d  %s%*s", label, name, width - cli_text_width(name), "");
    for (int i = 0; i < e->metrics->classes; i++) {
        if (row[i])
            printf(" %s%*lld%s", i == label ? style.green : style.red, digits, (long long)row[i], style.end);
        else
            /* A dot for zero: the eye finds the errors in a field of dots, not in one of zeros. */
            printf(" %*s", digits, ".");
    }
    putchar('\n');
}

/* One row for each true class, one column for each predicted one; columns are headed by class numbers, since
 * names would not fit. */
static void print_matrix(const struct cli_evaluation *e) {
    struct cli_style style = cli_style_of(stdout);
    int digits = matrix_digits(e->metrics), width = matrix_name_width(e, digits);
    printf("\n%s%-*s", style.bold, width + 4, "true");
    for (int i = 0; i < e->metrics->classes; i++) printf(" %*d", digits, i);
    printf("  predicted%s\n", style.end);
    for (int i = 0; i < e->metrics->classes; i++) print_matrix_row(e, i, digits, width);
}

int cli_eval_text(const struct cli_evaluation *e) {
    char shown[CLI_SHOWN];
    print_head(e);
    int status = print_classes(e);
    if (e->metrics->classes <= MATRIX_CLASSES) print_matrix(e);
    if (e->folder) printf("\nfiles written to %s\n", cli_text_printable(e->folder, shown));
    return status;
}

static void put_classes(struct linnet_json *json, const struct cli_evaluation *e) {
    linnet_json_begin(json, "classes", '[');
    for (int i = 0; i < e->metrics->classes; i++) {
        struct linnet_class_metrics f = linnet_metrics_class(e->metrics, i);
        linnet_json_begin(json, NULL, '{');
        linnet_json_string(json, "name", linnet_model_class_name(e->model, i));
        linnet_json_double(json, "precision", f.precision);
        linnet_json_double(json, "recall", f.recall);
        linnet_json_double(json, "f1", f.f1);
        linnet_json_int(json, "count", f.count);
        linnet_json_end(json);
    }
    linnet_json_end(json);
}

static void put_matrix(struct linnet_json *json, const struct linnet_metrics *m) {
    linnet_json_begin(json, "confusion", '['); /* rows true, columns predicted */
    for (int i = 0; i < m->classes; i++) {
        linnet_json_begin(json, NULL, '[');
        for (int j = 0; j < m->classes; j++)
            linnet_json_int(json, NULL, m->confusion[(size_t)i * (size_t)m->classes + (size_t)j]);
        linnet_json_end(json);
    }
    linnet_json_end(json);
}

int cli_eval_json(const struct cli_evaluation *e) {
    const struct linnet_metrics *m = e->metrics;
    struct linnet_json json = cli_json_to(stdout, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "model", e->name);
    linnet_json_string(&json, "arch", linnet_model_arch(e->model));
    linnet_json_string(&json, "data", linnet_data_path(e->data));
    linnet_json_string(&json, "part", e->part == LINNET_VAL ? "val" : part_name(e));
    linnet_json_int(&json, "count", m->count);
    linnet_json_int(&json, "skipped", m->skipped);
    linnet_json_int(&json, "damaged", m->damaged);
    linnet_json_double(&json, "loss", m->loss);
    linnet_json_double(&json, "acc", m->acc);
    linnet_json_double(&json, "acc_low", m->acc_low);
    linnet_json_double(&json, "acc_high", m->acc_high);
    if (e->reference) {
        linnet_json_string(&json, "reference", e->reference);
        linnet_json_double(&json, "reference_acc", m->reference_acc);
        linnet_json_double(&json, "gain", m->gain);
        linnet_json_double(&json, "gain_low", m->gain_low);
        linnet_json_double(&json, "gain_high", m->gain_high);
    }
    linnet_json_double(&json, "top5", m->top5);
    linnet_json_double(&json, "balanced_acc", m->balanced_acc);
    linnet_json_double(&json, "majority", m->majority);
    linnet_json_double(&json, "auc", m->auc);
    linnet_json_double(&json, "auc_low", m->auc_low);
    linnet_json_double(&json, "auc_high", m->auc_high);
    linnet_json_double(&json, "temperature", m->temperature);
    linnet_json_double(&json, "ece", m->ece);
    linnet_json_double(&json, "ece_raw", m->ece_raw);
    put_classes(&json, e);
    put_matrix(&json, m);
    linnet_json_end(&json);
    return LINNET_OK;
}
