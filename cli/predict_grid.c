/* Predictions as one picture: a grid of images, each titled with its prediction. Cells are copied and drawn at the end,
 * because a prediction's pixels are valid only during the callback. */
#include "predict_sink.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

enum { CELLS_MOST = 200 }; /* 40 MB at CLI_PICTURE pixels; a larger grid would be hard to read */

/* False if memory ran out. Sets the cell in any case, so that grid_end() can free it. */
static bool cell_fill(const struct cli_sink_state *s, const struct linnet_prediction *p,
                      struct linnet_grid_cell *cell) {
    const size_t bytes = 3 * (size_t)p->picture_width * (size_t)p->picture_height;
    unsigned char *pixels = malloc(bytes);
    char title[CLI_SHOWN], percent[CLI_NUMBER];
    snprintf(title, sizeof title, "%s %s", cli_predict_name(s, p),
             cli_text_percent((double)p->probabilities[p->order[0]], percent));
    char *kept = strdup(title);
    *cell = (struct linnet_grid_cell){
        .pixels = pixels, .width = p->picture_width, .height = p->picture_height, .title = kept};
    if (pixels) memcpy(pixels, p->picture, bytes);
    return pixels && kept;
}

static int grid_begin(struct cli_sink_state *s) {
    s->cells = calloc(CELLS_MOST, sizeof *s->cells);
    return s->cells ? LINNET_OK
                    : cli_fail(LINNET_ERR_LIMIT, "out of memory for a grid of %d pictures", CELLS_MOST);
}

static void grid_put(struct cli_sink_state *s, const struct linnet_prediction *p) {
    if (p->status) return;
    if (s->count == CELLS_MOST) {
        s->left_out++;
        return;
    }
    if (!cell_fill(s, p, &s->cells[s->count++])) s->failed = true;
}

static int grid_draw(const struct cli_sink_state *s) {
    char shown[CLI_SHOWN];
    if (s->failed) return cli_fail(LINNET_ERR_LIMIT, "out of memory for the pictures of the grid");
    /* No picture could be read, which was reported on stderr: an empty PNG would be useless. */
    if (!s->count) return LINNET_OK;
    if (s->left_out)
        cli_warn("%s: shows only the first %zu of %zu pictures", cli_text_printable(s->opts->path, shown),
                 s->count, s->count + s->left_out);
    int status = linnet_draw_grid(s->opts->path, s->cells, s->count, s->opts->columns, NULL);
    return status ? cli_fail_library(status) : LINNET_OK;
}

static int grid_end(struct cli_sink_state *s, bool good) {
    int status = good ? grid_draw(s) : LINNET_OK;
    for (size_t i = 0; i < s->count; i++) {
        free((void *)s->cells[i].pixels);
        free((void *)s->cells[i].title);
    }
    free(s->cells);
    return status;
}

const struct cli_sink cli_sink_grid = {grid_begin, grid_put, grid_end};
