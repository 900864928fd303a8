/* A panel: lines over epochs 1, 2, 3 ..., with its axes, its name above it and a legend. results.png has two,
 * one of loss and one of accuracy; linnet_draw_lines has as many as it is given.
 *
 *     struct ln_panel panel = {.name = "Loss", .unit = 1, .epochs = 10, .lines = lines, .count = 2,
 *                              .x = {.from = left, .to = right}, .y = {.from = bottom, .to = top}};
 *     ln_panel_fit(&panel);
 *     ln_panel_axes(&canvas, &panel);
 *     ln_panel_legend(&canvas, &panel);    panel_notes.h
 *     ln_panel_lines(&canvas, &panel);
 *
 * nan, infinity, and what is as large as only a diverged run's, are gaps.
 */
#ifndef LN_DRAW_PANEL_H
#define LN_DRAW_PANEL_H

#include "draw/axis.h"
#include "draw/canvas.h"

enum {
    LN_PANEL_HEADER = 30, /* above the plot: the panel's name, and a legend that fits there */
    LN_PANEL_FOOTER = 44, /* below it: epoch numbers, and what they are */
    LN_PANEL_LEFT = 40,   /* beside it: the values' numbers */
};

enum ln_line_style {
    LN_LINE_SOLID,  /* marks: discs */
    LN_LINE_DASHED, /* marks: hollow squares */
    LN_LINE_THIN,   /* without marks */
    LN_LINE_BOLD,   /* likewise */
};

struct ln_line {
    const char *name;     /* in the legend; NULL: not there */
    const double *values; /* [epochs]; NULL: no such line */
    int colour;           /* 0xRRGGBB */
    enum ln_line_style style;
};

struct ln_panel {
    const char *name;
    double unit; /* a value is drawn `unit` times as large: 100 for per cent */
    int epochs;
    const struct ln_line *lines; /* [count], the later ones on top */
    int count;
    struct ln_axis x, y;
};

/* The least and the greatest value, in units; false where there is none. */
bool ln_panel_range(const struct ln_panel *panel, double *min, double *max);
/* The values' axis around min .. max. Losses that come near zero are shown from zero; per cents stay within 0
 * and 100. */
void ln_panel_fit_values(struct ln_panel *panel, double min, double max);
/* Both axes, around what there is. */
void ln_panel_fit(struct ln_panel *panel);

/* ---- drawing, in this order -----------------------------------------------------------------------------
 */

void ln_panel_axes(struct ln_canvas *canvas, const struct ln_panel *panel);
void ln_panel_lines(struct ln_canvas *canvas, const struct ln_panel *panel);

/* ---- what legends and notes need to know ----------------------------------------------------------------
 */

/* Where the value of an epoch is; false where there is none. */
bool ln_panel_point(const struct ln_panel *panel, const struct ln_line *line, int epoch, double *x,
                    double *y);
void ln_panel_pen(struct ln_canvas *canvas, const struct ln_line *line);
bool ln_panel_has_marks(const struct ln_panel *panel, const struct ln_line *line); /* on each point */
void ln_panel_mark(struct ln_canvas *canvas, const struct ln_line *line, double x, double y);

#endif
