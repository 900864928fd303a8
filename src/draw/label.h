/* Text: cleaning it for Pango, measuring it, drawing it. */
#ifndef LN_DRAW_LABEL_H
#define LN_DRAW_LABEL_H

#include "draw/colours.h"
#include "draw/pango.h"
#include <stdbool.h>

/* Text from any source. Zero fields mean: ink colour, regular weight, unlimited width, one line. */
struct ln_label {
    const char *text; /* NULL: "" */
    double size;      /* font size in units */
    int colour;       /* 0: LN_INK */
    bool bold;
    double max_width; /* in units; text is wrapped to it in up to `lines` lines, then ellipsised */
    int lines;        /* with two or more, '\n' begins a new line; otherwise it becomes a space */
    /* The point of the text's box that lies at (x, y): 0 left or top, 0.5 middle, 1 right or bottom. */
    double across, down;
    double degrees; /* clockwise rotation about that point */
};

enum { LN_LABEL_BYTES = 1024, LN_LABEL_CHARS = 200 };

/* Converts any bytes to valid UTF-8 of at most LN_LABEL_CHARS characters (then "..."). Invalid bytes become
 * \xNN, control characters a space. The first lines - 1 newlines become U+2028, Pango's line separator; later
 * ones become a space. Returns out. */
const char *ln_label_clean(const char *text, int lines, char out[LN_LABEL_BYTES]);

enum { LN_SETTER_FONTS = 24 };

/* Sets labels. Each setter has its own font map, so setters in different threads share nothing.
 *
 * Pango looks for a font in two threads of its own, and GLib ends the process if a thread cannot be created. So
 * threads are tried before each font that is new to the setter; if the system allows none, text is no longer drawn. */
struct ln_setter {
    PangoLayout *layout; /* NULL: without fonts, or without Pango */
    bool has_fonts;      /* false: text is neither measured nor drawn */
    struct ln_setter_font {
        double size, scale;
        bool bold;
    } fonts[LN_SETTER_FONTS]; /* those that Pango has found */
    int font_count;
};
void ln_setter_init(struct ln_setter *setter);
void ln_setter_fini(struct ln_setter *setter);
void ln_setter_measure(struct ln_setter *setter, const struct ln_label *label, double *width, double *height);
/* Draws in the current colour of cr. */
void ln_setter_text(struct ln_setter *setter, cairo_t *cr, double x, double y, const struct ln_label *label);

#endif
