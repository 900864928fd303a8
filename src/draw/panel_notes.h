/* The text in a panel. */
#ifndef LN_DRAW_PANEL_NOTES_H
#define LN_DRAW_PANEL_NOTES_H

#include "draw/panel.h"

/* Writes the panel's name above the plot and the lines' names beside it. If they do not fit there, they go
 * into the corner of the plot that the lines cross least. */
void ln_panel_legend(struct ln_canvas *canvas, const struct ln_panel *panel);
/* Marks a point of the last drawn line with a text; does nothing if it has no value there. */
void ln_panel_note(struct ln_canvas *canvas, const struct ln_panel *panel, int epoch, const char *text);
/* The same for the best epoch, with its value. */
void ln_panel_best(struct ln_canvas *canvas, const struct ln_panel *panel, int epoch);

#endif
