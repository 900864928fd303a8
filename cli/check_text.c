/* linnet check, for people: first the problems, the worst ones first and each with a remedy, because a long
 * listing would hide them; then the contents of the data set.
 *
 *     photos: 62 images, 2 classes
 *
 *     TWO LABELS: 1 picture is in more than one class
 *       One of the labels is wrong, or the classes overlap. Keep each picture in one
 *       class.
 *           cat/3.png  cat
 *         = dog/3c.png  dog  (identical)
 *
 *     class  images    share
 *     cat        31   50.00%
 *     dog        31   50.00%
 *     all        62  100.00%
 *
 * A finding in capitals makes results wrong and is red; one in small letters is worth knowing and is bold.
 */
#include "check_report.h"
#include "style.h"
#include "table.h"
#include "text.h"
#include <stdarg.h>

enum { SHOWN_MOST = 10, CLASSES_MOST = 50 };
/* An imbalance is reported if the largest class has at least this many times the images of the smallest. */
static const double imbalance_least = 3;

/* ---- a finding: its line, the remedy, its images ------------------------------------------------------ */

static void print_finding(const char *colour, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void print_finding(const char *colour, const char *fmt, ...) {
    va_list list;
    printf("\n%s", colour);
    va_start(list, fmt);
    vprintf(fmt, list);
    va_end(list);
    printf("%s\n", cli_style_of(stdout).end);
}

static void print_more(int64_t count, int64_t shown, const char *what) {
    char n[CLI_NUMBER];
    if (count > shown)
        printf("    and %s more %s; --all shows them\n", cli_text_count(count - shown, n), what);
}

static int64_t shown_of(const struct cli_check_report *r, int64_t count) {
    return r->all || count < SHOWN_MOST ? count : SHOWN_MOST;
}

static const char *plural(int64_t n) {
    return n == 1 ? "" : "s";
}

/* ---- duplicates --------------------------------------------------------------------------------------- */

/* "cat/1.jpg", with its part if the group is a leak, and its class if the labels differ. */
static void print_image(const struct cli_check_report *r, const struct linnet_check_group *group, int64_t i,
                        const char *lead) {
    const struct linnet_check_duplicate *image = &group->images[i];
    char shown[CLI_SHOWN], class[CLI_SHOWN];
    printf("    %s%s", lead, cli_text_printable(image->image.path, shown));
    if (r->check->has_parts && group->across_parts)
        printf("  %s", image->image.part ? cli_check_part_name(image->image.part) : "in no part");
    if (group->across_classes)
        printf("  %s", cli_text_printable(linnet_data_class_name(r->data, image->image.label), class));
    if (i > 0 && !group->identical)
        printf("  (%s)", image->identical ? "same bytes as another" : "near-identical");
    else if (i > 0)
        printf("  (identical)");
    putchar('\n');
}

static void print_group(const struct cli_check_report *r, const struct linnet_check_group *group) {
    int64_t shown = shown_of(r, group->count);
    for (int64_t i = 0; i < shown; i++) print_image(r, group, i, i ? "= " : "  ");
    print_more(group->count, shown, "duplicates of this image");
}

/* A group that is across parts and across classes is listed under both headings, since the remedies
 * differ. */
enum kind { ACROSS_PARTS, ACROSS_CLASSES, WITHIN };

static bool is_of(const struct linnet_check_group *group, enum kind kind) {
    if (kind == ACROSS_PARTS) return group->across_parts;
    if (kind == ACROSS_CLASSES) return group->across_classes;
    return !group->across_parts && !group->across_classes;
}

static int64_t count_groups(const struct linnet_check *check, enum kind kind) {
    int64_t n = 0;
    for (int64_t i = 0; i < check->group_count; i++) n += is_of(&check->groups[i], kind);
    return n;
}

static void print_groups(const struct cli_check_report *r, enum kind kind) {
    int64_t count = count_groups(r->check, kind), shown = shown_of(r, count), done = 0;
    for (int64_t i = 0; i < r->check->group_count && done < shown; i++) {
        if (!is_of(&r->check->groups[i], kind)) continue;
        print_group(r, &r->check->groups[i]);
        done++;
    }
    print_more(count, shown, "such groups");
}

/* "15 test images", "3 validation and 15 test images". */
static void describe_leaked(const struct linnet_check *check, char *out, size_t size) {
    int64_t val = check->leaked[LINNET_VAL], test = check->leaked[LINNET_TEST];
    char a[CLI_NUMBER], b[CLI_NUMBER];
    snprintf(out, size, "%s%s%s%s%s image%s", val ? cli_text_count(val, a) : "", val ? " validation" : "",
             val && test ? " and " : "", test ? cli_text_count(test, b) : "", test ? " test" : "",
             plural(val + test));
}

static void print_leaks(const struct cli_check_report *r) {
    const struct linnet_check *check = r->check;
    const struct cli_style style = cli_style_of(stdout);
    int64_t count = count_groups(check, ACROSS_PARTS);
    char leaked[128];
    if (count == 0) return;
    describe_leaked(check, leaked, sizeof leaked);
    if (check->leaked[LINNET_VAL] + check->leaked[LINNET_TEST] > 0)
        print_finding(style.red, "LEAK: %s also in the training part", leaked);
    else
        print_finding(style.red, "LEAK: the same images in validation and test");
    printf("  A model has already learnt the duplicates of these images, so its results on\n"
           "  them are too good. Delete one of each, or draw new parts with\n"
           "  --split 80,10,10 --group-near.\n");
    print_groups(r, ACROSS_PARTS);
}

static void print_labels(const struct cli_check_report *r) {
    const struct cli_style style = cli_style_of(stdout);
    int64_t count = count_groups(r->check, ACROSS_CLASSES);
    if (count == 0) return;
    print_finding(style.red, "TWO LABELS: %lld picture%s in more than one class", (long long)count,
                  count == 1 ? " is" : "s are");
    printf("  One of the labels is wrong, or the classes overlap. Keep each picture in one\n"
           "  class.\n");
    print_groups(r, ACROSS_CLASSES);
}

static void print_duplicates(const struct cli_check_report *r) {
    const struct cli_style style = cli_style_of(stdout);
    int64_t count = count_groups(r->check, WITHIN);
    if (count == 0) return;
    print_finding(style.bold, "duplicates: %lld picture%s more than once", (long long)count,
                  count == 1 ? " occurs" : "s occur");
    printf("  Harmless within a part, but a random split may put them into different parts;\n"
           "  --group-near keeps them together.\n");
    print_groups(r, WITHIN);
}

/* ---- single images ------------------------------------------------------------------------------------ */

static void print_bad(const struct cli_check_report *r) {
    const struct linnet_check *check = r->check;
    const struct cli_style style = cli_style_of(stdout);
    int64_t shown = shown_of(r, check->bad_count);
    char n[CLI_NUMBER];
    if (check->bad_count == 0) return;
    print_finding(style.red, "UNREADABLE: %s image%s cannot be read", cli_text_count(check->bad_count, n),
                  plural(check->bad_count));
    printf("  Delete or replace them, or leave them out of the split with --skip-bad.\n");
    for (int64_t i = 0; i < shown; i++) printf("    %s\n", check->bad[i].error);
    print_more(check->bad_count, shown, "such images");
}

static void print_blank(const struct cli_check_report *r) {
    const struct cli_style style = cli_style_of(stdout);
    int64_t count = r->check->blank_count, shown = shown_of(r, count);
    char path[CLI_SHOWN], n[CLI_NUMBER];
    if (count == 0) return;
    print_finding(style.bold, "blank: %s image%s a single colour", cli_text_count(count, n),
                  count == 1 ? " has" : "s have");
    for (int64_t i = 0; i < shown; i++) printf("    %s\n", cli_text_printable(r->check->blank[i].path, path));
    print_more(count, shown, "such images");
}

/* ---- classes ------------------------------------------------------------------------------------------ */

struct missing {
    const struct cli_check_report *report;
    int64_t count, shown; /* shown < 0: only count */
};

/* Called in two rounds: the first counts the classes, because the heading is printed only if there is one and
 * --all is suggested only if some are left out; the second prints them. */
static void meet_missing(void *user, int label, enum linnet_part part) {
    struct missing *m = user;
    char name[CLI_SHOWN];
    if (m->shown >= 0 && m->count < m->shown)
        printf("    %s has no images in %s\n",
               cli_text_printable(linnet_data_class_name(m->report->data, label), name),
               cli_check_part_name(part));
    m->count++;
}

static void print_missing(const struct cli_check_report *r) {
    const struct cli_style style = cli_style_of(stdout);
    struct missing count = {.report = r, .shown = -1};
    cli_check_missing(r->check, meet_missing, &count);
    if (count.count == 0) return;
    print_finding(style.red, "MISSING: a part has no images of a class");
    printf("  A class without training images cannot be learnt, one without test images\n"
           "  cannot be assessed; --stratify spreads every class over the parts.\n");
    struct missing list = {.report = r, .shown = shown_of(r, count.count)};
    cli_check_missing(r->check, meet_missing, &list);
    print_more(count.count, list.shown, "missing classes");
}

static void print_imbalance(const struct cli_check_report *r) {
    const struct cli_style style = cli_style_of(stdout);
    struct cli_check_extremes e;
    char most[CLI_NUMBER], least[CLI_NUMBER], a[CLI_SHOWN], b[CLI_SHOWN];
    if (!cli_check_extremes(r->check, &e) || (double)e.most / (double)e.least < imbalance_least) return;
    print_finding(
        style.bold, "imbalance: %.3g to 1, %s with %s images, %s with %s", (double)e.most / (double)e.least,
        cli_text_printable(linnet_data_class_name(r->data, e.largest), a), cli_text_count(e.most, most),
        cli_text_printable(linnet_data_class_name(r->data, e.smallest), b), cli_text_count(e.least, least));
    printf("  Accuracy alone favours models that prefer the large class: see the table of\n"
           "  classes in linnet eval, and draw the parts with --stratify.\n");
}

/* ---- contents ----------------------------------------------------------------------------------------- */

static void put_count(struct cli_table *table, int64_t n) {
    char text[CLI_NUMBER];
    cli_table_cell(table, "%s", cli_text_count(n, text));
}

/* row: a class's images in no part, train, val and test; total: the same for all classes. A part without images has no
 * column. */
static void put_row(struct cli_table *table, const struct cli_check_report *r, const char *name,
                    const int64_t row[LINNET_TEST + 1], const int64_t total[LINNET_TEST + 1]) {
    char text[CLI_NUMBER];
    cli_table_cell(table, "%s", name);
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        if (total[p] > 0) put_count(table, row[p]);
    put_count(table, row[0]);
    cli_table_cell(table, "%s", cli_text_percent((double)row[0] / (double)r->check->images, text));
}

static int print_classes(const struct cli_check_report *r) {
    struct cli_column columns[6] = {{.title = "class"}};
    const struct linnet_check *check = r->check;
    struct cli_table table;
    int64_t total[LINNET_TEST + 1] = {0}, row[LINNET_TEST + 1];
    int n = 1, shown = r->all || check->classes <= CLASSES_MOST ? check->classes : CLASSES_MOST;
    for (int k = 0; k < check->classes; k++)
        for (int p = 0; p <= LINNET_TEST; p++) total[p] += cli_check_count(check, k, (enum linnet_part)p);
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        if (total[p] > 0) columns[n++] = (struct cli_column){cli_check_part_name((enum linnet_part)p), true};
    columns[n++] = (struct cli_column){"images", true};
    columns[n++] = (struct cli_column){"share", true};
    putchar('\n');
    cli_table_begin(&table, stdout, columns, n);
    for (int k = 0; k < shown; k++) {
        for (int p = 0; p <= LINNET_TEST; p++) row[p] = cli_check_count(check, k, (enum linnet_part)p);
        put_row(&table, r, linnet_data_class_name(r->data, k), row, total);
    }
    if (check->classes > 1) put_row(&table, r, "all", total, total);
    int status = cli_table_end(&table);
    print_more(check->classes, shown, "classes");
    return status;
}

static void put_range(struct cli_table *table, const char *name, const struct linnet_check_range *range,
                      bool is_ratio) {
    char text[CLI_NUMBER];
    const double values[] = {range->min, range->median, range->max};
    cli_table_cell(table, "%s", name);
    for (int i = 0; i < 3; i++) {
        if (is_ratio)
            cli_table_cell(table, "%.2f", values[i]);
        else
            cli_table_cell(table, "%s", cli_text_count((int64_t)(values[i] + 0.5), text));
    }
}

static int print_sizes(const struct linnet_check *check) {
    static const struct cli_column columns[] = {
        {.title = "size"}, {"smallest", true}, {"median", true}, {"largest", true}};
    struct cli_table table;
    char n[CLI_NUMBER];
    if (check->readable == 0) return LINNET_OK;
    putchar('\n');
    cli_table_begin(&table, stdout, columns, 4);
    put_range(&table, "width", &check->width, false);
    put_range(&table, "height", &check->height, false);
    put_range(&table, "width/height", &check->aspect, true);
    put_range(&table, "bytes", &check->bytes, false);
    int status = cli_table_end(&table);
    if (check->format_count > 0) printf("\nformats ");
    for (int i = 0; i < check->format_count; i++)
        printf("%s %s %s", i ? "," : "", cli_text_count(check->formats[i].count, n), check->formats[i].name);
    if (check->format_count > 0) putchar('\n');
    return status;
}

int cli_check_text(const struct cli_check_report *r) {
    char shown[CLI_SHOWN], n[CLI_NUMBER];
    const struct linnet_check *check = r->check;
    const struct cli_style style = cli_style_of(stdout);
    printf("%s%s%s: ", style.bold, cli_text_printable(linnet_data_path(r->data), shown), style.end);
    printf("%s image%s, %d class%s\n", cli_text_count(check->images, n), plural(check->images),
           check->classes, check->classes == 1 ? "" : "es");
    print_leaks(r);
    print_labels(r);
    print_bad(r);
    print_missing(r);
    print_duplicates(r);
    print_blank(r);
    print_imbalance(r);
    if (cli_check_problems(check) == 0 && check->group_count == 0 && check->blank_count == 0)
        printf("\n%sno problem found%s: every image is readable and occurs only once\n", style.green,
               style.end);
    int status = print_classes(r);
    if (!status) status = print_sizes(check);
    return status;
}
