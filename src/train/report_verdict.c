/* The first part of the report: how good the model is, in figures and words, and how far the figures can be trusted. */
#include "train/report.h"

#include <math.h>
#include <stdio.h>

static const double width_much = 0.05; /* of the interval: better recipes and networks often differ by less */
enum { CLASS_FEW = 20 }; /* images of a class: its recall is then known to +-20 points at best */

/* The accuracy of the test part, or of the validation part if there is no test part. */
struct verdict {
    bool tested;
    double acc, low, high;
    int64_t count;
};

static struct verdict verdict_of(const struct linnet_result *r) {
    const bool tested = !isnan(r->test_acc);
    return (struct verdict){.tested = tested,
                            .acc = tested ? r->test_acc : r->val_acc,
                            .low = tested ? r->test_acc_low : r->val_acc_low,
                            .high = tested ? r->test_acc_high : r->val_acc_high,
                            .count = tested ? r->test_count : r->val_count};
}

/* Hundredths of a per cent, for a length in the style sheet. */
static long length_of(double share) {
    return lround(1e4 * share);
}

/* ---- the scale ------------------------------------------------------------------------------------------ */

/* 0 to 100 % with the interval as a band, the accuracy as a mark, and the share of the largest class. */
static void add_scale(struct ln_text *page, const struct verdict *v, double majority) {
    ln_text_addf(
        page,
        "<div class=\"scale\" aria-hidden=\"true\"><div class=\"strip\"><i class=\"fill\" "
        "style=\"--to:%ld\"></i><i class=\"band\" style=\"--from:%ld;--to:%ld\"></i><i class=\"mark\" "
        "style=\"--from:%ld\"></i>",
        length_of(v->acc), length_of(v->low), length_of(v->high), length_of(v->acc));
    if (!isnan(majority))
        ln_text_addf(page, "<i class=\"tick\" style=\"--from:%ld\"></i>", length_of(majority));
    ln_text_add(page, "</div><div class=\"ends\"><span>0</span>");
    if (!isnan(majority) && majority > 0.06 && majority < 0.9)
        ln_text_addf(page, "<span class=\"at\" style=\"--from:%ld\">largest class</span>",
                     length_of(majority));
    ln_text_add(page, "<span>100 %</span></div></div>\n");
}

/* ---- words ---------------------------------------------------------------------------------------------- */

static void add_says(struct ln_text *page, const struct ln_run_report *r, const struct verdict *v) {
    ln_text_add(page, "<p class=\"says\">");
    ln_page_textf(page, "95 %% interval %.2f to %.2f %%: where the accuracy on more images like these lies.",
                  100 * v->low, 100 * v->high);
    if (v->tested) {
        ln_page_textf(page, " Always answering ");
        ln_page_text(page, r->model->class_names[r->metrics->majority_class]);
        ln_page_textf(page, " would be right for %.2f %%.", 100 * r->result->test_majority);
    }
    ln_text_add(page, "</p>\n");
}

static void begin_warning(struct ln_text *page, const char *bold) {
    ln_text_add(page, "<p class=\"warning\"><b>");
    ln_page_text(page, bold);
    ln_text_add(page, "</b> ");
}

/* The number of classes with fewer than CLASS_FEW images. */
static int small_classes(const struct linnet_metrics *m) {
    int small = 0;
    for (int k = 0; m && k < m->classes; k++) {
        const int64_t count = ln_class_metrics(m, k).count;
        small += count < CLASS_FEW;
    }
    return small;
}

static void add_warnings(struct ln_text *page, const struct ln_run_report *r, const struct verdict *v) {
    const int small = v->tested ? small_classes(r->metrics) : 0;
    char number[LN_PAGE_COUNT];
    if (!v->tested) {
        begin_warning(page, "There is no test part.");
        ln_page_textf(
            page, "The validation part chose the epoch that was kept, so its accuracy is too favourable.");
        ln_text_add(page, "</p>\n");
    }
    if (v->high - v->low > width_much) {
        begin_warning(page, v->tested ? "The test part is small." : "The validation part is small.");
        ln_page_textf(page,
                      "With %s images the interval is %.1f points wide; models that differ by less cannot be "
                      "told apart.",
                      ln_page_count(v->count, number), 100 * (v->high - v->low));
        ln_text_add(page, "</p>\n");
    }
    if (v->tested && v->low <= r->result->test_majority) {
        begin_warning(page, "Not better than a constant answer.");
        ln_page_textf(
            page, "The interval does not lie above the accuracy of always answering with the largest class.");
        ln_text_add(page, "</p>\n");
    }
    if (small > 0) {
        begin_warning(page, "Some classes have few test images.");
        ln_page_textf(page, "%d of %d %s fewer than %d; take their figures below as rough.", small,
                      r->metrics->classes, small == 1 ? "has" : "have", CLASS_FEW);
        ln_text_add(page, "</p>\n");
    }
}

