/* Lines over epochs in panels side by side, with a common scale. */
#include "draw/draw.h"
#include "draw/panel_notes.h"

#include <math.h>

enum {
    PANEL = 560, /* width of a panel */
    HEIGHT = 420,
    SCALE = 2,
    MARGIN = 28, /* around the sheet and between the panels */
    PANELS_MOST = 4,
    LINES_MOST = 16, /* per panel */
};

static const int colours[] = {LN_BLUE, LN_VERMILION, LN_GREEN, LN_INK};
enum { COLOURS = sizeof colours / sizeof *colours };

struct sheet {
    struct ln_panel panels[PANELS_MOST];
    struct ln_line lines[PANELS_MOST][LINES_MOST];
    int count;
};

static int check(const char *path, const struct linnet_panel *panels, size_t count) {
    if (count < 1 || count > PANELS_MOST)
        return ln_fail(LINNET_ERR_USAGE, "draw-panels", "%s: %zu panels; must be 1 to %d", path, count,
                       PANELS_MOST);
    for (size_t i = 0; i < count; i++) {
        if (panels[i].epochs < 1)
            return ln_fail(LINNET_ERR_USAGE, "draw-empty", "%s: panel %zu has %d epochs; needs at least 1",
                           path, i + 1, panels[i].epochs);
        if (panels[i].count < 1 || panels[i].count > LINES_MOST)
            return ln_fail(LINNET_ERR_USAGE, "draw-empty", "%s: panel %zu has %zu lines; must be 1 to %d",
                           path, i + 1, panels[i].count, LINES_MOST);
        for (size_t l = 0; l < panels[i].count; l++)
            if (panels[i].lines[l].colour < 0 || panels[i].lines[l].colour >= COLOURS)
                return ln_fail(LINNET_ERR_USAGE, "draw-colour", "%s: colour %d; must be 0 to %d", path,
                               panels[i].lines[l].colour, COLOURS - 1);
    }
    return LINNET_OK;
}

static void take_panel(struct sheet *sheet, const struct linnet_panel *from, bool percent, double top) {
    struct ln_line *lines = sheet->lines[sheet->count];
    const double left = sheet->count * (double)PANEL;
    for (size_t l = 0; l < from->count; l++)
        lines[l] = (struct ln_line){.name = from->lines[l].name,
                                    .values = from->lines[l].values,
                                    .colour = colours[from->lines[l].colour],
                                    .style = from->lines[l].thin ? LN_LINE_THIN : LN_LINE_BOLD};
    sheet->panels[sheet->count++] = (struct ln_panel){
        .name = from->name,
        .unit = percent ? 100 : 1,
        .epochs = from->epochs,
        .lines = lines,
        .count = (int)from->count,
        .x = {.from = left + MARGIN + LN_PANEL_LEFT, .to = left + PANEL - MARGIN},
        .y = {.from = HEIGHT - MARGIN + 8 - LN_PANEL_FOOTER, .to = top + LN_PANEL_HEADER},
    };
}

/* Fits one common scale to the values of all panels. */
static void fit(struct sheet *sheet, double high) {
    double min = INFINITY, max = -INFINITY, low, most;
    for (int i = 0; i < sheet->count; i++)
        if (ln_panel_range(&sheet->panels[i], &low, &most)) min = fmin(min, low), max = fmax(max, most);
    for (int i = 0; i < sheet->count; i++) {
        struct ln_panel *panel = &sheet->panels[i];
        ln_panel_fit(panel);
        if (min <= max) ln_panel_fit_values(panel, min, high > min ? high : max);
    }
}

static void draw_all(struct ln_canvas *canvas, const struct sheet *sheet, const char *title) {
    const struct ln_label label = {
        .text = title, .size = 19, .bold = true, .max_width = canvas->width - 2 * MARGIN, .across = 0.5};
    if (title) ln_canvas_text(canvas, canvas->width / 2, MARGIN - 8, &label);
    for (int i = 0; i < sheet->count; i++) {
        ln_panel_axes(canvas, &sheet->panels[i]);
        ln_panel_legend(canvas, &sheet->panels[i]);
        ln_panel_lines(canvas, &sheet->panels[i]);
    }
}

int ln_draw_lines(const char *path, const struct linnet_panel *panels, size_t count,
                  const struct linnet_lines_opts *opts) {
    LN_TRY(check(path, panels, count));
    const double unit = opts->percent ? 100 : 1, top = MARGIN + (opts->title ? 30 : 0);
    struct sheet sheet = {.count = 0};
    struct ln_canvas canvas;
    for (size_t i = 0; i < count; i++) take_panel(&sheet, &panels[i], opts->percent, top);
    fit(&sheet, opts->high * unit);
    ln_canvas_init(&canvas);
    int status = ln_canvas_begin(&canvas, (double)PANEL * sheet.count, HEIGHT, SCALE);
    if (!status) draw_all(&canvas, &sheet, opts->title);
    if (!status) status = ln_canvas_write(&canvas, path);
    ln_canvas_fini(&canvas);
    return status;
}
