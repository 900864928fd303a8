/* Predictions as a picture: each image under its own prediction. The pixels of an image are valid only while
 * it is told, so a small copy is kept.
 */
#include "predict_sink.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

enum { CELLS_MOST = 200, SIDE_MOST = 256 };

/* Every pixel of out is the mean of a square of `by` x `by`. */
static void shrink(const unsigned char *in, int width, int by, unsigned char *out, int out_width,
                   int out_height) {
    for (int y = 0; y < out_height; y++)
        for (int x = 0; x < out_width; x++)
            for (int c = 0; c < 3; c++) {
                unsigned long sum = 0;
                for (int dy = 0; dy < by; dy++)
                    for (int dx = 0; dx < by; dx++)
                        sum += in[3 * ((size_t)(y * by + dy) * (size_t)width + (size_t)(x * by + dx)) +
                                  (size_t)c];
                *out++ = (unsigned char)(sum / ((unsigned long)by * (unsigned long)by));
            }
}

static bool cell_fill(const struct cli_sink_state *s, const struct linnet_prediction *p,
                      struct linnet_grid_cell *cell) {
    int longer = p->width > p->height ? p->width : p->height, shorter = p->width + p->height - longer;
    int by = (longer + SIDE_MOST - 1) / SIDE_MOST;
    if (by > shorter) by = shorter;
    int width = p->width / by, height = p->height / by;
    unsigned char *pixels = malloc(3 * (size_t)width * (size_t)height);
    char title[CLI_SHOWN], percent[CLI_NUMBER];
    snprintf(title, sizeof title, "%s %s", linnet_model_class_name(s->model, p->order[0]),
             cli_text_percent((double)p->probabilities[p->order[0]], percent));
    char *kept = strdup(title);
    *cell = (struct linnet_grid_cell){.pixels = pixels, .width = width, .height = height, .title = kept};
    if (pixels && kept) shrink(p->pixels, p->width, by, pixels, width, height);
    return pixels && kept;
}

static int grid_begin(struct cli_sink_state *s) {
    s->cells = calloc(CELLS_MOST, sizeof *s->cells);
    return s->cells ? LINNET_OK
                    : cli_fail(LINNET_ERR_LIMIT, "no memory for a grid of %d pictures", CELLS_MOST);
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
    if (s->failed) return cli_fail(LINNET_ERR_LIMIT, "no memory for the grid's pictures");
    if (!s->count) return LINNET_OK;
    if (s->left_out)
        cli_warn("%s: the first %zu of %zu pictures", cli_text_printable(s->opts->path, shown), s->count,
                 s->count + s->left_out);
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
