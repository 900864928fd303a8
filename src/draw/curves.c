/* results.png: loss on the left, accuracy on the right, over epochs; train dashed and blue with square marks,
 * validation solid and vermilion with round ones, so that the two are told apart in grey print and by every
 * eye.
 */
#include "draw/axis.h"
#include "draw/canvas.h"
#include "draw/draw.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>

enum {
    WIDTH = 1120,
    HEIGHT = 420,
    SCALE = 2,
    MARGIN = 28,        /* around everything, and between the panels' halves */
    HEADER = 30,        /* a panel's name and legend */
    FOOTER = 44,        /* epoch numbers and their name */
    LEGEND = 33,        /* length of a line in the legend: four dashes */
    MARKS_MOST = 30,    /* epochs up to which each point is marked */
    POINTS_MOST = 2000, /* drawn of a line: more than there are pixels */
};
static const double value_most = 1e30; /* what is larger is a diverged run's, and a gap like nan */

struct line {
    const char *name;
    const double *values; /* [epochs]; NULL: no such line */
    int colour;
    bool dashed; /* train: also square, hollow marks */
};

struct panel {
    const char *name;
    double unit; /* a value is drawn `unit` times as large: 100 for per cent */
    int epochs;
    struct line lines[2]; /* train, then what it is watched by, on top */
    struct ln_axis x, y;
};

static bool point(const struct panel *panel, const struct line *line, int epoch, double *x, double *y) {
    if (!line->values || epoch < 1 || epoch > panel->epochs) return false;
    double value = line->values[epoch - 1] * panel->unit;
    if (!(fabs(value) < value_most)) return false;
    *x = ln_axis_place(&panel->x, epoch);
    *y = ln_axis_place(&panel->y, value);
    return true;
}

/* The least and the greatest value; false where there is none. */
static bool value_range(const struct panel *panel, double *min, double *max) {
    *min = INFINITY;
    *max = -INFINITY;
    for (int l = 0; l < 2; l++)
        for (int e = 0; panel->lines[l].values && e < panel->epochs; e++) {
            double value = panel->lines[l].values[e] * panel->unit;
            if (!(fabs(value) < value_most)) continue;
            *min = fmin(*min, value);
            *max = fmax(*max, value);
        }
    return *min <= *max;
}

/* Losses that come near zero are shown from zero; per cents stay within 0 and 100. */
static void fit_values(struct panel *panel, double min, double max) {
    if (min > 0 && min < 0.4 * max && panel->unit == 1) min = 0;
    ln_axis_fit(&panel->y, min, max, 6);
    if (min >= 0) panel->y.low = fmax(panel->y.low, 0);
    if (panel->unit == 100 && max <= 100) panel->y.high = fmin(panel->y.high, 100);
}

static void draw_axes(struct ln_canvas *canvas, const struct panel *panel) {
    char text[32];
    struct ln_label tick = {.text = text, .size = 12, .colour = LN_MUTED};
    for (int i = 0; i < ln_axis_ticks(&panel->y); i++) {
        double y = ln_axis_place(&panel->y, ln_axis_tick(&panel->y, i));
        ln_canvas_line(canvas, panel->x.from, y, panel->x.to, y, LN_RULE, 1);
        ln_axis_text(&panel->y, i, text, sizeof text);
        tick.across = 1, tick.down = 0.5;
        ln_canvas_text(canvas, panel->x.from - 8, y, &tick);
    }
    ln_canvas_line(canvas, panel->x.from, panel->y.from, panel->x.to, panel->y.from, LN_SPINE, 1);
    for (int i = 0; i < ln_axis_ticks(&panel->x); i++) {
        double x = ln_axis_place(&panel->x, ln_axis_tick(&panel->x, i));
        ln_canvas_line(canvas, x, panel->y.from, x, panel->y.from + 4, LN_SPINE, 1);
        ln_axis_text(&panel->x, i, text, sizeof text);
        tick.across = 0.5, tick.down = 0;
        ln_canvas_text(canvas, x, panel->y.from + 7, &tick);
    }
    ln_canvas_text(
        canvas, (panel->x.from + panel->x.to) / 2, panel->y.from + FOOTER,
        &(struct ln_label){.text = "epoch", .size = 13, .colour = LN_MUTED, .across = 0.5, .down = 1});
}

static void draw_mark(struct ln_canvas *canvas, const struct line *line, double x, double y) {
    cairo_t *cr = canvas->cr;
    cairo_new_path(cr);
    if (line->dashed)
        cairo_rectangle(cr, x - 3, y - 3, 6, 6);
    else
        cairo_arc(cr, x, y, 3.5, 0, 2 * M_PI);
    ln_canvas_colour(canvas, line->dashed ? LN_WHITE : line->colour, 1);
    cairo_fill_preserve(cr);
    ln_canvas_colour(canvas, line->colour, 1);
    cairo_set_line_width(cr, 1.5);
    cairo_stroke(cr);
}

