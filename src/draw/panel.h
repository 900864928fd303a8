/* A panel: lines over epochs 1, 2, 3 ..., with axes, a name above and a legend. results.png has two, one for
 * loss and one for accuracy; linnet_draw_lines has as many as it is given.
 *
 *     struct ln_panel panel = {.name = "Loss", .unit = 1, .epochs = 10, .lines = lines, .count = 2,
 *                              .x = {.from = left, .to = right}, .y = {.from = bottom, .to = top}};
 *     ln_panel_fit(&panel);
 *     ln_panel_axes(&canvas, &panel);
 *     ln_panel_legend(&canvas, &panel);    panel_notes.h
 *     ln_panel_lines(&canvas, &panel);
 *
 * NaN, infinity, and values as large as only a diverged run produces are gaps.
 */
#ifndef LN_DRAW_PANEL_H
#define LN_DRAW_PANEL_H

#include "draw/axis.h"
#include "draw/canvas.h"

enum {
    LN_PANEL_HEADER = 30, /* above the plot: the panel's name and, if it fits, the legend */
    LN_PANEL_FOOTER = 44, /* below it: epoch numbers and the axis name */
    LN_PANEL_LEFT = 40,   /* left of it: the values at the ticks */
};

enum ln_line_style {
    LN_LINE_SOLID,  /* marks: discs */
    LN_LINE_DASHED, /* marks: hollow squares */
    LN_LINE_THIN,   /* no marks */
    LN_LINE_BOLD,   /* no marks */
};

struct ln_line {
    const char *name;     /* for the legend; NULL: not listed */
    const double *values; /* [epochs]; NULL: not drawn */
    int colour;           /* 0xRRGGBB */
    enum ln_line_style style;
    bool joins_gaps; /* the line bridges values that were not measured (NaN) */
};

struct ln_panel {
    const char *name;
    double unit; /* values are multiplied by `unit`: 100 for per cent */
    int epochs;
    const struct ln_line *lines; /* [count], later ones are drawn on top */
    int count;
    const char *x_name; /* NULL: "epoch" */
    double x_first,
        x_ratio; /* x_ratio > 0: the points stand for x_first, x_first * x_ratio ..., and the ticks are
                                at powers of ten */
    struct ln_axis x, y;
};

/* The smallest and largest value, in units; false if there are no values. */
bool ln_panel_range(const struct ln_panel *panel, double *min, double *max);
/* Fits the value axis around min .. max. Losses that come near zero start at zero; per cents stay within 0
 * and 100. */
void ln_panel_fit_values(struct ln_panel *panel, double min, double max);
/* Fits both axes to the lines. */
void ln_panel_fit(struct ln_panel *panel);

/* ---- drawing, in this order ---------------------------------------------------------------------------- */

void ln_panel_axes(struct ln_canvas *canvas, const struct ln_panel *panel);
void ln_panel_lines(struct ln_canvas *canvas, const struct ln_panel *panel);

/* ---- for legends and notes ---------------------------------------------------------------------------- */

/* The position of an epoch's value; false if it has none. */
bool ln_panel_point(const struct ln_panel *panel, const struct ln_line *line, int epoch, double *x,
                    double *y);
void ln_panel_pen(struct ln_canvas *canvas, const struct ln_line *line);
bool ln_panel_has_marks(const struct ln_panel *panel, const struct ln_line *line); /* on every point */
void ln_panel_mark(struct ln_canvas *canvas, const struct ln_line *line, double x, double y);

#endif
