/* The classes of the test part: the frequent confusions, the calibration of the probabilities, and the figures of each class. */
#include "base/alloc.h"
#include "train/calibration.h"
#include "train/metrics.h"
#include "train/report.h"

#include <math.h>
#include <stdlib.h>

enum { LISTED = 10, TABLE_MOST = 40, WEAKEST = 20 };

/* ---- mistakes by pair of classes ------------------------------------------------------------------------ */

static int64_t count_at(const struct linnet_metrics *m, int row, int column) {
    return m->confusion[(size_t)row * (size_t)m->classes + (size_t)column];
}

/* The class that images of this one are most often taken for; -1 if all are right. */
static int mistaken_for(const struct linnet_metrics *m, int row) {
    int most = -1;
    for (int k = 0; k < m->classes; k++)
        if (k != row && count_at(m, row, k) > (most < 0 ? 0 : count_at(m, row, most))) most = k;
    return most;
}

struct pair {
    int row, column;
    int64_t count;
};

/* The largest counts off the diagonal, in order; returns how many there are, at most LISTED. */
static int largest_pairs(const struct linnet_metrics *m, struct pair pairs[LISTED]) {
    int n = 0;
    for (int row = 0; row < m->classes; row++)
        for (int column = 0; column < m->classes; column++) {
            const int64_t count = count_at(m, row, column);
            int at = n;
            if (row == column || count == 0) continue;
            while (at > 0 && pairs[at - 1].count < count) at--;
            if (at == LISTED) continue;
            if (n < LISTED) n++;
            for (int i = n - 1; i > at; i--) pairs[i] = pairs[i - 1];
            pairs[at] = (struct pair){row, column, count};
        }
    return n;
}

/* Stands beside the confusion matrix of many classes, which has no names. */
static void add_pairs(struct ln_text *page, const struct ln_run_report *r) {
    struct pair pairs[LISTED];
    const int n = largest_pairs(r->metrics, pairs);
    ln_text_add(page, "<ol class=\"pairs\">\n");
    for (int i = 0; i < n; i++) {
        ln_text_addf(page, "<li><b>%lld</b> <span>", (long long)pairs[i].count);
        ln_page_text(page, r->model->class_names[pairs[i].row]);
        ln_text_add(page, "</span> taken for <span>");
        ln_page_text(page, r->model->class_names[pairs[i].column]);
        ln_text_add(page, "</span></li>\n");
    }
    ln_text_add(page, "</ol>\n");
}

/* ---- reliability ---------------------------------------------------------------------------------------- */

static void add_reliability(struct ln_text *page, const struct ln_run_report *r) {
    struct ln_calibration_bin bins[LN_CALIBRATION_BINS];
    struct ln_page_bin shown[LN_CALIBRATION_BINS];
    double gap = 0;
    if (!ln_calibration_fill(r->scores, r->model->temperature, bins)) return;
    for (int i = 0; i < LN_CALIBRATION_BINS; i++) {
        const double n = bins[i].count ? (double)bins[i].count : 1;
        shown[i] = (struct ln_page_bin){bins[i].count, (double)bins[i].right / n, bins[i].probability / n};
        gap += bins[i].gap;
    }
    gap /= (double)r->scores->count;
    ln_page_section(page, "card", "Can the probabilities be believed?");
    ln_page_reliability(page, shown, LN_CALIBRATION_BINS);
    ln_text_add(page, "<p class=\"note\">");
    ln_page_textf(page,
                  "Yes where bars end at the dashed line. Red: the bar is too low; pale: it is too high. On "
                  "average the model is %.1f points %s.",
                  100 * fabs(gap), gap < 0 ? "too sure" : "not sure enough");
    ln_text_add(page, "</p>\n</section>\n");
}

/* ---- the table ------------------------------------------------------------------------------------------ */

static void add_share(struct ln_text *page, double share, bool bar) {
    if (isnan(share)) {
        ln_text_add(page, "<td class=\"number\">–</td>");
        return;
    }
    ln_text_add(page, "<td class=\"number\">");
    if (bar) ln_text_addf(page, "<i class=\"meter\" style=\"--to:%ld\"></i>", lround(1e4 * share));
    ln_page_textf(page, "%.2f %%", 100 * share);
    ln_text_add(page, "</td>");
}

