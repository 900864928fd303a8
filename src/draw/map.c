/* A map: points in the plane, in the colour and form of their class, and a legend. Few points are drawn large, many small and
 * translucent, so that crowds stay visible. */
#include "draw/axis.h"
#include "draw/canvas.h"
#include "draw/draw.h"

#include <math.h>

enum {
    WIDTH = 840,
    HEIGHT = 620,
    SCALE = 2,
    MARGIN = 28,
    LEFT = 52, /* values at the ticks, and the axis name */
    FOOT = 48,
    HEAD = 34,
    LEGEND = 170, /* width of the legend */
    ENTRIES = 24, /* classes in it */
    STEPS = 7,
};

/* The first six are from Okabe and Ito, "Color Universal Design" (2008), whose yellow is too pale on white; four more of other
 * lightness follow. With four forms there are 40 different marks. */
static const int colours[] = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0x56b4e9,
                              0xe69f00, 0x6a3d9a, 0x7a4a1f, 0x9db000, 0x6b6f75};
enum { COLOURS = sizeof colours / sizeof *colours, FORMS = 4 };

struct sheet {
    const struct linnet_map_opts *map;
    struct ln_canvas canvas;
    struct ln_axis x, y;
    double radius, opacity;
};

static int check(const char *path, const struct linnet_map_opts *map) {
    if (map->count < 1 || map->classes < 1)
        return ln_fail(LINNET_ERR_USAGE, "draw-empty",
                       "%s: %lld points of %d classes; needs at least one of each", path,
                       (long long)map->count, map->classes);
    for (int64_t i = 0; i < map->count; i++)
        if (map->labels[i] < 0 || map->labels[i] >= map->classes)
            return ln_fail(LINNET_ERR_USAGE, "draw-label", "%s: label %d of point %lld; must be 0 to %d",
                           path, map->labels[i], (long long)i, map->classes - 1);
    return LINNET_OK;
}

static bool is_shown(const struct linnet_map_opts *map, int64_t i) {
    return isfinite(map->places[2 * i]) && isfinite(map->places[2 * i + 1]);
}

static void fit_axis(struct sheet *s, struct ln_axis *axis, int which) {
    double min = INFINITY, max = -INFINITY;
    for (int64_t i = 0; i < s->map->count; i++) {
        if (!is_shown(s->map, i)) continue;
        min = fmin(min, s->map->places[2 * i + which]);
        max = fmax(max, s->map->places[2 * i + which]);
    }
    if (min > max) min = max = 0;
    ln_axis_fit(axis, min, max, STEPS);
}

static void fit(struct sheet *s) {
    const double n = (double)s->map->count;
    s->x = (struct ln_axis){.from = MARGIN + LEFT, .to = WIDTH - MARGIN - LEGEND};
    s->y = (struct ln_axis){.from = HEIGHT - MARGIN - FOOT, .to = MARGIN + (s->map->title ? HEAD : 0)};
    fit_axis(s, &s->x, 0);
    fit_axis(s, &s->y, 1);
    s->radius = fmin(6, fmax(1.2, 70 / sqrt(n)));
    s->opacity = fmin(0.9, fmax(0.35, 20 / sqrt(n)));
}

/* A disc, a square, a triangle or a diamond, of about the same area. */
static void draw_mark(struct sheet *s, int label, double x, double y, double r, double opacity) {
    cairo_t *cr = s->canvas.cr;
    const double a = 0.9 * r, b = 1.3 * r;
    ln_canvas_colour(&s->canvas, colours[label % COLOURS], opacity);
    ln_pango.cairo_new_path(cr);
    switch (label / COLOURS % FORMS) {
    case 0: ln_pango.cairo_arc(cr, x, y, r, 0, 2 * M_PI); break;
    case 1: ln_pango.cairo_rectangle(cr, x - a, y - a, 2 * a, 2 * a); break;
    case 2:
        ln_pango.cairo_move_to(cr, x, y - b);
        ln_pango.cairo_line_to(cr, x + b, y + a);
        ln_pango.cairo_line_to(cr, x - b, y + a);
        break;
    default:
        ln_pango.cairo_move_to(cr, x, y - b);
        ln_pango.cairo_line_to(cr, x + b, y);
        ln_pango.cairo_line_to(cr, x, y + b);
        ln_pango.cairo_line_to(cr, x - b, y);
    }
    ln_pango.cairo_fill(cr);
}

