/* The files that an evaluation leaves. */
#include "base/alloc.h"
#include "base/file.h"
#include "draw/draw.h"
#include "train/run_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- metrics.json -------------------------------------------------------------------------------------- */

/* JSON has no nan. */
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
    return ln_run_write(dir, "metrics.json", &t);
}

/* ---- predictions.csv ----------------------------------------------------------------------------------- */

static void add_prediction(struct ln_text *t, const struct ln_model *model, const struct ln_dataset *ds,
                           const struct ln_scores *s, size_t i, float *probabilities, bool logits) {
    const float *row = s->logits + i * (size_t)s->classes;
    char name[512];
    int predicted = ln_argmax(row, s->classes);
    ln_softmax(row, s->classes, probabilities);
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
    return ln_run_write(dir, "predictions.csv", &t);
}

/* ---- pictures ------------------------------------------------------------------------------------------ */

enum { GRID_IMAGES = 25, GRID_COLUMNS = 5, TITLE_MAX = 256 };

struct grid {
    struct linnet_grid_cell cells[GRID_IMAGES];
    char titles[GRID_IMAGES][TITLE_MAX];
    unsigned char *pixels[GRID_IMAGES];
    size_t count;
};

/* The sample's own pixels as RGB. */
static int copy_pixels(const struct ln_image *image, unsigned char **out) {
    size_t count = (size_t)image->width * (size_t)image->height;
    unsigned char *rgb = ln_alloc(count * 3);
    if (!rgb) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[i * 3 + c] = image->channels == 3 ? image->pixels[i * 3 + c] : image->pixels[i];
    *out = rgb;
    return LINNET_OK;
}

/* Each picture has the title of its own prediction: right in green, wrong in red with the truth beside it. */
static int add_cell(struct grid *grid, const struct ln_model *model, const struct ln_dataset *ds,
                    const struct ln_scores *s, size_t i) {
    struct ln_sample sample;
    LN_TRY(ln_dataset_read(ds, s->indices[i], &sample));
    int predicted = ln_argmax(s->logits + i * (size_t)s->classes, s->classes), label = s->labels[i];
    size_t at = grid->count;
    int status = copy_pixels(&sample.image, &grid->pixels[at]);
    if (predicted == label)
        snprintf(grid->titles[at], TITLE_MAX, "%s", model->class_names[predicted]);
    else
        snprintf(grid->titles[at], TITLE_MAX, "%s, not %s", model->class_names[label],
                 model->class_names[predicted]);
    grid->cells[at] = (struct linnet_grid_cell){grid->pixels[at], sample.image.width, sample.image.height,
                                                grid->titles[at], predicted == label ? 1 : 2};
    grid->count += status == LINNET_OK;
    ln_sample_fini(&sample);
    return status;
}

static int draw_grid(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                     const struct ln_scores *s, const struct linnet_metrics *m) {
    struct grid *grid = ln_calloc(1, sizeof *grid);
    char *path = ln_file_join(dir, "test_pred.png");
    int status = grid && path ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; i < s->count && i < GRID_IMAGES && status == LINNET_OK; i++)
        status = add_cell(grid, model, ds, s, i);
    char title[128];
    snprintf(title, sizeof title, "%zu of %lld images; %.2f %% of all are right", grid ? grid->count : 0,
             (long long)m->count, 100 * m->acc);
    if (status == LINNET_OK) status = ln_draw_grid(path, grid->cells, grid->count, GRID_COLUMNS, title);
    for (size_t i = 0; grid && i < GRID_IMAGES; i++) ln_free(grid->pixels[i]);
    ln_free(grid);
    ln_free(path);
    return status;
}

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
    return draw_grid(dir, model, ds, scores, metrics);
}
