/* results.png: loss on the left and accuracy on the right, over epochs. Training is dashed and blue with
 * square marks, validation solid and vermilion with round marks, so that the lines can be told apart in grey
 * print and with colour vision deficiency. */
#include "draw/draw.h"
#include "draw/panel_notes.h"

enum {
    WIDTH = 1120,
    HEIGHT = 420,
    SCALE = 2,
    MARGIN = 28, /* around the sheet and between the panels */
};

static void draw_half(struct ln_canvas *canvas, const struct ln_curves *curves, double top, int half) {
    const struct ln_line lines[] = {
        {.name = "train",
         .values = half ? curves->train_acc : curves->train_loss,
         .colour = LN_BLUE,
         .style = LN_LINE_DASHED},
        {.name = curves->val_name ? curves->val_name : "validation",
         .values = half ? curves->val_acc : curves->val_loss,
         .colour = LN_VERMILION,
         .joins_gaps = true}, /* validation may be evaluated after some of the epochs only */
    };
    struct ln_panel panel = {
        .name = half ? "Accuracy (%)" : "Loss",
        .unit = half ? 100 : 1,
        .epochs = curves->epochs,
        .lines = lines,
        .count = 2,
        .x = {.from = half * WIDTH / 2.0 + MARGIN + LN_PANEL_LEFT, .to = (half + 1) * WIDTH / 2.0 - MARGIN},
        .y = {.from = HEIGHT - MARGIN + 8 - LN_PANEL_FOOTER, .to = top + LN_PANEL_HEADER},
    };
    ln_panel_fit(&panel);
    ln_panel_axes(canvas, &panel);
    ln_panel_legend(canvas, &panel);
    ln_panel_best(canvas, &panel, curves->best_epoch);
    ln_panel_lines(canvas, &panel);
}

static void draw_all(struct ln_canvas *canvas, const struct ln_curves *curves) {
    bool titled = curves->title && *curves->title;
    double top = MARGIN + (titled ? 30 : 0);
    if (titled)
        ln_canvas_text(canvas, WIDTH / 2.0, MARGIN - 8,
                       &(struct ln_label){.text = curves->title,
                                          .size = 19,
                                          .bold = true,
                                          .max_width = WIDTH - 2 * MARGIN,
                                          .across = 0.5});
    for (int half = 0; half < 2; half++) draw_half(canvas, curves, top, half);
}

int ln_draw_curves(const char *path, const struct ln_curves *curves) {
    if (curves->epochs < 1)
        return ln_fail(LINNET_ERR_USAGE, "draw-empty", "%s: curves need at least 1 epoch, got %d", path,
                       curves->epochs);
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    int status = ln_canvas_begin(&canvas, WIDTH, HEIGHT, SCALE);
    if (!status) draw_all(&canvas, curves);
    if (!status) status = ln_canvas_write(&canvas, path);
    ln_canvas_fini(&canvas);
    return status;
}
