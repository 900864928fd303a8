/* Keeping, drawing and listing the worst mistakes. */
#include "train/mistakes.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "train/metrics.h"
#include "train/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 5 };

static double log_sum_exp(const float *logits, int classes, double temperature) {
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < classes; i++) most = fmax(most, (double)logits[i]);
    for (int i = 0; i < classes; i++) sum += exp(((double)logits[i] - most) / temperature);
    return most / temperature + log(sum);
}

/* Sorted insertion; what falls off the end is forgotten. */
static void insert(struct ln_mistakes *m, const struct ln_mistake *mistake) {
    size_t at = m->count;
    while (at > 0 && m->items[at - 1].loss < mistake->loss) at--;
    if (at == LN_MISTAKES) return;
    if (m->count < LN_MISTAKES) m->count++;
    memmove(&m->items[at + 1], &m->items[at], (m->count - 1 - at) * sizeof *m->items);
    m->items[at] = *mistake;
}

void ln_mistakes_add(struct ln_mistakes *m, uint32_t index, const float *logits, int classes,
                     double temperature, int label) {
    const int predicted = ln_argmax(logits, classes);
    if (predicted == label) return;
    const double z = log_sum_exp(logits, classes, temperature);
    const struct ln_mistake mistake = {index, label, predicted,
                                       exp((double)logits[predicted] / temperature - z),
                                       z - (double)logits[label] / temperature};
    if (isfinite(mistake.loss)) insert(m, &mistake);
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static int draw(const struct ln_mistakes *m, const char *dir, const struct ln_model *model,
                const struct ln_dataset *ds) {
    struct ln_sheet *sheet;
    int status = ln_sheet_create(&sheet);
    for (size_t i = 0; i < m->count && status == LINNET_OK; i++) {
        const struct ln_mistake *mistake = &m->items[i];
        char title[LN_SHEET_TITLE];
        snprintf(title, sizeof title, "is %.*s\npredicted %.*s, %.1f %%",
                 LN_TEXT_CUT(model->class_names[mistake->label]),
                 LN_TEXT_CUT(model->class_names[mistake->predicted]), 100 * mistake->probability);
        status = ln_sheet_add_sample(sheet, ds, mistake->index, title, LN_SHEET_WRONG);
    }
    if (status == LINNET_OK)
        status = ln_sheet_draw(sheet, dir, "worst_mistakes.png", COLUMNS, "Worst mistakes");
    ln_sheet_destroy(sheet);
    return status;
}

int ln_mistakes_list(const struct ln_mistakes *m, const char *dir, const struct ln_model *model,
                     const struct ln_dataset *ds, int epoch) {
    struct ln_text t = {0};
    char name[4096];
    if (m->count == 0) return LINNET_OK;
    ln_text_add(&t, "epoch,path,label,predicted,probability,loss\n");
    for (size_t i = 0; i < m->count; i++) {
        const struct ln_mistake *mistake = &m->items[i];
        ln_text_addf(&t, "%d,", epoch);
        ln_text_add_csv(&t, ln_dataset_sample_name(ds, mistake->index, name, sizeof name));
        ln_text_add(&t, ",");
        ln_text_add_csv(&t, model->class_names[mistake->label]);
        ln_text_add(&t, ",");
        ln_text_add_csv(&t, model->class_names[mistake->predicted]);
        ln_text_addf(&t, ",%.6f,%.9g\n", mistake->probability, mistake->loss);
    }
    return ln_text_write(&t, dir, "worst_mistakes.csv");
}

int ln_mistakes_remove(const char *dir) {
    static const char *const names[] = {"worst_mistakes.png", "worst_mistakes.csv"};
    for (int i = 0; i < 2; i++) {
        char *path = ln_file_join(dir, names[i]);
        if (!path) return LINNET_ERR_LIMIT;
        unlink(path);
        ln_free(path);
    }
    return LINNET_OK;
}

int ln_mistakes_write(const struct ln_mistakes *m, const char *dir, const struct ln_model *model,
                      const struct ln_dataset *ds, int epoch) {
    if (m->count == 0) return ln_mistakes_remove(dir);
    LN_TRY(draw(m, dir, model, ds));
    return ln_mistakes_list(m, dir, model, ds, epoch);
}
