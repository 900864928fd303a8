/* What is written into a panel. */
#ifndef LN_DRAW_PANEL_NOTES_H
#define LN_DRAW_PANEL_NOTES_H

#include "draw/panel.h"

/* Its name above the plot, and the lines' names beside it; where there is no room for them, in the corner of
 * the plot in which they are least in the way. */
void ln_panel_legend(struct ln_canvas *canvas, const struct ln_panel *panel);
/* An epoch marked on the last line that there is, with its value; nothing where there is none. */
void ln_panel_best(struct ln_canvas *canvas, const struct ln_panel *panel, int epoch);

#endif
