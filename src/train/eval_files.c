/* The files of an evaluation: metrics.json, predictions.csv, confusion_matrix.png and the pictures.
 *
 *     path,label,predicted,probability,cat,dog
 *     cat/26.png,cat,cat,0.637413,0.637413,0.362587
 *
 * Probabilities have six digits. Logits (--logits) have nine, from which each float can be read back
 * exactly.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "draw/draw.h"
#include "train/run_folder.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* ---- metrics.json -------------------------------------------------------------------------------------- */

/* An undefined metric is null: JSON has no nan. */
static void add_number(struct ln_text *t, const char *key, double value) {
    if (isfinite(value))
        ln_text_addf(t, "  \"%s\": %.9g,\n", key, value);
    else
        ln_text_addf(t, "  \"%s\": null,\n", key);
}

static int write_metrics(const char *dir, const struct ln_model *model, const struct linnet_metrics *m) {
    struct ln_text t = {0};
    ln_text_addf(&t, "{\n  \"count\": %lld,\n", (long long)m->count);
    add_number(&t, "loss", m->loss);
    add_number(&t, "acc", m->acc);
    add_number(&t, "acc_low", m->acc_low);
    add_number(&t, "acc_high", m->acc_high);
    add_number(&t, "top5", m->top5);
    add_number(&t, "balanced_acc", m->balanced_acc);
    add_number(&t, "majority", m->majority);
    add_number(&t, "auc", m->auc);
    add_number(&t, "auc_low", m->auc_low);
    add_number(&t, "auc_high", m->auc_high);
    add_number(&t, "temperature", m->temperature);
    add_number(&t, "ece", m->ece);
    add_number(&t, "ece_raw", m->ece_raw);
    ln_text_add(&t, "  \"classes\": [");
    for (int i = 0; i < m->classes; i++) {
        ln_text_add(&t, i ? ", " : "");
        ln_text_add_json(&t, model->class_names[i]);
    }
    ln_text_add(&t, "],\n  \"confusion\": [");
    for (int i = 0; i < m->classes; i++) {
        ln_text_add(&t, i ? ",\n    [" : "\n    [");
        for (int j = 0; j < m->classes; j++)
            ln_text_addf(&t, "%s%lld", j ? ", " : "", (long long)m->confusion[i * m->classes + j]);
        ln_text_add(&t, "]");
    }
    ln_text_add(&t, "\n  ]\n}\n");
    return ln_text_write(&t, dir, "metrics.json");
}

/* ---- predictions.csv ----------------------------------------------------------------------------------- */

static void add_prediction(struct ln_text *t, const struct ln_model *model, const struct ln_dataset *ds,
                           const struct ln_scores *s, size_t i, float *probabilities, bool logits) {
    const float *row = s->logits + i * (size_t)s->classes;
    char name[PATH_MAX];
    int predicted = ln_argmax(row, s->classes);
    ln_softmax(row, s->classes, model->temperature, probabilities);
    ln_text_add_csv(t, ln_dataset_sample_name(ds, s->indices[i], name, sizeof name));
    ln_text_add(t, ",");
    ln_text_add_csv(t, model->class_names[s->labels[i]]);
    ln_text_add(t, ",");
    ln_text_add_csv(t, model->class_names[predicted]);
    ln_text_addf(t, ",%.6g", (double)probabilities[predicted]);
    for (int k = 0; k < s->classes; k++)
        if (logits)
            ln_text_addf(t, ",%.9g", (double)row[k]);
        else
            ln_text_addf(t, ",%.6g", (double)probabilities[k]);
    ln_text_add(t, "\n");
}

static int write_predictions(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                             const struct ln_scores *s, bool logits) {
    float *probabilities = ln_alloc((size_t)s->classes * sizeof *probabilities);
    if (!probabilities) return LINNET_ERR_LIMIT;
    struct ln_text t = {0};
    ln_text_add(&t, "path,label,predicted,probability");
    for (int k = 0; k < s->classes; k++) {
        ln_text_add(&t, ",");
        ln_text_add_csv(&t, model->class_names[k]);
    }
    ln_text_add(&t, "\n");
    for (size_t i = 0; i < s->count; i++) add_prediction(&t, model, ds, s, i, probabilities, logits);
    ln_free(probabilities);
    return ln_text_write(&t, dir, "predictions.csv");
}

/* ---- pictures ------------------------------------------------------------------------------------------ */

static int draw_confusion(const char *dir, const struct ln_model *model, const struct linnet_metrics *m) {
    char *path = ln_file_join(dir, "confusion_matrix.png");
    if (!path) return LINNET_ERR_LIMIT;
    int status =
        ln_draw_confusion(path, &(struct ln_confusion){.title = "Confusion matrix",
                                                       .classes = m->classes,
                                                       .names = (const char *const *)model->class_names,
                                                       .counts = m->confusion});
    ln_free(path);
    return status;
}

int ln_run_evaluation(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                      const struct ln_scores *scores, const struct linnet_metrics *metrics, bool logits) {
    LN_TRY(ln_file_make_folder(dir));
    LN_TRY(write_metrics(dir, model, metrics));
    LN_TRY(write_predictions(dir, model, ds, scores, logits));
    LN_TRY(draw_confusion(dir, model, metrics));
    return ln_run_pictures(dir, model, ds, scores, metrics);
}
