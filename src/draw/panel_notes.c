/* A panel's name, its legend, and the note at the best epoch. */
#include "draw/panel_notes.h"

#include <math.h>
#include <stdio.h>

enum {
    LEGEND = 33,     /* length of a line in the legend: four dashes */
    LEGEND_GAP = 8,  /* between the line and its name */
    LEGEND_NEXT = 22 /* between neighbouring entries */
};

struct box {
    double x, y, w, h;
};

/* Measures how much of the lines runs through a box: counts points at steps of two units along x. */
static int crowding(const struct ln_panel *panel, struct box box) {
    int hits = 0;
    for (int l = 0; l < panel->count; l++)
        for (int e = 1; e <= panel->epochs; e++) {
            double x0, y0, x1, y1;
            if (!ln_panel_point(panel, &panel->lines[l], e, &x0, &y0)) continue;
            if (!ln_panel_point(panel, &panel->lines[l], e + 1, &x1, &y1)) x1 = x0, y1 = y0;
            int parts = (int)((x1 - x0) / 2) + 1;
            for (int i = 0; i <= parts; i++) {
                double px = x0 + (x1 - x0) * i / parts, py = y0 + (y1 - y0) * i / parts;
                hits += px > box.x - 8 && px < box.x + box.w + 8 && py > box.y - 8 && py < box.y + box.h + 8;
            }
        }
    return hits;
}

/* ---- name and legend ----------------------------------------------------------------------------------- */

static struct ln_label legend_label(const struct ln_line *line) {
    return (struct ln_label){
        .text = line->name, .size = 13, .colour = LN_MUTED, .max_width = 160, .down = 0.5};
}

static double legend_width(struct ln_canvas *canvas, const struct ln_line *line) {
    const struct ln_label label = legend_label(line);
    double width, height;
    ln_canvas_measure(canvas, &label, &width, &height);
    return LEGEND + LEGEND_GAP + width;
}

static bool has_legend(const struct ln_line *line) {
    return line->name && line->values;
}

/* Draws a piece of the line, followed by its name. */
static void draw_entry(struct ln_canvas *canvas, const struct ln_panel *panel, const struct ln_line *line,
                       double x, double y) {
    const struct ln_label label = legend_label(line);
    ln_pango.cairo_save(canvas->cr);
    ln_panel_pen(canvas, line);
    ln_pango.cairo_move_to(canvas->cr, x, y);
    ln_pango.cairo_line_to(canvas->cr, x + LEGEND, y);
    ln_pango.cairo_stroke(canvas->cr);
    ln_pango.cairo_restore(canvas->cr);
    if (ln_panel_has_marks(panel, line)) ln_panel_mark(canvas, line, x + LEGEND / 2.0, y);
    ln_canvas_text(canvas, x + LEGEND + LEGEND_GAP, y, &label);
}

/* Above the plot, right-aligned, where no line can run. */
static void legend_in_row(struct ln_canvas *canvas, const struct ln_panel *panel, double y) {
    double right = panel->x.to;
    for (int l = panel->count - 1; l >= 0; l--) {
        const struct ln_line *line = &panel->lines[l];
        if (!has_legend(line)) continue;
        right -= legend_width(canvas, line);
        draw_entry(canvas, panel, line, right, y);
        right -= LEGEND_NEXT;
    }
}

/* One below the other in the corner of the plot that the lines cross least; the upper right corner on a tie.
 */
static void legend_in_corner(struct ln_canvas *canvas, const struct ln_panel *panel, double width,
                             int count) {
    enum { ROW = 20, AIR = 10 };
    struct box best = {0};
    int least = -1;
    for (int i = 0; i < 4; i++) {
        const double h = ROW * count;
        const struct box box = {.x = i & 1 ? panel->x.from + AIR : panel->x.to - AIR - width,
                                .y = i & 2 ? panel->y.from - AIR - h : panel->y.to + AIR,
                                .w = width,
                                .h = h};
        const int hits = crowding(panel, box);
        if (least >= 0 && hits >= least) continue;
        least = hits, best = box;
    }
    ln_canvas_fill(canvas, best.x - AIR / 2.0, best.y, best.w + AIR, best.h, LN_WHITE);
    for (int l = 0, row = 0; l < panel->count; l++)
        if (has_legend(&panel->lines[l]))
            draw_entry(canvas, panel, &panel->lines[l], best.x, best.y + ROW * (row++ + 0.5));
}

