/* Text: what Pango may be given, how much room it takes, setting it. */
#ifndef LN_DRAW_LABEL_H
#define LN_DRAW_LABEL_H

#include "base/status.h"
#include "draw/colours.h"
#include <cairo.h>
#include <pango/pango.h>
#include <stdbool.h>

/* Text of any origin. Zero fields mean: ink, regular, unbounded, one line. */
struct ln_label {
    const char *text; /* NULL: "" */
    double size;      /* of the font, in units */
    int colour;       /* 0: LN_INK */
    bool bold;
    double max_width; /* in units; wrapped at it into `lines` lines, then ellipsised */
    int lines;        /* '\n' begins a new one where there are two or more, and is a space where not */
    /* Which point of the text's box lies at (x, y): 0 left or top, 0.5 middle, 1 right or bottom. */
    double across, down;
    double degrees; /* turned clockwise about that point */
};

enum { LN_LABEL_BYTES = 1024, LN_LABEL_CHARS = 200 };

/* Foreign bytes as valid UTF-8 of at most LN_LABEL_CHARS characters (then "..."): what is no UTF-8 becomes
 * \xNN, a control character a space; so does a newline, but the first lines - 1 of them U+2028, Pango's line
 * separator. Returns out. */
const char *ln_label_clean(const char *text, int lines, char out[LN_LABEL_BYTES]);

/* Sets labels. Its font map is its own, so that setters in different threads share nothing. */
struct ln_setter {
    PangoLayout *layout;
    bool has_fonts; /* false: text takes no room and shows nothing */
};
void ln_setter_init(struct ln_setter *setter);
void ln_setter_fini(struct ln_setter *setter);
void ln_setter_measure(struct ln_setter *setter, const struct ln_label *label, double *width, double *height);
/* In the colour that cr has. */
void ln_setter_text(struct ln_setter *setter, cairo_t *cr, double x, double y, const struct ln_label *label);

#endif
