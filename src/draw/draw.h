/* Pictures as PNG files, from plain numbers. The only code that includes cairo.h is in this folder; text is
 * set by Pango, so that a class name may be in any script. Names and titles may hold any bytes at any length.
 *
 * A file is replaced whole or left alone. All of them fail with LINNET_ERR_USAGE "draw-..." where there is
 * nothing to draw, LINNET_ERR_LIMIT where it would not fit into a picture or memory, LINNET_ERR_IO where it
 * can't be written.
 */
#ifndef LN_DRAW_DRAW_H
#define LN_DRAW_DRAW_H

#include "base/status.h"
#include <linnet/linnet.h>
#include <stdint.h>

/* Loss and accuracy over epochs, side by side: train and validation in each. nan and infinity are gaps. 2240
 * x 840. */
struct ln_curves {
    const char *title;
    int epochs;
    const double *train_loss, *val_loss; /* [epochs]; NULL: no such line */
    const double *train_acc, *val_acc;   /* 0..1 */
    const char *val_name;                /* legend: "validation" where NULL, or "test" */
    int best_epoch;                      /* marked; 0: none */
};
LN_MUST_CHECK int ln_draw_curves(const char *path, const struct ln_curves *curves);

/* Titled pictures in `columns` columns (0: 5; never more than pictures). Small ones, up to 112 px, are
 * enlarged by a whole factor without smoothing, large ones are fitted; a cell without pixels says so. A title
 * takes two lines at most, '\n' begins the second. A wrong one (colour 2) is framed, too. At most 2400 pixels
 * wide: many columns make small pictures. */
LN_MUST_CHECK int ln_draw_grid(const char *path, const struct linnet_grid_cell *cells, size_t count,
                               int columns, const char *title);

/* Panels of lines over epochs, side by side, on one scale: see linnet_draw_lines. 1120 x 840 a panel. */
LN_MUST_CHECK int ln_draw_lines(const char *path, const struct linnet_panel *panels, size_t count,
                                const struct linnet_lines_opts *opts);

/* A row is coloured by its shares; the counts are in the cells where there is room. At most 3000 pixels a
 * side. */
struct ln_confusion {
    const char *title;
    int classes;
    const char *const *names; /* [classes]; NULL: numbers from 0 */
    const int64_t *counts;    /* [classes][classes], rows true, columns predicted; none negative */
};
LN_MUST_CHECK int ln_draw_confusion(const char *path, const struct ln_confusion *confusion);

#endif
