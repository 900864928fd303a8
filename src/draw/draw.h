/* Draws pictures from plain numbers into PNG files. Only this folder includes cairo.h. Text is set by Pango,
 * so class names may be in any script. Names and titles may hold any bytes and have any length.
 *
 * A failure leaves an existing file untouched. Every function fails with LINNET_ERR_USAGE "draw-..." if there
 * is nothing to draw, LINNET_ERR_LIMIT if the picture would exceed its size limit or memory, LINNET_ERR_IO if
 * it cannot be written.
 */
#ifndef LN_DRAW_DRAW_H
#define LN_DRAW_DRAW_H

#include "base/status.h"
#include <linnet/linnet.h>
#include <stdint.h>

/* Loss and accuracy over epochs, side by side, each for training and validation. NaN and infinity are gaps.
 * 2240 x 840 pixels. */
struct ln_curves {
    const char *title;
    int epochs;
    const double *train_loss, *val_loss; /* [epochs]; NULL: not drawn */
    const double *train_acc, *val_acc;   /* 0..1 */
    const char *val_name;                /* for the legend: "test", or NULL for "validation" */
    int best_epoch;                      /* gets a mark; 0: none */
};
LN_MUST_CHECK int ln_draw_curves(const char *path, const struct ln_curves *curves);

/* Titled pictures in `columns` columns (0: 5; never more than pictures). Pictures of up to 112 pixels are
 * enlarged by a whole factor without smoothing, larger ones are scaled to fit; a cell without pixels says so.
 * A title has at most two lines, separated by '\n'. Wrong predictions (colour 2) also get a frame. The sheet
 * is at most 2400 pixels wide, so many columns mean small pictures. */
LN_MUST_CHECK int ln_draw_grid(const char *path, const struct linnet_grid_cell *cells, size_t count,
                               int columns, const char *title);

/* Panels of lines over epochs, side by side with a common scale: see linnet_draw_lines. 1120 x 840 pixels per
 * panel. */
LN_MUST_CHECK int ln_draw_lines(const char *path, const struct linnet_panel *panels, size_t count,
                                const struct linnet_lines_opts *opts);

/* Points in the colours of their classes: see linnet_draw_map. 1680 x 1240 pixels. */
LN_MUST_CHECK int ln_draw_map(const char *path, const struct linnet_map_opts *map);

/* The loss of single batches and the smoothed one over learning rates first, first * ratio, first * ratio^2
 * ... 1520 x 840 pixels. */
struct ln_rates {
    const char *title;
    int count;
    double first, ratio;
    const double *losses, *smooth; /* [count] */
    int suggested;                 /* point from 1 that gets a mark; 0: none */
};
LN_MUST_CHECK int ln_draw_rates(const char *path, const struct ln_rates *rates);

/* Rows are coloured by their shares; cells show counts if there is room. At most 3000 pixels per side. */
struct ln_confusion {
    const char *title;
    int classes;
    const char *const *names; /* [classes]; NULL: numbers from 0 */
    const int64_t *counts;    /* [classes][classes], rows true, columns predicted; not negative */
};
LN_MUST_CHECK int ln_draw_confusion(const char *path, const struct ln_confusion *confusion);

#endif
