/* A sheet of paper: shapes, pictures and text at (x, y), x to the right, y downwards, and the way to a PNG
 * file.
 *
 *     struct ln_canvas canvas;
 *     ln_canvas_init(&canvas);                           text can be measured from here on
 *     status = ln_canvas_begin(&canvas, w, h, 2);        and drawn: white, w x h units of 2 x 2 pixels
 *     ... ln_canvas_text(&canvas, x, y, &label) ...
 *     if (!status) status = ln_canvas_write(&canvas, path);        where any drawing failed, this says so
 *     ln_canvas_fini(&canvas);
 */
#ifndef LN_DRAW_CANVAS_H
#define LN_DRAW_CANVAS_H

#include "base/status.h"
#include <cairo.h>
#include <pango/pango.h>
#include <stdbool.h>

/* The house's colours, 0xRRGGBB. The two of the lines are from Okabe and Ito, "Color Universal Design"
 * (2008): told apart by colour-blind readers. */
enum {
    LN_WHITE = 0xffffff,
    LN_INK = 0x1f2933,   /* titles */
    LN_MUTED = 0x5b6672, /* everything else that is read */
    LN_SPINE = 0xaab4be, /* axes */
    LN_RULE = 0xe4e8ec,  /* grid lines, outlines */
    LN_GROUND = 0xf3f5f7,
    LN_BLUE = 0x0072b2,
    LN_VERMILION = 0xd55e00,
    LN_GREEN = 0x1a7f37, /* right */
    LN_RED = 0xc62828,   /* wrong */
};

/* A picture may take so many pixels a side and in all: 256 MB while it is drawn. */
enum { LN_CANVAS_SIDE_MAX = 20000, LN_CANVAS_PIXELS_MAX = 64000000 };

struct ln_canvas {
    double width, height; /* in units; 0 before ln_canvas_begin */
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoLayout *layout;
    bool has_fonts; /* false: text takes no room and shows nothing */
};

void ln_canvas_init(struct ln_canvas *canvas);
/* LINNET_ERR_LIMIT "draw-size" where the sheet is over the limits, "draw-cairo" where memory is short. */
LN_MUST_CHECK int ln_canvas_begin(struct ln_canvas *canvas, double width, double height, double scale);
/* The file is replaced whole or left alone. */
LN_MUST_CHECK int ln_canvas_write(const struct ln_canvas *canvas, const char *path);
void ln_canvas_fini(struct ln_canvas *canvas);

/* Text of any origin (label.h makes it printable). Zero fields mean: ink, regular, unbounded, one line. */
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
void ln_canvas_measure(struct ln_canvas *canvas, const struct ln_label *label, double *width, double *height);
void ln_canvas_text(struct ln_canvas *canvas, double x, double y, const struct ln_label *label);

void ln_canvas_colour(struct ln_canvas *canvas, int rgb, double opacity);
void ln_canvas_line(struct ln_canvas *canvas, double x0, double y0, double x1, double y1, int rgb,
                    double width);
void ln_canvas_fill(struct ln_canvas *canvas, double x, double y, double w, double h, int rgb);
/* Around the box, not over it. */
void ln_canvas_frame(struct ln_canvas *canvas, double x, double y, double w, double h, int rgb, double width);

/* An RGB picture, [height][width][3], stretched over the box; smooth, or with its pixels as they are. */
struct ln_bitmap {
    const unsigned char *pixels;
    int width, height;
};
LN_MUST_CHECK int ln_canvas_picture(struct ln_canvas *canvas, const struct ln_bitmap *bitmap, double x,
                                    double y, double w, double h, bool smooth);

#endif
