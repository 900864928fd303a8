/* train_batch.png: the first batch after augmentation and mixing. A wrong channel order, a crop that misses
 * the object or mixed labels are visible here before an epoch is spent on them. */
#include "base/alloc.h"
#include "base/text.h"
#include "train/run_folder.h"
#include "train/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 20, COLUMNS = 5 };

/* Undoes the normalisation. image: [channels][height][width]. */
static void to_pixels(const struct ln_preprocess *pp, const float *image, unsigned char *pixels) {
    const size_t channels = (size_t)pp->channels, n = (size_t)pp->width * (size_t)pp->height;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < n; i++) {
            const float v = (image[c * n + i] * pp->std[c] + pp->mean[c]) * 255.0F;
            pixels[i * channels + c] = (unsigned char)lrintf(v < 0 ? 0 : v > 255 ? 255 : v);
        }
}

/* The label, or both labels of a mixed image with their shares. */
static void title_of(const struct ln_model *model, const struct ln_seen_batch *b, int i, char *title) {
    const char *name = model->class_names[b->labels[i]];
    if (!b->other || b->other[i] == b->labels[i])
        snprintf(title, LN_SHEET_TITLE, "%s", name);
    else
        snprintf(title, LN_SHEET_TITLE, "%.*s %.2f\n%.*s %.2f", LN_TEXT_CUT(name), (double)b->share,
                 LN_TEXT_CUT(model->class_names[b->other[i]]), 1.0 - (double)b->share);
}

int ln_run_train_batch(const char *dir, const struct ln_model *model, const struct ln_seen_batch *b) {
    const struct ln_preprocess *pp = b->preprocess;
    const size_t floats = (size_t)pp->channels * (size_t)pp->width * (size_t)pp->height;
    struct ln_image image = {pp->width, pp->height, pp->channels, ln_alloc(floats)};
    struct ln_sheet *sheet = NULL;
    int status = image.pixels ? ln_sheet_create(&sheet) : LINNET_ERR_LIMIT;
    for (int i = 0; i < b->count && i < SHOWN && status == LINNET_OK; i++) {
        char title[LN_SHEET_TITLE];
        to_pixels(pp, b->images + (size_t)i * floats, image.pixels);
        title_of(model, b, i, title);
        status = ln_sheet_add(sheet, &image, title, LN_SHEET_PLAIN);
    }
    if (status == LINNET_OK)
        status =
            ln_sheet_draw(sheet, dir, "train_batch.png", COLUMNS, "The first batch, as the network sees it");
    ln_sheet_destroy(sheet);
    ln_image_fini(&image);
    return status;
}
