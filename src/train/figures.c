/* Metrics from the confusion matrix (balanced accuracy, majority) and from the scores (AUC, calibration error). */
#include "train/figures.h"
#include "base/alloc.h"
#include "train/auc.h"
#include "train/calibration.h"

#include <math.h>

/* Mean recall over the classes that have images (Brodersen, Ong, Stephan and Buhmann, "The balanced accuracy
 * and its posterior distribution", ICPR 2010); and the largest class. */
static void add_shares(struct linnet_metrics *m) {
    int64_t most = 0;
    double recalls = 0;
    int present = 0;
    m->majority_class = 0;
    for (int k = 0; k < m->classes; k++) {
        const struct linnet_class_metrics c = ln_class_metrics(m, k);
        if (c.count > most) m->majority_class = k;
        if (c.count > most) most = c.count;
        if (c.count == 0) continue;
        recalls += c.recall;
        present++;
    }
    m->balanced_acc = present ? recalls / present : NAN;
    m->majority = m->count > 0 ? (double)most / (double)m->count : NAN;
}

/* For two classes; the second is the positive one. Exchanging their roles would give the same area. The score is the
 * difference of the logits, which ranks like the probability but does not saturate at 1. */
static int add_auc(const struct ln_scores *s, struct linnet_metrics *m) {
    struct ln_auc auc;
    m->auc = m->auc_low = m->auc_high = NAN;
    if (s->classes != 2) return LINNET_OK;
    double *differences = ln_calloc(s->count, sizeof *differences);
    if (!differences) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < s->count; i++) differences[i] = (double)s->logits[2 * i + 1] - s->logits[2 * i];
    int status = ln_auc_compute(differences, s->labels, s->count, &auc);
    ln_free(differences);
    if (status != LINNET_OK) return status;
    m->auc = auc.value;
    m->auc_low = auc.low;
    m->auc_high = auc.high;
    return LINNET_OK;
}

int ln_figures_add(const struct ln_scores *s, double temperature, struct linnet_metrics *m) {
    add_shares(m);
    m->temperature = temperature;
    m->ece = ln_calibration_error(s, temperature);
    m->ece_raw = ln_calibration_error(s, 1);
    return add_auc(s, m);
}
