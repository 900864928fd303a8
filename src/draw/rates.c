/* The loss over learning rates, which grow by a constant factor from point to point. */
#include "draw/draw.h"
#include "draw/panel_notes.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 760, HEIGHT = 420, SCALE = 2, MARGIN = 28 };

/* The plot shows the curve before it diverges; the end of the curve leaves the plot. */
static double upper_end(const struct ln_rates *r) {
    double low = INFINITY, first = r->smooth[0];
    for (int i = 0; i < r->count; i++) low = fmin(low, r->smooth[i]);
    return first + 0.5 * (first - low) + 0.1 * fabs(first);
}

static void draw(struct ln_canvas *canvas, const struct ln_rates *r) {
    const struct ln_line lines[] = {
        {.name = "loss of a batch", .values = r->losses, .colour = LN_SPINE, .style = LN_LINE_THIN},
        {.name = "smoothed", .values = r->smooth, .colour = LN_BLUE, .style = LN_LINE_BOLD}};
    struct ln_panel panel = {
        .name = "Loss",
        .unit = 1,
        .epochs = r->count,
        .lines = lines,
        .count = 2,
        .x_name = "learning rate",
        .x_first = r->first,
        .x_ratio = r->ratio,
        .x = {.from = MARGIN + LN_PANEL_LEFT, .to = WIDTH - MARGIN},
        .y = {.from = HEIGHT - MARGIN + 8 - LN_PANEL_FOOTER, .to = MARGIN + 30 + LN_PANEL_HEADER}};
    const struct ln_label title = {
        .text = r->title, .size = 19, .bold = true, .max_width = WIDTH - 2 * MARGIN, .across = 0.5};
    double min, max;
    char note[64];
    ln_panel_fit(&panel);
    if (ln_panel_range(&panel, &min, &max)) ln_panel_fit_values(&panel, min, fmin(max, upper_end(r)));
    ln_canvas_text(canvas, WIDTH / 2.0, MARGIN - 8, &title);
    ln_panel_axes(canvas, &panel);
    ln_panel_legend(canvas, &panel);
    ln_panel_lines(canvas, &panel);
    if (r->suggested < 1) return;
    snprintf(note, sizeof note, "steepest: %.2g", r->first * pow(r->ratio, r->suggested - 1));
    ln_panel_note(canvas, &panel, r->suggested, note);
}

int ln_draw_rates(const char *path, const struct ln_rates *rates) {
    struct ln_canvas canvas;
    if (rates->count < 1)
        return ln_fail(LINNET_ERR_USAGE, "draw-empty", "%s: no learning rates to draw", path);
    ln_canvas_init(&canvas);
    int status = ln_canvas_begin(&canvas, WIDTH, HEIGHT, SCALE);
    if (!status) draw(&canvas, rates);
    if (!status) status = ln_canvas_write(&canvas, path);
    ln_canvas_fini(&canvas);
    return status;
}
