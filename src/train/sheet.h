/* A sheet of titled pictures, added one by one and drawn at the end. */
#ifndef LN_TRAIN_SHEET_H
#define LN_TRAIN_SHEET_H

#include "data/dataset.h"
#include "image/image.h"

enum { LN_SHEET_MOST = 25, LN_SHEET_TITLE = 256 };
enum ln_sheet_colour {
    LN_SHEET_PLAIN,
    LN_SHEET_RIGHT,
    LN_SHEET_WRONG
}; /* title: black, green, red with a frame */

struct ln_sheet {
    struct linnet_grid_cell cells[LN_SHEET_MOST];
    char titles[LN_SHEET_MOST][LN_SHEET_TITLE];
    unsigned char *pixels[LN_SHEET_MOST];
    size_t count;
};

LN_MUST_CHECK int ln_sheet_create(struct ln_sheet **sheet);
void ln_sheet_destroy(struct ln_sheet *sheet); /* NULL is allowed */

/* Adds a copy of the picture, reduced if it is large; ignored once the sheet has LN_SHEET_MOST. '\n' in the
 * title begins its second line. */
LN_MUST_CHECK int ln_sheet_add(struct ln_sheet *sheet, const struct ln_image *image, const char *title,
                               enum ln_sheet_colour colour);
/* Adds the picture of a sample of the data set. */
LN_MUST_CHECK int ln_sheet_add_sample(struct ln_sheet *sheet, const struct ln_dataset *ds, uint32_t index,
                                      const char *title, enum ln_sheet_colour colour);
/* Draws dir/name; an empty sheet writes no file. */
LN_MUST_CHECK int ln_sheet_draw(const struct ln_sheet *sheet, const char *dir, const char *name, int columns,
                                const char *title);

#endif
