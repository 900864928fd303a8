/* A sheet of titled pictures, gathered one by one and drawn at the end. */
#ifndef LN_TRAIN_SHEET_H
#define LN_TRAIN_SHEET_H

#include "data/dataset.h"
#include "image/image.h"

enum { LN_SHEET_MOST = 25, LN_SHEET_TITLE = 256 };
enum ln_sheet_colour { LN_SHEET_PLAIN, LN_SHEET_RIGHT, LN_SHEET_WRONG }; /* black, green, red with a frame */

struct ln_sheet {
    struct linnet_grid_cell cells[LN_SHEET_MOST];
    char titles[LN_SHEET_MOST][LN_SHEET_TITLE];
    unsigned char *pixels[LN_SHEET_MOST];
    size_t count;
};

LN_MUST_CHECK int ln_sheet_create(struct ln_sheet **sheet);
void ln_sheet_destroy(struct ln_sheet *sheet); /* NULL is fine */

/* A copy of the picture, large ones made smaller; at most LN_SHEET_MOST. '\n' in the title begins its second
 * line. */
LN_MUST_CHECK int ln_sheet_add(struct ln_sheet *sheet, const struct ln_image *image, const char *title,
                               enum ln_sheet_colour colour);
/* The sample's own picture. */
LN_MUST_CHECK int ln_sheet_add_sample(struct ln_sheet *sheet, const struct ln_dataset *ds, uint32_t index,
                                      const char *title, enum ln_sheet_colour colour);
/* dir/name; nothing where the sheet is empty. */
LN_MUST_CHECK int ln_sheet_draw(const struct ln_sheet *sheet, const char *dir, const char *name, int columns,
                                const char *title);

#endif