static void set_pen(struct ln_canvas *canvas, const struct line *line) {
    ln_canvas_colour(canvas, line->colour, 1);
    cairo_set_line_width(canvas->cr, line->dashed ? 1.8 : 2.2);
    cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(canvas->cr, (const double[]){6, 3}, line->dashed ? 2 : 0, 0);
}

/* The line, broken where a value is missing; marks on every point of few, and always on one between two gaps.
 */
static void draw_line(struct ln_canvas *canvas, const struct panel *panel, const struct line *line) {
    int stride = (panel->epochs - 1) / POINTS_MOST + 1;
    double x, y;
    cairo_save(canvas->cr);
    set_pen(canvas, line);
    cairo_new_path(canvas->cr);
    for (int e = 1, down = false; e <= panel->epochs; e += stride) {
        if (!point(panel, line, e, &x, &y))
            down = false;
        else if (!down)
            cairo_move_to(canvas->cr, x, y), down = true;
        else
            cairo_line_to(canvas->cr, x, y);
    }
    cairo_stroke(canvas->cr);
    cairo_restore(canvas->cr);
    for (int e = 1; e <= panel->epochs; e += stride) {
        double ox, oy;
        bool alone = !point(panel, line, e - stride, &ox, &oy) && !point(panel, line, e + stride, &ox, &oy);
        if ((alone || panel->epochs <= MARKS_MOST) && point(panel, line, e, &x, &y))
            draw_mark(canvas, line, x, y);
    }
}

/* Name on the left, legend on the right, both above the plot where no line can run. */
static void draw_header(struct ln_canvas *canvas, const struct panel *panel) {
    double y = panel->y.to - HEADER + 8, right = panel->x.to, width, height;
    ln_canvas_text(canvas, panel->x.from, y,
                   &(struct ln_label){.text = panel->name, .size = 15, .bold = true, .down = 0.5});
    for (int l = 1; l >= 0; l--) {
        const struct line *line = &panel->lines[l];
        if (!line->values) continue;
        struct ln_label name = {
            .text = line->name, .size = 13, .colour = LN_MUTED, .max_width = 160, .across = 1, .down = 0.5};
        ln_canvas_measure(canvas, &name, &width, &height);
        ln_canvas_text(canvas, right, y, &name);
        right -= width + 8 + LEGEND;
        cairo_save(canvas->cr);
        set_pen(canvas, line);
        cairo_move_to(canvas->cr, right, y);
        cairo_line_to(canvas->cr, right + LEGEND, y);
        cairo_stroke(canvas->cr);
        cairo_restore(canvas->cr);
        if (panel->epochs <= MARKS_MOST) draw_mark(canvas, line, right + LEGEND / 2.0, y);
        right -= 22;
    }
}

/* How much of the lines runs through a box: counts points at steps of two units along x. */
static int crowding(const struct panel *panel, double x, double y, double w, double h) {
    int hits = 0;
    for (int l = 0; l < 2; l++)
        for (int e = 1; e <= panel->epochs; e++) {
            double x0, y0, x1, y1;
            if (!point(panel, &panel->lines[l], e, &x0, &y0)) continue;
            if (!point(panel, &panel->lines[l], e + 1, &x1, &y1)) x1 = x0, y1 = y0;
            int parts = (int)((x1 - x0) / 2) + 1;
            for (int i = 0; i <= parts; i++) {
                double px = x0 + (x1 - x0) * i / parts, py = y0 + (y1 - y0) * i / parts;
                hits += px > x - 8 && px < x + w + 8 && py > y - 8 && py < y + h + 8;
            }
        }
    return hits;
}

/* Beside the dotted line of the best epoch, at whichever of its four ends is least in the way. */
static void draw_note(struct ln_canvas *canvas, const struct panel *panel, double x, const char *text) {
    struct ln_label note = {.text = text, .size = 12, .colour = LN_MUTED};
    double w, h, best_x = x + 8, best_y = panel->y.from - 8;
    ln_canvas_measure(canvas, &note, &w, &h);
    int least = -1;
    for (int i = 0; i < 4; i++) {
        double at_x = i & 1 ? x - 8 - w : x + 8, at_y = i & 2 ? panel->y.to + 8 : panel->y.from - 8 - h;
        if (at_x < panel->x.from + 4 || at_x + w > panel->x.to) continue;
        int hits = crowding(panel, at_x, at_y, w, h);
        if (least >= 0 && hits >= least) continue;
        least = hits, best_x = at_x, best_y = at_y;
    }
    if (least < 0) return; /* a name too long for either side */
    ln_canvas_fill(canvas, best_x - 3, best_y, w + 6, h, LN_WHITE);
    ln_canvas_text(canvas, best_x, best_y, &note);
}

