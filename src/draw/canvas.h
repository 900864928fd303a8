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

#include "draw/label.h"

/* A picture may take so many pixels a side and in all: 256 MB while it is drawn. */
enum { LN_CANVAS_SIDE_MAX = 20000, LN_CANVAS_PIXELS_MAX = 64000000 };

struct ln_canvas {
    double width, height; /* in units; 0 before ln_canvas_begin */
    cairo_surface_t *surface;
    cairo_t *cr;
    struct ln_setter setter; /* of text */
};

void ln_canvas_init(struct ln_canvas *canvas);
/* LINNET_ERR_LIMIT "draw-size" where the sheet is over the limits, "draw-cairo" where memory is short. */
LN_MUST_CHECK int ln_canvas_begin(struct ln_canvas *canvas, double width, double height, double scale);
/* The file is replaced whole or left alone. */
LN_MUST_CHECK int ln_canvas_write(const struct ln_canvas *canvas, const char *path);
void ln_canvas_fini(struct ln_canvas *canvas);

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
