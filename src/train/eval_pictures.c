/* The pictures of an evaluation: the first images with their predictions, the most confident correct ones, and those
 * with the largest losses. A large loss is a confident mistake: a wrong label, or an image unlike its class.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "draw/draw.h"
#include "train/run_folder.h"
#include "train/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 5, RANKED = 10 };

/* One scored image. */
struct outcome {
    size_t at; /* row of the scores */
    int label, predicted;
    double probability; /* of the predicted class */
    double loss;
};

struct outcomes {
    const struct ln_model *model;
    const struct ln_dataset *ds;
    const struct ln_scores *scores;
    struct outcome *items; /* [count] */
    size_t count;
};

static int outcomes_init(struct outcomes *o) {
    const struct ln_scores *s = o->scores;
    const size_t classes = (size_t)s->classes;
    float *probabilities = ln_alloc(classes * sizeof *probabilities);
    o->items = ln_calloc(s->count + 1, sizeof *o->items);
    o->count = s->count;
    for (size_t i = 0; probabilities && o->items && i < s->count; i++) {
        const float *logits = s->logits + i * classes;
        const int label = s->labels[i], predicted = ln_argmax(logits, s->classes);
        struct ln_tally tally = {0};
        ln_softmax(logits, s->classes, o->model->temperature, probabilities);
        ln_tally_add(&tally, logits, s->classes, label);
        o->items[i] = (struct outcome){i, label, predicted, (double)probabilities[predicted], tally.loss};
    }
    const bool failed = !probabilities || !o->items;
    ln_free(probabilities);
    return failed ? LINNET_ERR_LIMIT : LINNET_OK;
}

static bool is_right(const struct outcome *o) {
    return o->label == o->predicted;
}

/* ---- test_pred.png ------------------------------------------------------------------------------------- */

/* The predicted class, and below it the true one if they differ. The sheet colours correct titles green,
 * wrong ones red. */
static void title_prediction(const struct outcomes *all, const struct outcome *o, char *title) {
    char *const *names = all->model->class_names;
    if (is_right(o))
        snprintf(title, LN_SHEET_TITLE, "%s", names[o->predicted]);
    else
        snprintf(title, LN_SHEET_TITLE, "%.*s\n(is %.*s)", LN_TEXT_CUT(names[o->predicted]),
                 LN_TEXT_CUT(names[o->label]));
}

/* Both classes and the probability. */
static void title_all(const struct outcomes *all, const struct outcome *o, char *title) {
    char *const *names = all->model->class_names;
    snprintf(title, LN_SHEET_TITLE, "is %.*s\npredicted %.*s, %.1f %%", LN_TEXT_CUT(names[o->label]),
             LN_TEXT_CUT(names[o->predicted]), 100 * o->probability);
}

static int draw(const struct outcomes *all, size_t most,
                void (*title_of)(const struct outcomes *, const struct outcome *, char *), const char *dir,
                const char *name, const char *heading) {
    struct ln_sheet *sheet;
    int status = ln_sheet_create(&sheet);
    for (size_t i = 0; i < all->count && i < most && status == LINNET_OK; i++) {
        const struct outcome *o = &all->items[i];
        char title[LN_SHEET_TITLE];
        title_of(all, o, title);
        status = ln_sheet_add_sample(sheet, all->ds, all->scores->indices[o->at], title,
                                     is_right(o) ? LN_SHEET_RIGHT : LN_SHEET_WRONG);
    }
    if (status == LINNET_OK) status = ln_sheet_draw(sheet, dir, name, COLUMNS, heading);
    ln_sheet_destroy(sheet);
    return status;
}

static int draw_first(const struct outcomes *all, const char *dir, double acc) {
    char heading[128];
    const size_t shown = all->count < LN_SHEET_MOST ? all->count : LN_SHEET_MOST;
    snprintf(heading, sizeof heading, "%zu of %zu images; %.2f %% of all are correct", shown, all->count,
             100 * acc);
    return draw(all, LN_SHEET_MOST, title_prediction, dir, "test_pred.png", heading);
}

/* ---- top_losses.png, most_confident.png ---------------------------------------------------------------- */

/* Ties keep the order of the data set, so that the pictures of two equal runs are equal. */
static int in_order(const struct outcome *a, const struct outcome *b) {
    return a->at < b->at ? -1 : a->at > b->at;
}

static int larger_loss(const void *a, const void *b) {
    const struct outcome *x = a, *y = b;
    return x->loss != y->loss ? (x->loss < y->loss ? 1 : -1) : in_order(x, y);
}

static int more_confident_and_right(const void *a, const void *b) {
    const struct outcome *x = a, *y = b;
    if (is_right(x) != is_right(y)) return is_right(x) ? -1 : 1;
    return x->probability != y->probability ? (x->probability < y->probability ? 1 : -1) : in_order(x, y);
}

static int draw_ranked(struct outcomes *all, const char *dir) {
    struct outcomes right = *all;
    qsort(all->items, all->count, sizeof *all->items, larger_loss);
    LN_TRY(draw(all, RANKED, title_all, dir, "top_losses.png", "The largest losses"));
    qsort(all->items, all->count, sizeof *all->items, more_confident_and_right);
    for (right.count = 0; right.count < all->count && is_right(&all->items[right.count]);) right.count++;
    return draw(&right, RANKED, title_all, dir, "most_confident.png",
                "The most confident correct predictions");
}

int ln_run_pictures(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                    const struct ln_scores *scores, const struct linnet_metrics *metrics) {
    struct outcomes all = {.model = model, .ds = ds, .scores = scores};
    int status = outcomes_init(&all);
    if (status == LINNET_OK) status = draw_first(&all, dir, metrics->acc);
    if (status == LINNET_OK) status = draw_ranked(&all, dir);
    ln_free(all.items);
    return status;
}
