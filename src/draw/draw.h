/* Pictures as PNG files, from plain numbers. The only code that includes cairo.h is in this folder; text is set by Pango, so
 * that a class name may be in any script.
 */
#ifndef LN_DRAW_DRAW_H
#define LN_DRAW_DRAW_H

#include "base/status.h"
#include <linnet/linnet.h>
#include <stdint.h>

/* Loss and accuracy over epochs, side by side: train and validation in each. nan is a gap. */
struct ln_curves {
    const char *title;
    int epochs;
    const double *train_loss, *val_loss; /* [epochs]; val_* may be NULL */
    const double *train_acc, *val_acc;   /* 0..1 */
    const char *val_name;                /* legend: "validation" where NULL, or "test" */
    int best_epoch;                      /* marked; 0: none */
};
LN_MUST_CHECK int ln_draw_curves(const char *path, const struct ln_curves *curves);

/* Titled pictures in `columns` columns; small ones (28 px) are enlarged without smoothing, large ones are fitted. */
LN_MUST_CHECK int ln_draw_grid(const char *path, const struct linnet_grid_cell *cells, size_t count, int columns, const char *title);

/* counts[true][predicted]; a row is coloured by its share, and holds the count. */
struct ln_confusion {
    const char *title;
    int classes;
    const char *const *names;
    const int64_t *counts;
};
LN_MUST_CHECK int ln_draw_confusion(const char *path, const struct ln_confusion *confusion);

#endif
