/* A panel: axes and lines. */
#include "draw/panel.h"

#include <math.h>
#include <stdio.h>

enum {
    MARKS_MOST = 30,    /* every point gets a mark up to this many epochs */
    POINTS_MOST = 2000, /* points drawn per line: more than there are pixels */
    STEPS_MOST = 6,     /* steps between the ends of the value axis */
    EDGE = 2,           /* half the width of a line, so that a line along the edge of the plot is not cut */
};
static const double value_most = 1e30; /* larger values come from a diverged run and are gaps, like NaN */

bool ln_panel_point(const struct ln_panel *panel, const struct ln_line *line, int epoch, double *x,
                    double *y) {
    if (!line->values || epoch < 1 || epoch > panel->epochs) return false;
    double value = line->values[epoch - 1] * panel->unit;
    if (!(fabs(value) < value_most)) return false;
    *x = ln_axis_place(&panel->x, epoch);
    *y = ln_axis_place(&panel->y, value);
    return true;
}

/* ---- axes ---------------------------------------------------------------------------------------------- */

bool ln_panel_range(const struct ln_panel *panel, double *min, double *max) {
    *min = INFINITY;
    *max = -INFINITY;
    for (int l = 0; l < panel->count; l++)
        for (int e = 0; panel->lines[l].values && e < panel->epochs; e++) {
            double value = panel->lines[l].values[e] * panel->unit;
            if (!(fabs(value) < value_most)) continue;
            *min = fmin(*min, value);
            *max = fmax(*max, value);
        }
    return *min <= *max;
}

void ln_panel_fit_values(struct ln_panel *panel, double min, double max) {
    if (min > 0 && min < 0.4 * max && panel->unit == 1) min = 0;
    ln_axis_fit(&panel->y, min, max, STEPS_MOST);
    if (min >= 0) panel->y.low = fmax(panel->y.low, 0);
    if (panel->unit == 100 && max <= 100) panel->y.high = fmin(panel->y.high, 100);
}

void ln_panel_fit(struct ln_panel *panel) {
    double min, max;
    bool any = ln_panel_range(panel, &min, &max);
    ln_panel_fit_values(panel, any ? min : 0, any ? max : panel->unit);
    /* Keeps the first and the last point away from the edges. There is no epoch 0 to show. */
    double air = panel->epochs > 1 ? 0.025 * (panel->epochs - 1) : 0.5;
    panel->x.low = fmax(1 - air, 0.5);
    panel->x.high = panel->epochs + air;
    panel->x.step = fmax(1, ln_axis_step(panel->x.high - panel->x.low, 11));
}

static void draw_values(struct ln_canvas *canvas, const struct ln_panel *panel) {
    char text[32];
    const struct ln_label tick = {.text = text, .size = 12, .colour = LN_MUTED, .across = 1, .down = 0.5};
    for (int i = 0; i < ln_axis_ticks(&panel->y); i++) {
        double y = ln_axis_place(&panel->y, ln_axis_tick(&panel->y, i));
        ln_canvas_line(canvas, panel->x.from, y, panel->x.to, y, LN_RULE, 1);
        ln_axis_text(&panel->y, i, text, sizeof text);
        ln_canvas_text(canvas, panel->x.from - 8, y, &tick);
    }
}

static void draw_tick(struct ln_canvas *canvas, const struct ln_panel *panel, double x, const char *text) {
    const struct ln_label tick = {.text = text, .size = 12, .colour = LN_MUTED, .across = 0.5};
    ln_canvas_line(canvas, x, panel->y.from, x, panel->y.from + 4, LN_SPINE, 1);
    ln_canvas_text(canvas, x, panel->y.from + 7, &tick);
}

static void draw_epochs(struct ln_canvas *canvas, const struct ln_panel *panel) {
    char text[32];
    for (int i = 0; i < ln_axis_ticks(&panel->x); i++)
        draw_tick(canvas, panel, ln_axis_place(&panel->x, ln_axis_tick(&panel->x, i)),
                  ln_axis_text(&panel->x, i, text, sizeof text));
}

static void draw_powers(struct ln_canvas *canvas, const struct ln_panel *panel) {
    char text[32];
    const double first = log10(panel->x_first), step = log10(panel->x_ratio), small = 1e-9;
    const int low = (int)ceil(first - small), high = (int)floor(first + step * (panel->epochs - 1) + small);
    for (int power = low; power <= high; power++) {
        snprintf(text, sizeof text, "%g", pow(10, power));
        draw_tick(canvas, panel, ln_axis_place(&panel->x, 1 + (power - first) / step), text);
    }
}