/* ---- figures -------------------------------------------------------------------------------------------- */

static void begin_figure(struct ln_text *page, const char *name) {
    ln_text_add(page, "<div><dt>");
    ln_page_text(page, name);
    ln_text_add(page, "</dt><dd>");
}

static void end_figure(struct ln_text *page, const char *note) {
    ln_text_add(page, "</dd><dd class=\"note\">");
    ln_page_text(page, note);
    ln_text_add(page, "</dd></div>\n");
}

static void add_calibration(struct ln_text *page, const struct linnet_result *r) {
    char note[128] = "mean distance of probabilities from the share that is right";
    if (isnan(r->test_ece)) return;
    begin_figure(page, "Calibration error");
    ln_page_textf(page, "%.4f", r->test_ece);
    if (r->temperature != 1)
        snprintf(note, sizeof note, "%.4f without the temperature of %.3g, fitted to the validation part",
                 r->test_ece_raw, r->temperature);
    end_figure(page, note);
}

static void add_auc(struct ln_text *page, const struct linnet_result *r) {
    char note[128] = "";
    if (isnan(r->test_auc)) return;
    begin_figure(page, "Area under the ROC curve");
    ln_page_textf(page, "%.4f", r->test_auc);
    if (!isnan(r->test_auc_low))
        snprintf(note, sizeof note, "95 %% interval %.4f to %.4f", r->test_auc_low, r->test_auc_high);
    end_figure(page, note);
}

static void add_tested(struct ln_text *page, const struct ln_run_report *r) {
    const struct linnet_result *result = r->result;
    char note[256];
    begin_figure(page, "Largest class");
    ln_page_textf(page, "%.2f %%", 100 * result->test_majority);
    const char *name = r->model->class_names[r->metrics->majority_class];
    snprintf(note, sizeof note, "the accuracy of always answering %.*s", LN_TEXT_CUT(name));
    end_figure(page, note);
    begin_figure(page, "Balanced accuracy");
    ln_page_textf(page, "%.2f %%", 100 * result->test_balanced_acc);
    end_figure(page, "the mean recall of the classes");
    add_calibration(page, result);
    add_auc(page, result);
    if (!isnan(r->metrics->top5)) {
        begin_figure(page, "Top-5 accuracy");
        ln_page_textf(page, "%.2f %%", 100 * r->metrics->top5);
        end_figure(page, "the class is among the five most probable");
    }
    begin_figure(page, "Test loss");
    ln_page_textf(page, "%.4f", result->test_loss);
    end_figure(page, "cross-entropy");
}

static void add_validation(struct ln_text *page, const struct linnet_result *r) {
    char note[128], number[LN_PAGE_COUNT];
    if (r->val_count == 0) return;
    begin_figure(page, "Validation accuracy");
    ln_page_textf(page, "%.2f %%", 100 * r->val_acc);
    snprintf(note, sizeof note, "95 %% interval %.2f to %.2f, %s images", 100 * r->val_acc_low,
             100 * r->val_acc_high, ln_page_count(r->val_count, number));
    end_figure(page, note);
}

void ln_report_verdict(struct ln_text *page, const struct ln_run_report *r) {
    const struct verdict v = verdict_of(r->result);
    char number[LN_PAGE_COUNT];
    if (isnan(v.acc)) return;
    ln_text_add(page, "<section class=\"card verdict\" aria-labelledby=\"verdict\">\n<p class=\"figure\">");
    ln_page_textf(page, "%.2f %%", 100 * v.acc);
    ln_text_add(page, "</p>\n<div>\n<h2 id=\"verdict\">");
    ln_page_textf(page, "%s accuracy, %s images", v.tested ? "Test" : "Validation",
                  ln_page_count(v.count, number));
    ln_text_add(page, "</h2>\n");
    add_scale(page, &v, v.tested ? r->result->test_majority : NAN);
    add_says(page, r, &v);
    add_warnings(page, r, &v);
    ln_text_add(page, "</div>\n</section>\n");
    if (!v.tested) return;
    ln_text_add(page, "<dl class=\"figures\">\n");
    add_tested(page, r);
    add_validation(page, r->result);
    ln_text_add(page, "</dl>\n");
}
