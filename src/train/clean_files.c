/* What linnet clean leaves in a folder: all images as a table, and the most doubtful ones as a picture. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "train/clean.h"
#include "train/sheet.h"

#include <stdio.h>

enum { COLUMNS = 5 };

/* The part that each sample is in, [ds->count]. */
static uint8_t *list_parts(const struct ln_dataset *ds) {
    uint8_t *parts = ln_calloc(ds->count, sizeof *parts);
    for (int part = LINNET_TRAIN; parts && part <= LINNET_TEST; part++) {
        if (part == LINNET_VAL && ds->val_is_test) continue;
        for (size_t i = 0; i < ds->parts[part].count; i++) parts[ds->parts[part].index[i]] = (uint8_t)part;
    }
    return parts;
}

/* Every image has a row, even if its label is not in doubt: a person may look further than the named ones. */
static int write_table(const struct ln_cleaning *c, const struct ln_dataset *ds, const char *dir) {
    static const char *const part_names[] = {"", "train", "val", "test"};
    struct ln_text t = {0};
    char name[4096];
    uint8_t *parts = list_parts(ds);
    if (!parts) return LINNET_ERR_LIMIT;
    ln_text_add(&t,
                "rank,path,part,given,suggested,given_probability,suggested_probability,confidence,named\n");
    for (size_t i = 0; i < c->count; i++) {
        const struct ln_confident *r = &c->ranked[i];
        const uint32_t sample = c->samples[r->image];
        ln_text_addf(&t, "%zu,", i + 1);
        ln_text_add_csv(&t, ln_dataset_sample_name(ds, sample, name, sizeof name));
        ln_text_addf(&t, ",%s,", part_names[parts[sample]]);
        ln_text_add_csv(&t, ds->class_names[r->given]);
        ln_text_add(&t, ",");
        ln_text_add_csv(&t, ds->class_names[r->suggested]);
        ln_text_addf(&t, ",%.6g,%.6g,%.6g,%d\n", r->given_probability, r->suggested_probability,
                     r->confidence, r->named);
    }
    ln_free(parts);
    return ln_text_write(&t, dir, "label_issues.csv");
}

static int draw(const struct ln_cleaning *c, const struct ln_dataset *ds, const char *dir) {
    struct ln_sheet *sheet;
    int status = ln_sheet_create(&sheet);
    for (size_t i = 0; i < c->count && i < LN_SHEET_MOST && status == LINNET_OK; i++) {
        const struct ln_confident *r = &c->ranked[i];
        char title[LN_SHEET_TITLE];
        snprintf(title, sizeof title, "given %.80s, %.0f %%\n%.80s? %.0f %%", ds->class_names[r->given],
                 100 * r->given_probability, ds->class_names[r->suggested], 100 * r->suggested_probability);
        status = ln_sheet_add_sample(sheet, ds, c->samples[r->image], title,
                                     r->named ? LN_SHEET_WRONG : LN_SHEET_PLAIN);
    }
    if (status == LINNET_OK)
        status = ln_sheet_draw(sheet, dir, "label_issues.png", COLUMNS, "The most doubtful labels");
    ln_sheet_destroy(sheet);
    return status;
}

int ln_cleaning_write(const struct ln_cleaning *c, const struct ln_dataset *ds, const char *dir) {
    LN_TRY(ln_file_make_folder(dir));
    LN_TRY(write_table(c, ds, dir));
    return draw(c, ds, dir);
}
