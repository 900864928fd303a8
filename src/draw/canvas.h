/* A canvas: shapes, pictures and text at (x, y), x to the right, y downwards, saved as a PNG file.
 *
 *     struct ln_canvas canvas;
 *     ln_canvas_init(&canvas);                           now text can be measured
 *     status = ln_canvas_begin(&canvas, w, h, 2);        now it can be drawn on: w x h units of 2 x 2 pixels
 *     ... ln_canvas_text(&canvas, x, y, &label) ...
 *     if (!status) status = ln_canvas_write(&canvas, path);   reports any earlier drawing failure
 *     ln_canvas_fini(&canvas);
 */
#ifndef LN_DRAW_CANVAS_H
#define LN_DRAW_CANVAS_H

#include "draw/label.h"

/* Limits for the pixels per side and in total; the total takes 256 MB while drawing. */
enum { LN_CANVAS_SIDE_MAX = 20000, LN_CANVAS_PIXELS_MAX = 64000000 };

struct ln_canvas {
    double width, height; /* in units; 0 before ln_canvas_begin */
    cairo_surface_t *surface;
    cairo_t *cr;
    struct ln_setter setter; /* sets text */
};

void ln_canvas_init(struct ln_canvas *canvas);
/* LINNET_ERR_LIMIT "draw-size" if the sheet exceeds the limits, "draw-cairo" if memory runs out; failures of ln_pango_open(). */
LN_MUST_CHECK int ln_canvas_begin(struct ln_canvas *canvas, double width, double height, double scale);
/* A failure leaves an existing file untouched. */
LN_MUST_CHECK int ln_canvas_write(const struct ln_canvas *canvas, const char *path);
void ln_canvas_fini(struct ln_canvas *canvas);

void ln_canvas_measure(struct ln_canvas *canvas, const struct ln_label *label, double *width, double *height);
void ln_canvas_text(struct ln_canvas *canvas, double x, double y, const struct ln_label *label);

void ln_canvas_colour(struct ln_canvas *canvas, int rgb, double opacity);
void ln_canvas_line(struct ln_canvas *canvas, double x0, double y0, double x1, double y1, int rgb,
                    double width);
void ln_canvas_fill(struct ln_canvas *canvas, double x, double y, double w, double h, int rgb);
/* Draws the outline just outside the box. */
void ln_canvas_frame(struct ln_canvas *canvas, double x, double y, double w, double h, int rgb, double width);

/* An RGB picture, [height][width][3], scaled to the box, either smoothly or with sharp pixels. */
struct ln_bitmap {
    const unsigned char *pixels;
    int width, height;
};
LN_MUST_CHECK int ln_canvas_picture(struct ln_canvas *canvas, const struct ln_bitmap *bitmap, double x,
                                    double y, double w, double h, bool smooth);

#endif
