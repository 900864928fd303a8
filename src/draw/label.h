/* Text: what Pango may be given, how much room it takes, setting it. Part of the canvas. */
#ifndef LN_DRAW_LABEL_H
#define LN_DRAW_LABEL_H

#include "draw/canvas.h"

enum { LN_LABEL_BYTES = 1024, LN_LABEL_CHARS = 200 };

/* Foreign bytes as valid UTF-8 of at most LN_LABEL_CHARS characters (then "..."): what is no UTF-8 becomes
 * \xNN, a control character a space; so does a newline, but the first lines - 1 of them U+2028, Pango's line
 * separator. Returns out. */
const char *ln_label_clean(const char *text, int lines, char out[LN_LABEL_BYTES]);

void ln_label_init(struct ln_canvas *canvas);
void ln_label_fini(struct ln_canvas *canvas);

#endif