static void draw_best(struct ln_canvas *canvas, const struct panel *panel, int epoch) {
    const struct line *line = &panel->lines[panel->lines[1].values ? 1 : 0];
    double x, y;
    if (!point(panel, line, epoch, &x, &y)) return;
    cairo_save(canvas->cr);
    cairo_set_dash(canvas->cr, (const double[]){1.5, 3}, 2, 0);
    ln_canvas_line(canvas, x, panel->y.from, x, panel->y.to, LN_MUTED, 1);
    cairo_restore(canvas->cr);
    cairo_new_path(canvas->cr);
    cairo_arc(canvas->cr, x, y, 7, 0, 2 * M_PI);
    ln_canvas_colour(canvas, LN_INK, 1);
    cairo_set_line_width(canvas->cr, 1.6);
    cairo_stroke(canvas->cr);
    char text[64];
    double value = line->values[epoch - 1];
    if (panel->unit == 100)
        snprintf(text, sizeof text, "best: epoch %d, %.2f %%", epoch, value * 100);
    else
        snprintf(text, sizeof text, "best: epoch %d, %.4g", epoch, value);
    draw_note(canvas, panel, x, text);
}

static void draw_panel(struct ln_canvas *canvas, struct panel *panel, int best_epoch) {
    double min, max;
    bool any = value_range(panel, &min, &max);
    fit_values(panel, any ? min : 0, any ? max : panel->unit);
    double air =
        panel->epochs > 1 ? 0.025 * (panel->epochs - 1) : 0.5; /* first and last point off the edges */
    panel->x.low = fmax(1 - air, 0.5);                         /* there is no epoch 0 */
    panel->x.high = panel->epochs + air;
    panel->x.step = fmax(1, ln_axis_step(panel->x.high - panel->x.low, 11));
    draw_axes(canvas, panel);
    draw_header(canvas, panel);
    if (!any)
        ln_canvas_text(
            canvas, (panel->x.from + panel->x.to) / 2, (panel->y.from + panel->y.to) / 2,
            &(struct ln_label){
                .text = "no finite value", .size = 13, .colour = LN_MUTED, .across = 0.5, .down = 0.5});
    draw_best(canvas, panel, best_epoch);
    for (int l = 0; l < 2; l++) draw_line(canvas, panel, &panel->lines[l]);
}

static void draw_all(struct ln_canvas *canvas, const struct ln_curves *curves) {
    const char *watched = curves->val_name ? curves->val_name : "validation";
    bool titled = curves->title && *curves->title;
    double top = MARGIN + (titled ? 30 : 0);
    if (titled)
        ln_canvas_text(canvas, WIDTH / 2.0, MARGIN - 8,
                       &(struct ln_label){.text = curves->title,
                                          .size = 19,
                                          .bold = true,
                                          .max_width = WIDTH - 2 * MARGIN,
                                          .across = 0.5});
    for (int i = 0; i < 2; i++) {
        const double *train = i ? curves->train_acc : curves->train_loss,
                     *val = i ? curves->val_acc : curves->val_loss;
        struct panel panel = {
            .name = i ? "Accuracy (%)" : "Loss",
            .unit = i ? 100 : 1,
            .epochs = curves->epochs,
            .lines = {{.name = "train", .values = train, .colour = LN_BLUE, .dashed = true},
                      {.name = watched, .values = val, .colour = LN_VERMILION}},
            .x = {.from = i * WIDTH / 2.0 + MARGIN + 40, .to = (i + 1) * WIDTH / 2.0 - MARGIN},
            .y = {.from = HEIGHT - MARGIN + 8 - FOOTER, .to = top + HEADER},
        };
        draw_panel(canvas, &panel, curves->best_epoch);
    }
}

int ln_draw_curves(const char *path, const struct ln_curves *curves) {
    if (curves->epochs < 1)
        return ln_fail(LINNET_ERR_USAGE, "draw-empty", "%s: curves of %d epochs; at least 1", path,
                       curves->epochs);
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    int status = ln_canvas_begin(&canvas, WIDTH, HEIGHT, SCALE);
    if (!status) draw_all(&canvas, curves);
    if (!status) status = ln_canvas_write(&canvas, path);
    ln_canvas_fini(&canvas);
    return status;
}