void ln_panel_legend(struct ln_canvas *canvas, const struct ln_panel *panel) {
    const struct ln_label name = {.text = panel->name,
                                  .size = 15,
                                  .bold = true,
                                  .max_width = (panel->x.to - panel->x.from) / 2,
                                  .down = 0.5};
    const double y = panel->y.to - LN_PANEL_HEADER + 8;
    double row = 0, widest = 0, named, height;
    int count = 0;
    ln_canvas_text(canvas, panel->x.from, y, &name);
    ln_canvas_measure(canvas, &name, &named, &height);
    for (int l = 0; l < panel->count; l++) {
        if (!has_legend(&panel->lines[l])) continue;
        const double width = legend_width(canvas, &panel->lines[l]);
        row += width + LEGEND_NEXT;
        widest = fmax(widest, width);
        count++;
    }
    if (named + row <= panel->x.to - panel->x.from)
        legend_in_row(canvas, panel, y);
    else
        legend_in_corner(canvas, panel, widest, count);
}

/* ---- the best epoch ------------------------------------------------------------------------------------ */

/* Next to the dotted line of the best epoch, at the one of its four ends that the lines cross least. */
static void draw_note(struct ln_canvas *canvas, const struct ln_panel *panel, double x, const char *text) {
    struct ln_label note = {.text = text, .size = 12, .colour = LN_MUTED};
    double w, h, best_x = x + 8, best_y = panel->y.from - 8;
    ln_canvas_measure(canvas, &note, &w, &h);
    int least = -1;
    for (int i = 0; i < 4; i++) {
        double at_x = i & 1 ? x - 8 - w : x + 8, at_y = i & 2 ? panel->y.to + 8 : panel->y.from - 8 - h;
        if (at_x < panel->x.from + 4 || at_x + w > panel->x.to) continue;
        int hits = crowding(panel, (struct box){at_x, at_y, w, h});
        if (least >= 0 && hits >= least) continue;
        least = hits, best_x = at_x, best_y = at_y;
    }
    if (least < 0) return; /* the text is too long for either side */
    ln_canvas_fill(canvas, best_x - 3, best_y, w + 6, h, LN_WHITE);
    ln_canvas_text(canvas, best_x, best_y, &note);
}

/* NULL: the panel has no lines. */
static const struct ln_line *last_drawn(const struct ln_panel *panel) {
    const struct ln_line *line = NULL;
    for (int l = 0; l < panel->count; l++)
        if (!line || panel->lines[l].values) line = &panel->lines[l];
    return line;
}

void ln_panel_note(struct ln_canvas *canvas, const struct ln_panel *panel, int epoch, const char *text) {
    const struct ln_line *line = last_drawn(panel);
    double x, y;
    if (!line || !ln_panel_point(panel, line, epoch, &x, &y)) return;
    ln_pango.cairo_save(canvas->cr);
    ln_pango.cairo_set_dash(canvas->cr, (const double[]){1.5, 3}, 2, 0);
    ln_canvas_line(canvas, x, panel->y.from, x, panel->y.to, LN_MUTED, 1);
    ln_pango.cairo_restore(canvas->cr);
    ln_pango.cairo_new_path(canvas->cr);
    ln_pango.cairo_arc(canvas->cr, x, y, 7, 0, 2 * M_PI);
    ln_canvas_colour(canvas, LN_INK, 1);
    ln_pango.cairo_set_line_width(canvas->cr, 1.6);
    ln_pango.cairo_stroke(canvas->cr);
    draw_note(canvas, panel, x, text);
}

void ln_panel_best(struct ln_canvas *canvas, const struct ln_panel *panel, int epoch) {
    const struct ln_line *line = last_drawn(panel);
    char text[64];
    double x, y;
    if (!line || !ln_panel_point(panel, line, epoch, &x, &y)) return;
    const double value = line->values[epoch - 1];
    if (panel->unit == 100)
        snprintf(text, sizeof text, "best: epoch %d, %.2f %%", epoch, value * 100);
    else
        snprintf(text, sizeof text, "best: epoch %d, %.4g", epoch, value);
    ln_panel_note(canvas, panel, epoch, text);
}
