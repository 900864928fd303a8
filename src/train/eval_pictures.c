/* The pictures of an evaluation: a sample of the images with their predictions, the most confident correct ones, and those
 * with the largest losses.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "train/run_folder.h"
#include "train/sample.h"
#include "train/scored.h"
#include "train/sheet.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 5, RANKED = 10 };

struct album {
    const struct ln_model *model;
    const struct ln_dataset *ds;
    struct ln_scored *items; /* [count] */
    size_t count;
};

typedef void title_fn(const struct album *album, const struct ln_scored *item, char *title);

/* The predicted class, and below it the true one if they differ. The sheet colours correct titles green,
 * wrong ones red. */
static void title_prediction(const struct album *album, const struct ln_scored *item, char *title) {
    char *const *names = album->model->class_names;
    if (ln_scored_is_right(item))
        snprintf(title, LN_SHEET_TITLE, "%s", names[item->predicted]);
    else
        snprintf(title, LN_SHEET_TITLE, "%.*s\n(is %.*s)", LN_TEXT_CUT(names[item->predicted]),
                 LN_TEXT_CUT(names[item->label]));
}

/* Both classes and the probability. */
static void title_all(const struct album *album, const struct ln_scored *item, char *title) {
    char *const *names = album->model->class_names;
    snprintf(title, LN_SHEET_TITLE, "is %.*s\npredicted %.*s, %.1f %%", LN_TEXT_CUT(names[item->label]),
             LN_TEXT_CUT(names[item->predicted]), 100 * item->probability);
}

static int add(struct ln_sheet *sheet, const struct album *album, const struct ln_scored *item,
               title_fn *title_of) {
    char title[LN_SHEET_TITLE];
    title_of(album, item, title);
    return ln_sheet_add_sample(sheet, album->ds, item->index, title,
                               ln_scored_is_right(item) ? LN_SHEET_RIGHT : LN_SHEET_WRONG);
}

/* ---- test_pred.png ------------------------------------------------------------------------------------- */

static int draw_picked(const struct album *album, const size_t *picked, size_t count, const char *dir,
                       double acc) {
    struct ln_sheet *sheet;
    char heading[128];
    int status = ln_sheet_create(&sheet);
    for (size_t i = 0; i < count && status == LINNET_OK; i++)
        status = add(sheet, album, &album->items[picked[i]], title_prediction);
    snprintf(heading, sizeof heading, "%zu of %zu images, at random; %.2f %% of all are correct", count,
             album->count, 100 * acc);
    if (status == LINNET_OK) status = ln_sheet_draw(sheet, dir, "test_pred.png", COLUMNS, heading);
    ln_sheet_destroy(sheet);
    return status;
}

static int draw_sample(const struct album *album, const struct ln_scores *scores, const char *dir,
                       double acc) {
    size_t picked[LN_SHEET_MOST], count;
    LN_TRY(ln_sample_classes(scores->labels, scores->indices, scores->count, LN_SHEET_MOST, picked, &count));
    return draw_picked(album, picked, count, dir, acc);
}

/* ---- top_losses.png, most_confident.png ---------------------------------------------------------------- */

static int draw_first(const struct album *album, const char *dir, const char *name, const char *heading) {
    struct ln_sheet *sheet;
    int status = ln_sheet_create(&sheet);
    for (size_t i = 0; i < album->count && i < RANKED && status == LINNET_OK; i++)
        status = add(sheet, album, &album->items[i], title_all);
    if (status == LINNET_OK) status = ln_sheet_draw(sheet, dir, name, COLUMNS, heading);
    ln_sheet_destroy(sheet);
    return status;
}

static int draw_ranked(struct album *album, const char *dir) {
    struct album right = *album;
    qsort(album->items, album->count, sizeof *album->items, ln_scored_larger_loss);
    LN_TRY(draw_first(album, dir, "top_losses.png", "The largest losses"));
    qsort(album->items, album->count, sizeof *album->items, ln_scored_confident_first);
    for (right.count = 0; right.count < album->count && ln_scored_is_right(&album->items[right.count]);)
        right.count++;
    return draw_first(&right, dir, "most_confident.png", "The most confident correct predictions");
}

int ln_run_pictures(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                    const struct ln_scores *scores, const struct linnet_metrics *metrics) {
    struct album album = {.model = model, .ds = ds, .count = scores->count};
    int status = ln_scored_list(model, scores, &album.items);
    if (status == LINNET_OK) status = draw_sample(&album, scores, dir, metrics->acc);
    if (status == LINNET_OK) status = draw_ranked(&album, dir);
    ln_free(album.items);
    return status;
}