static void add_class(struct ln_text *page, const struct ln_run_report *r, int k) {
    const struct linnet_class_metrics c = ln_class_metrics(r->metrics, k);
    const int other = mistaken_for(r->metrics, k);
    char number[LN_PAGE_COUNT];
    ln_text_add(page, "<tr><th scope=\"row\">");
    ln_page_text(page, r->model->class_names[k]);
    ln_text_add(page, "</th>");
    add_share(page, c.recall, true);
    add_share(page, c.precision, false);
    add_share(page, c.f1, false);
    ln_text_addf(page, "<td class=\"number\">%s</td><td>", ln_page_count(c.count, number));
    if (other >= 0) {
        ln_page_text(page, r->model->class_names[other]);
        ln_text_addf(page, " <span class=\"soft\">%lld</span>", (long long)count_at(r->metrics, k, other));
    }
    ln_text_add(page, "</td></tr>\n");
}

/* order: [count] classes. */
static void add_table(struct ln_text *page, const struct ln_run_report *r, const int *order, int count) {
    ln_text_add(
        page,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table of the classes\">"
        "<table class=\"classes\">\n<thead><tr><th scope=\"col\">class</th>"
        "<th scope=\"col\" class=\"number\">recall</th><th scope=\"col\" class=\"number\">precision</th>"
        "<th scope=\"col\" class=\"number\">F1</th><th scope=\"col\" class=\"number\">images</th>"
        "<th scope=\"col\">most often taken for</th></tr></thead>\n<tbody>\n");
    for (int i = 0; i < count; i++) add_class(page, r, order[i]);
    ln_text_add(page, "</tbody></table></div>\n");
}

/* A class without images comes last. */
static int weaker(const void *a, const void *b, void *metrics) {
    const int x = *(const int *)a, y = *(const int *)b;
    const double f = ln_class_metrics(metrics, x).f1, g = ln_class_metrics(metrics, y).f1;
    if (isnan(f) || isnan(g)) return isnan(f) != isnan(g) ? (isnan(f) ? 1 : -1) : x - y;
    return f != g ? (f > g ? 1 : -1) : x - y;
}

static int add_classes(struct ln_text *page, const struct ln_run_report *r) {
    const int classes = r->metrics->classes;
    int *order = ln_calloc((size_t)classes, sizeof *order);
    if (!order) return LINNET_ERR_LIMIT;
    for (int i = 0; i < classes; i++) order[i] = i;
    ln_page_section(page, "card", "Classes");
    if (classes > TABLE_MOST) {
        qsort_r(order, (size_t)classes, sizeof *order, weaker, (void *)r->metrics);
        add_table(page, r, order, WEAKEST);
        ln_text_addf(page, "<details><summary>The other %d classes, weakest first</summary>\n",
                     classes - WEAKEST);
        add_table(page, r, order + WEAKEST, classes - WEAKEST);
        ln_text_add(page, "</details>\n");
    } else {
        add_table(page, r, order, classes);
    }
    ln_text_add(page, "</section>\n");
    ln_free(order);
    return LINNET_OK;
}

int ln_report_classes(struct ln_text *page, const struct ln_run_report *r) {
    const struct linnet_metrics *m = r->metrics;
    const struct ln_confusion matrix = {
        .classes = m->classes, .names = (const char *const *)r->model->class_names, .counts = m->confusion};
    ln_text_add(page, "<div class=\"halves\">\n");
    ln_page_section(page, "card", "Which class is taken for which");
    LN_TRY(ln_page_matrix(page, &matrix));
    if (m->classes > LN_PAGE_MATRIX_NAMED) add_pairs(page, r);
    ln_text_add(
        page, "<p class=\"note\">Rows are the true classes. Blue is right, red is wrong.</p>\n</section>\n");
    add_reliability(page, r);
    ln_text_add(page, "</div>\n");
    return add_classes(page, r);
}