static void draw_places(struct ln_canvas *canvas, const struct ln_panel *panel) {
    const struct ln_label name = {.text = panel->x_name ? panel->x_name : "epoch",
                                  .size = 13,
                                  .colour = LN_MUTED,
                                  .across = 0.5,
                                  .down = 1};
    ln_canvas_line(canvas, panel->x.from, panel->y.from, panel->x.to, panel->y.from, LN_SPINE, 1);
    (panel->x_ratio > 0 ? draw_powers : draw_epochs)(canvas, panel);
    ln_canvas_text(canvas, (panel->x.from + panel->x.to) / 2, panel->y.from + LN_PANEL_FOOTER, &name);
}

void ln_panel_axes(struct ln_canvas *canvas, const struct ln_panel *panel) {
    double min, max;
    draw_values(canvas, panel);
    draw_places(canvas, panel);
    if (ln_panel_range(panel, &min, &max)) return;
    ln_canvas_text(
        canvas, (panel->x.from + panel->x.to) / 2, (panel->y.from + panel->y.to) / 2,
        &(struct ln_label){
            .text = "no finite value", .size = 13, .colour = LN_MUTED, .across = 0.5, .down = 0.5});
}

/* ---- lines --------------------------------------------------------------------------------------------- */

bool ln_panel_has_marks(const struct ln_panel *panel, const struct ln_line *line) {
    return panel->epochs <= MARKS_MOST && (line->style == LN_LINE_SOLID || line->style == LN_LINE_DASHED);
}

void ln_panel_mark(struct ln_canvas *canvas, const struct ln_line *line, double x, double y) {
    const bool hollow = line->style == LN_LINE_DASHED;
    cairo_t *cr = canvas->cr;
    ln_pango.cairo_new_path(cr);
    if (hollow)
        ln_pango.cairo_rectangle(cr, x - 3, y - 3, 6, 6);
    else
        ln_pango.cairo_arc(cr, x, y, 3.5, 0, 2 * M_PI);
    ln_canvas_colour(canvas, hollow ? LN_WHITE : line->colour, 1);
    ln_pango.cairo_fill_preserve(cr);
    ln_canvas_colour(canvas, line->colour, 1);
    ln_pango.cairo_set_line_width(cr, 1.5);
    ln_pango.cairo_stroke(cr);
}

void ln_panel_pen(struct ln_canvas *canvas, const struct ln_line *line) {
    static const double widths[] = {
        [LN_LINE_SOLID] = 2.2, [LN_LINE_DASHED] = 1.8, [LN_LINE_THIN] = 1.1, [LN_LINE_BOLD] = 3};
    ln_canvas_colour(canvas, line->colour, 1);
    ln_pango.cairo_set_line_width(canvas->cr, widths[line->style]);
    ln_pango.cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_ROUND);
    ln_pango.cairo_set_dash(canvas->cr, (const double[]){6, 3}, line->style == LN_LINE_DASHED ? 2 : 0, 0);
}

/* Draws the line, with gaps for missing values unless it joins them. All points get marks if there are few; a point between two
 * gaps always gets one, because no line shows it. */
static void draw_line(struct ln_canvas *canvas, const struct ln_panel *panel, const struct ln_line *line) {
    const int stride = line->joins_gaps ? 1 : (panel->epochs - 1) / POINTS_MOST + 1;
    double x, y;
    ln_pango.cairo_save(canvas->cr);
    ln_pango.cairo_rectangle(canvas->cr, panel->x.from, panel->y.to - EDGE, panel->x.to - panel->x.from,
                             panel->y.from - panel->y.to + 2 * EDGE);
    ln_pango.cairo_clip(canvas->cr);
    ln_panel_pen(canvas, line);
    ln_pango.cairo_new_path(canvas->cr);
    for (int e = 1, down = false; e <= panel->epochs; e += stride) {
        if (!ln_panel_point(panel, line, e, &x, &y))
            /* NaN: not evaluated, so the line may bridge the gap. Infinite: the loss diverged. */
            down = down && line->joins_gaps && isnan(line->values[e - 1]);
        else if (!down)
            ln_pango.cairo_move_to(canvas->cr, x, y), down = true;
        else
            ln_pango.cairo_line_to(canvas->cr, x, y);
    }
    ln_pango.cairo_stroke(canvas->cr);
    ln_pango.cairo_restore(canvas->cr);
    for (int e = 1; e <= panel->epochs; e += stride) {
        double ox, oy;
        bool alone = !ln_panel_point(panel, line, e - stride, &ox, &oy) &&
                     !ln_panel_point(panel, line, e + stride, &ox, &oy);
        if ((alone || ln_panel_has_marks(panel, line)) && ln_panel_point(panel, line, e, &x, &y))
            ln_panel_mark(canvas, line, x, y);
    }
}

/* Lines are clipped at the upper edge of the plot. */
void ln_panel_lines(struct ln_canvas *canvas, const struct ln_panel *panel) {
    for (int l = 0; l < panel->count; l++) draw_line(canvas, panel, &panel->lines[l]);
}
