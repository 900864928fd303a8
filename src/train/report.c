/* report.html: the run on one self-contained page that can be sent by mail: results, pictures, classes,
 * settings. Pictures are embedded as data: addresses, and there is no script. It is written last, because it
 * contains the other files of the folder. */
#include "base/file.h"
#include "draw/page.h"
#include "train/run_folder.h"

#include <math.h>

/* Figures that put the test accuracy and the probabilities into perspective. */
static void add_figures(struct ln_page_table *t, const struct linnet_result *r) {
    ln_page_cell(t, "balanced accuracy");
    ln_page_cell(t, "%.2f %%, the mean recall of the classes", 100 * r->test_balanced_acc);
    ln_page_cell(t, "largest class");
    ln_page_cell(t, "%.2f %%, the accuracy of always predicting it", 100 * r->test_majority);
    if (!isnan(r->test_auc)) {
        ln_page_cell(t, "area under the ROC curve");
        ln_page_cell(t, isnan(r->test_auc_low) ? "%.4f" : "%.4f (95 %% interval %.4f to %.4f)", r->test_auc,
                     r->test_auc_low, r->test_auc_high);
    }
    ln_page_cell(t, "expected calibration error");
    ln_page_cell(t, r->temperature == 1 ? "%.4f" : "%.4f; %.4f without the temperature of %.3g", r->test_ece,
                 r->test_ece_raw, r->temperature);
}

/* The accuracy by which the epoch was chosen, with its interval. */
static void add_validation(struct ln_page_table *t, const struct linnet_result *r) {
    if (r->val_count == 0) return;
    ln_page_cell(t, "validation accuracy");
    ln_page_cell(t, "%.2f %% (95 %% interval %.2f to %.2f), %lld images", 100 * r->val_acc,
                 100 * r->val_acc_low, 100 * r->val_acc_high, (long long)r->val_count);
}

static void add_result(struct ln_text *page, const struct ln_run_report *r) {
    const struct linnet_result *result = r->result;
    struct ln_page_table t = ln_page_table(page, 2, false);
    if (!isnan(result->test_acc)) {
        ln_page_cell(&t, "test accuracy");
        ln_page_cell(&t, "%.2f %% (95 %% interval %.2f to %.2f), %lld images", 100 * result->test_acc,
                     100 * result->test_acc_low, 100 * result->test_acc_high, (long long)result->test_count);
        ln_page_cell(&t, "test loss");
        ln_page_cell(&t, "%.4f", result->test_loss);
        add_figures(&t, result);
    }
    add_validation(&t, result);
    ln_page_cell(&t, "epochs");
    ln_page_cell(&t, "%d, of which %d was kept", result->epochs, result->best_epoch);
    ln_page_cell(&t, "time");
    ln_page_cell(&t, "%.1f s, %.0f images/s in training", result->time_s, result->images_per_s);
    if (result->skipped) {
        ln_page_cell(&t, "skipped");
        ln_page_cell(&t, "%lld images that could not be read", (long long)result->skipped);
    }
    if (result->damaged) {
        ln_page_cell(&t, "damaged");
        ln_page_cell(&t, "%lld images, used anyway", (long long)result->damaged);
    }
    ln_page_table_end(&t);
}

static void add_settings(struct ln_text *page, const struct ln_run_report *r) {
    const struct linnet_train_opts *o = r->opts;
    const struct ln_model *m = r->model;
    ln_page_heading(page, "Settings");
    struct ln_page_table t = ln_page_table(page, 2, false);
    ln_page_cell(&t, "data");
    ln_page_cell(&t, "%s: %zu images to train, %zu to validate, %zu to test", r->ds->path,
                 r->ds->parts[LINNET_TRAIN].count, r->ds->val_is_test ? 0 : r->ds->parts[LINNET_VAL].count,
                 r->ds->parts[LINNET_TEST].count);
    ln_page_cell(&t, "model");
    ln_page_cell(&t, "%s, %d x %d, %d channel%s, %d classes", m->arch, m->preprocess.width,
                 m->preprocess.height, m->preprocess.channels, m->preprocess.channels == 1 ? "" : "s",
                 m->classes);
    if (m->begun_with) {
        ln_page_cell(&t, "weights");
        ln_page_cell(&t, "%s", m->begun_with);
    }
    ln_page_cell(&t, "optimiser");
    ln_page_cell(&t, "%s, batch %d, learning rate %g, %s, decay %g", o->opt, o->batch, o->lr, o->lr_scheduler,
                 o->weight_decay == LINNET_NONE ? 0 : o->weight_decay);
    ln_page_cell(&t, "augmentation");
    ln_page_cell(&t, "%s, mixup %g, cutmix %g, label smoothing %g", o->augment, o->mixup, o->cutmix,
                 o->label_smoothing);
    ln_page_cell(&t, "seed, threads, dtype");
    ln_page_cell(&t, "%llu, %d, %s", (unsigned long long)o->seed, o->threads, o->dtype);
    ln_page_table_end(&t);
}

static void add_share(struct ln_page_table *t, double share) {
    if (isnan(share))
        ln_page_cell(t, "-");
    else
        ln_page_cell(t, "%.2f %%", 100 * share);
}

static void add_class(struct ln_page_table *t, const char *name, const struct linnet_metrics *m, int k) {
    const struct linnet_class_metrics c = ln_class_metrics(m, k);
    ln_page_cell(t, "%s", name);
    add_share(t, c.precision);
    add_share(t, c.recall);
    ln_page_cell(t, "%lld", (long long)c.count);
}

static void add_classes(struct ln_text *page, const struct ln_run_report *r) {
    if (!r->metrics) return;
    ln_page_heading(page, "Classes of the test part");
    struct ln_page_table t = ln_page_table(page, 4, true);
    ln_page_cell(&t, "class");
    ln_page_cell(&t, "precision");
    ln_page_cell(&t, "recall");
    ln_page_cell(&t, "images");
    for (int k = 0; k < r->metrics->classes; k++) add_class(&t, r->model->class_names[k], r->metrics, k);
    ln_page_table_end(&t);
}

static int add_pictures(struct ln_text *page, const char *dir) {
    static const struct {
        const char *name, *caption;
    } pictures[] = {
        {"results.png", "Loss and accuracy of each epoch"},
        {"confusion_matrix.png", "Confusion matrix: true and predicted classes"},
        {"test_pred.png", "Test images with their predictions"},
        {"top_losses.png", "The largest losses"},
        {"most_confident.png", "The most confident correct predictions"},
        {"train_batch.png", "The first training batch, as the network sees it"},
    };
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        LN_TRY(ln_page_picture(page, dir, pictures[i].name, pictures[i].caption));
    return LINNET_OK;
}

int ln_run_report(const char *dir, const struct ln_run_report *r) {
    struct ln_text page = {0}, title = {0};
    ln_text_addf(&title, "%s on %s", r->model->arch, ln_file_name(r->ds->path));
    ln_page_begin(&page, title.failed ? "" : title.data);
    page.failed |= title.failed;
    ln_text_fini(&title);
    add_result(&page, r);
    int status = add_pictures(&page, dir);
    add_classes(&page, r);
    add_settings(&page, r);
    ln_page_end(&page);
    if (status == LINNET_OK) return ln_text_write(&page, dir, "report.html");
    ln_text_fini(&page);
    return status;
}
