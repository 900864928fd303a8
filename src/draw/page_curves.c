/* Curves of a page: loss and accuracy over epochs, each an SVG of its own, so that they stand side by side or one below the
 * other. Training is dashed, validation solid. */
#include "draw/page.h"
#include "draw/panel.h"

#include <math.h>
#include <stdio.h>

/* Units, a tenth of a pixel at natural size. */
enum {
    WIDTH = 5200,
    HEIGHT = 3000,
    LEFT = 560,
    RIGHT = 5080,
    TOP = 420,
    BOTTOM = 2560,
    MARKED_MOST = 30,
    POINTS_MOST = 400
};

static void add_axes(struct ln_text *page, const struct ln_panel *panel) {
    char text[32];
    for (int i = 0; i < ln_axis_ticks(&panel->y); i++) {
        const long y = lround(ln_axis_place(&panel->y, ln_axis_tick(&panel->y, i)));
        ln_axis_text(&panel->y, i, text, sizeof text);
        ln_text_addf(page, "<path class=\"rule\" d=\"M%d %ldH%d\"/>", LEFT, y, RIGHT);
        ln_text_addf(page, "<text x=\"%d\" y=\"%ld\" text-anchor=\"end\">%s</text>", LEFT - 70, y + 40, text);
    }
    for (int i = 0; i < ln_axis_ticks(&panel->x); i++) {
        const long x = lround(ln_axis_place(&panel->x, ln_axis_tick(&panel->x, i)));
        ln_axis_text(&panel->x, i, text, sizeof text);
        ln_text_addf(page, "<text x=\"%ld\" y=\"%d\" text-anchor=\"middle\">%s</text>", x, BOTTOM + 180,
                     text);
    }
    ln_text_addf(page, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">epoch</text>\n", (LEFT + RIGHT) / 2,
                 BOTTOM + 380);
}

/* A missing value ends the line, or is bridged if the line joins gaps. */
static void add_line(struct ln_text *page, const struct ln_panel *panel, const struct ln_line *line,
                     const char *kind) {
    const int stride = (panel->epochs - 1) / POINTS_MOST + 1;
    bool down = false; /* the pen */
    double x, y;
    ln_text_addf(page, "<path class=\"line %s\" d=\"", kind);
    for (int epoch = 1; epoch <= panel->epochs; epoch += stride) {
        const bool there = ln_panel_point(panel, line, epoch, &x, &y);
        if (there) ln_text_addf(page, "%c%ld %ld", down ? 'L' : 'M', lround(x), lround(y));
        down = there || (down && line->joins_gaps && isnan(line->values[epoch - 1]));
    }
    ln_text_add(page, "\"/>\n");
    for (int epoch = 1; epoch <= panel->epochs && panel->epochs <= MARKED_MOST; epoch++)
        if (ln_panel_point(panel, line, epoch, &x, &y))
            ln_text_addf(page, "<circle class=\"dot %s\" cx=\"%ld\" cy=\"%ld\" r=\"36\"/>", kind, lround(x),
                         lround(y));
}

/* A ring around the epoch whose weights were kept. */
static void add_best(struct ln_text *page, const struct ln_panel *panel, const struct ln_line *line,
                     int epoch) {
    double x, y;
    if (epoch < 1 || !line->values || !ln_panel_point(panel, line, epoch, &x, &y)) return;
    ln_text_addf(page, "<circle class=\"best\" cx=\"%ld\" cy=\"%ld\" r=\"80\"><title>", lround(x), lround(y));
    ln_page_textf(page, "epoch %d, whose weights were kept", epoch);
    ln_text_add(page, "</title></circle>\n");
}

static void add_legend(struct ln_text *page, const struct ln_panel *panel) {
    ln_text_addf(page, "<text class=\"name\" x=\"%d\" y=\"180\">", LEFT);
    ln_page_text(page, panel->name);
    ln_text_addf(page,
                 "</text><path class=\"line train\" d=\"M%d 140h300\"/><text x=\"%d\" y=\"180\">train</text>"
                 "<path class=\"line watched\" d=\"M%d 140h300\"/><text x=\"%d\" y=\"180\">",
                 RIGHT - 1980, RIGHT - 1620, RIGHT - 1180, RIGHT - 820);
    ln_page_text(page, panel->lines[1].name);
    ln_text_add(page, "</text>\n");
}

static void add_panel(struct ln_text *page, const struct ln_curves *c, bool accuracy) {
    const struct ln_line lines[] = {
        {.name = "train", .values = accuracy ? c->train_acc : c->train_loss},
        {.name = c->val_name ? c->val_name : "validation",
         .values = accuracy ? c->val_acc : c->val_loss,
         .joins_gaps = true},
    };
    struct ln_panel panel = {.name = accuracy ? "Accuracy, %" : "Loss",
                             .unit = accuracy ? 100 : 1,
                             .epochs = c->epochs,
                             .lines = lines,
                             .count = 2,
                             .x = {.from = LEFT, .to = RIGHT},
                             .y = {.from = BOTTOM, .to = TOP}};
    ln_panel_fit(&panel);
    ln_text_addf(
        page, "<svg class=\"curves\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s of each epoch\">\n",
        WIDTH, HEIGHT, accuracy ? "Accuracy" : "Loss");
    add_axes(page, &panel);
    add_legend(page, &panel);
    for (int i = 0; i < 2; i++)
        if (lines[i].values) add_line(page, &panel, &lines[i], i ? "watched" : "train");
    add_best(page, &panel, &lines[1], c->best_epoch);
    ln_text_add(page, "</svg>\n");
}

void ln_page_curves(struct ln_text *page, const struct ln_curves *curves) {
    ln_text_add(page, "<div class=\"pair\">\n");
    for (int i = 0; i < 2; i++) add_panel(page, curves, i == 1);
    ln_text_add(page, "</div>\n");
}