static void draw_axes(struct sheet *s) {
    char text[32];
    struct ln_label tick = {.text = text, .size = 12, .colour = LN_MUTED, .across = 1, .down = 0.5};
    for (int i = 0; i < ln_axis_ticks(&s->y); i++) {
        const double y = ln_axis_place(&s->y, ln_axis_tick(&s->y, i));
        ln_canvas_line(&s->canvas, s->x.from, y, s->x.to, y, LN_RULE, 1);
        ln_axis_text(&s->y, i, text, sizeof text);
        ln_canvas_text(&s->canvas, s->x.from - 8, y, &tick);
    }
    tick.across = 0.5;
    tick.down = 0;
    for (int i = 0; i < ln_axis_ticks(&s->x); i++) {
        const double x = ln_axis_place(&s->x, ln_axis_tick(&s->x, i));
        ln_canvas_line(&s->canvas, x, s->y.from, x, s->y.to, LN_RULE, 1);
        ln_axis_text(&s->x, i, text, sizeof text);
        ln_canvas_text(&s->canvas, x, s->y.from + 7, &tick);
    }
}

static void draw_names(struct sheet *s) {
    const double middle = (s->x.from + s->x.to) / 2, centre = (s->y.from + s->y.to) / 2;
    ln_canvas_text(
        &s->canvas, middle, HEIGHT - MARGIN + 6,
        &(struct ln_label){.text = s->map->x_name, .size = 13, .colour = LN_MUTED, .across = 0.5, .down = 1});
    ln_canvas_text(
        &s->canvas, MARGIN - 8, centre,
        &(struct ln_label){
            .text = s->map->y_name, .size = 13, .colour = LN_MUTED, .across = 0.5, .degrees = -90});
    ln_canvas_text(
        &s->canvas, s->x.from, MARGIN - 8,
        &(struct ln_label){
            .text = s->map->title, .size = 17, .bold = true, .max_width = WIDTH - 2 * MARGIN - LEFT});
}

/* Data sets list one class after the other, so points are drawn in steps through the list: no class covers the others. */
static void draw_points(struct sheet *s) {
    const int64_t n = s->map->count, step = (int64_t)ceil(sqrt((double)n));
    for (int64_t first = 0; first < step; first++)
        for (int64_t i = first; i < n; i += step)
            if (is_shown(s->map, i))
                draw_mark(s, s->map->labels[i], ln_axis_place(&s->x, s->map->places[2 * i]),
                          ln_axis_place(&s->y, s->map->places[2 * i + 1]), s->radius, s->opacity);
}

static void draw_legend(struct sheet *s) {
    const struct linnet_map_opts *map = s->map;
    const double x = s->x.to + 28;
    char text[64];
    struct ln_label name = {.size = 13, .max_width = LEGEND - 44, .down = 0.5};
    double y = s->y.to + 8;
    for (int i = 0; i < map->classes && i < ENTRIES; i++, y += 21) {
        draw_mark(s, i, x, y, 5, 1);
        snprintf(text, sizeof text, "%d", i);
        name.text = map->class_names ? map->class_names[i] : text;
        ln_canvas_text(&s->canvas, x + 14, y, &name);
    }
    if (map->classes <= ENTRIES) return;
    snprintf(text, sizeof text, "and %d more", map->classes - ENTRIES);
    name.text = text;
    name.colour = LN_MUTED;
    ln_canvas_text(&s->canvas, x + 14, y, &name);
}

int ln_draw_map(const char *path, const struct linnet_map_opts *map) {
    LN_TRY(check(path, map));
    struct sheet sheet = {.map = map};
    fit(&sheet);
    ln_canvas_init(&sheet.canvas);
    int status = ln_canvas_begin(&sheet.canvas, WIDTH, HEIGHT, SCALE);
    if (!status) {
        draw_axes(&sheet);
        draw_points(&sheet);
        draw_names(&sheet);
        draw_legend(&sheet);
        status = ln_canvas_write(&sheet.canvas, path);
    }
    ln_canvas_fini(&sheet.canvas);
    return status;
}
