/* report.html: the run on one self-contained page that can be sent by mail: figures and verdict first, then classes, mistakes,
 * curves and settings. It loads nothing and has no script. */
#include "train/report.h"
#include "base/alloc.h"
#include "base/file.h"

static void add_part(struct ln_text *page, const struct ln_dataset *ds, enum linnet_part part,
                     const char *purpose) {
    char number[LN_PAGE_COUNT];
    if (ds->parts[part].count == 0 || (part == LINNET_VAL && ds->val_is_test)) return;
    ln_page_textf(page, "%s%s images to %s", part == LINNET_TRAIN ? "" : ", ",
                  ln_page_count((int64_t)ds->parts[part].count, number), purpose);
}

static void add_counts(struct ln_text *page, const struct ln_run_report *r) {
    const struct ln_preprocess *p = &r->model->preprocess;
    ln_text_add(page, "<p class=\"about\">");
    ln_page_textf(page, "%d classes, %d × %d %s. ", r->model->classes, p->width, p->height,
                  p->channels == 1 ? "grey" : "RGB");
    add_part(page, r->ds, LINNET_TRAIN, "train");
    add_part(page, r->ds, LINNET_VAL, "validate");
    add_part(page, r->ds, LINNET_TEST, "test");
    ln_text_add(page, "</p>\n</header>\n");
}

static int add_curves(struct ln_text *page, const struct ln_run_report *r) {
    struct ln_curves curves = {.val_name = r->ds->val_is_test ? "test" : "validation",
                               .best_epoch = ln_dataset_keeps_last(r->ds) ? 0 : r->result->best_epoch};
    double *columns = NULL;
    if (r->result->epochs == 0) return LINNET_OK;
    LN_TRY(ln_run_columns(r->epochs, r->result->epochs, &curves, &columns));
    ln_page_section(page, "card", "Training");
    ln_page_curves(page, &curves);
    ln_text_add(page, "<p class=\"note\">");
    ln_page_textf(page, "%d epoch%s in %.0f s, %.0f images per second. The weights of epoch %d were kept%s.",
                  r->result->epochs, r->result->epochs == 1 ? "" : "s", r->result->time_s,
                  r->result->images_per_s, r->result->best_epoch,
                  curves.best_epoch ? ", the best one on the validation part (ring)" : "");
    ln_text_add(page, "</p>\n</section>\n");
    ln_free(columns);
    return LINNET_OK;
}

/* ---- settings ------------------------------------------------------------------------------------------- */

static void begin_setting(struct ln_text *page, const char *name) {
    ln_text_add(page, "<tr><th scope=\"row\">");
    ln_page_text(page, name);
    ln_text_add(page, "</th><td>");
}

static void end_setting(struct ln_text *page) {
    ln_text_add(page, "</td></tr>\n");
}

static void add_data(struct ln_text *page, const struct ln_run_report *r) {
    begin_setting(page, "data");
    ln_page_text(page, r->ds->path);
    end_setting(page);
    if (r->result->skipped) {
        begin_setting(page, "skipped");
        ln_page_textf(page, "%lld images that could not be read", (long long)r->result->skipped);
        end_setting(page);
    }
    if (r->result->damaged) {
        begin_setting(page, "damaged");
        ln_page_textf(page, "%lld images, used anyway", (long long)r->result->damaged);
        end_setting(page);
    }
}

static void add_settings(struct ln_text *page, const struct ln_run_report *r) {
    const struct linnet_train_opts *o = r->opts;
    ln_page_section(page, "card", "Settings");
    ln_text_add(page, "<table class=\"settings\">\n");
    add_data(page, r);
    begin_setting(page, "model");
    ln_page_text(page, r->model->arch);
    end_setting(page);
    if (r->model->begun_with) {
        begin_setting(page, "weights");
        ln_page_text(page, r->model->begun_with);
        end_setting(page);
    }
    begin_setting(page, "optimiser");
    ln_page_textf(page, "%s, batch %d, learning rate %g, %s, weight decay %g", o->opt, o->batch, o->lr,
                  o->lr_scheduler, o->weight_decay == LINNET_NONE ? 0 : o->weight_decay);
    end_setting(page);
    begin_setting(page, "augmentation");
    ln_page_textf(page, "%s, mixup %g, cutmix %g, label smoothing %g", o->augment, o->mixup, o->cutmix,
                  o->label_smoothing);
    end_setting(page);
    begin_setting(page, "seed, threads, type");
    ln_page_textf(page, "%llu, %d, %s", (unsigned long long)o->seed, o->threads, o->dtype);
    end_setting(page);
    ln_text_add(page, "</table>\n</section>\n");
}

/* ---- the page ------------------------------------------------------------------------------------------- */

static int add_all(struct ln_text *page, const struct ln_run_report *r) {
    ln_report_verdict(page, r);
    if (r->metrics) {
        LN_TRY(ln_report_classes(page, r));
        LN_TRY(ln_report_pictures(page, r));
    }
    LN_TRY(add_curves(page, r));
    add_settings(page, r);
    return LINNET_OK;
}

int ln_run_report(const char *dir, const struct ln_run_report *r) {
    struct ln_text page = {0}, title = {0};
    ln_text_addf(&title, "%s on %s", r->model->arch, ln_file_name(r->ds->path));
    ln_page_begin(&page, title.failed ? "" : title.data);
    page.failed |= title.failed;
    ln_text_fini(&title);
    add_counts(&page, r);
    int status = add_all(&page, r);
    ln_page_end(&page);
    if (status == LINNET_OK) return ln_text_write(&page, dir, "report.html");
    ln_text_fini(&page);
    return status;
}
