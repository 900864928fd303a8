/* Occlusion: how much a logit falls when a part of the picture is hidden. Zeiler and Fergus, "Visualizing and understanding
 * convolutional networks" (2014), section 4.2. The method needs only the network's output.
 *
 * The picture is divided into at most 14 x 14 cells. A square of 2 x 2 cells is replaced by the mean colour of the training images
 * (zero, after normalisation), at every place that touches the picture. A cell's number is the mean fall of the logit over the
 * four squares that cover it; it is negative where hiding the cell raises the logit.
 */
#include "base/alloc.h"
#include "train/explain.h"

#include <string.h>

enum { CELLS = 14 };

struct grid {
    int channels, height, width; /* of the image */
    int rows, columns;           /* cells */
    size_t floats;               /* of an image */
};

static int cells_of(int64_t side) {
    return side < CELLS ? (int)side : CELLS;
}

void ln_occlusion_size(const struct ln_net *net, int *rows, int *columns) {
    *rows = cells_of(net->nodes[0].out.dim[2]);
    *columns = cells_of(net->nodes[0].out.dim[3]);
}

static struct grid grid_of(const struct ln_net *net) {
    const int64_t *dim = net->nodes[0].out.dim;
    struct grid g = {.channels = (int)dim[1], .height = (int)dim[2], .width = (int)dim[3]};
    ln_occlusion_size(net, &g.rows, &g.columns);
    g.floats = (size_t)(dim[1] * dim[2] * dim[3]);
    return g;
}

/* The first pixel of cell `at`, of `cells` cells in `pixels` pixels; clipped to the picture. */
static int edge(int at, int cells, int pixels) {
    return at < 0 ? 0 : at > cells ? pixels : (int)((int64_t)at * pixels / cells);
}

/* Zeroes the 2 x 2 cells from (row, column) on; row and column may be -1. */
static void hide(const struct grid *g, int row, int column, float *image) {
    const int top = edge(row, g->rows, g->height), bottom = edge(row + 2, g->rows, g->height);
    const int left = edge(column, g->columns, g->width), right = edge(column + 2, g->columns, g->width);
    for (int c = 0; c < g->channels; c++)
        for (int y = top; y < bottom; y++)
            memset(image + ((size_t)c * (size_t)g->height + (size_t)y) * (size_t)g->width + left, 0,
                   (size_t)(right - left) * sizeof *image);
}

/* Adds a quarter of the fall to each cell of the square. */
static void add_fall(const struct grid *g, int row, int column, float fall, float *map) {
    for (int y = row; y <= row + 1; y++)
        for (int x = column; x <= column + 1; x++)
            if (y >= 0 && y < g->rows && x >= 0 && x < g->columns) map[y * g->columns + x] += fall / 4;
}

struct work {
    struct grid grid;
    int batch, classes;
    float *images; /* [batch] */
    float *logits; /* [batch][classes] */
};

/* The squares from number `first` on, at most a batch; a row of squares has columns + 1. */
static int hide_some(const struct ln_occlusion *o, const struct work *w, int first, int count, float whole,
                     float *map) {
    const struct grid *g = &w->grid;
    for (int i = 0; i < count; i++) {
        float *image = w->images + (size_t)i * g->floats;
        memcpy(image, o->image, g->floats * sizeof *image);
        hide(g, (first + i) / (g->columns + 1) - 1, (first + i) % (g->columns + 1) - 1, image);
    }
    LN_TRY(ln_infer_run(o->infer, w->images, count, w->logits, NULL));
    for (int i = 0; i < count; i++)
        add_fall(g, (first + i) / (g->columns + 1) - 1, (first + i) % (g->columns + 1) - 1,
                 whole - w->logits[(size_t)i * (size_t)w->classes + (size_t)o->target], map);
    return LINNET_OK;
}

static int hide_all(const struct ln_occlusion *o, const struct work *w, float *map) {
    const struct grid *g = &w->grid;
    const int squares = (g->rows + 1) * (g->columns + 1);
    memset(map, 0, (size_t)g->rows * (size_t)g->columns * sizeof *map);
    memcpy(w->images, o->image, g->floats * sizeof *w->images);
    LN_TRY(ln_infer_run(o->infer, w->images, 1, w->logits, NULL));
    const float whole = w->logits[o->target];
    for (int at = 0; at < squares; at += w->batch) {
        const int count = squares - at < w->batch ? squares - at : w->batch;
        if (o->stop && *o->stop) return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
        LN_TRY(hide_some(o, w, at, count, whole, map));
    }
    return LINNET_OK;
}

int ln_occlusion(const struct ln_occlusion *o, float *map) {
    struct work w = {.grid = grid_of(o->infer->net),
                     .batch = o->infer->opts.batch,
                     .classes = ln_net_classes(o->infer->net)};
    w.images = ln_calloc((size_t)w.batch, w.grid.floats * sizeof *w.images);
    w.logits = ln_calloc((size_t)w.batch, (size_t)w.classes * sizeof *w.logits);
    int status = w.images && w.logits ? hide_all(o, &w, map) : LINNET_ERR_LIMIT;
    ln_free(w.images);
    ln_free(w.logits);
    return status;
}
