/* Max and average pooling: the window of output (i, j) begins at row i*stride - pad and has `kernel` rows,
 * and likewise for columns; cells outside the input are ignored. */
#include "ref/ref.h"

#include <string.h>

/* The window along one axis: [from, to) inside the input; `cells` also counts padding, but not cells beyond
 * it. */
struct extent {
    int from, to, cells;
};

static struct extent extent_of(const struct ref_window *v, int axis, int i, int size) {
    int start = i * v->stride[axis] - v->padding[axis], end = start + v->kernel[axis];
    int limit = size + v->padding[axis];
    struct extent e = {start < 0 ? 0 : start, end > size ? size : end, (end > limit ? limit : end) - start};
    return e;
}

typedef void window_fn(const struct ref_pool *d, int64_t plane, struct extent rows, struct extent columns,
                       int64_t y, void *arg);

static void windows_visit(const struct ref_pool *d, window_fn *visit, void *arg) {
    for (int64_t plane = 0; plane < (int64_t)d->n * d->c; plane++)
        for (int i = 0; i < d->p; i++)
            for (int j = 0; j < d->q; j++)
                visit(d, plane * d->h * d->w, extent_of(&d->window, 0, i, d->h),
                      extent_of(&d->window, 1, j, d->w), (plane * d->p + i) * d->q + j, arg);
}

struct pass {
    const double *x, *dy;
    double *y, *dx;
};

/* The index of the maximum; the first one on a tie. */
static int64_t largest(const struct ref_pool *d, const double *x, int64_t plane, struct extent rows,
                       struct extent columns) {
    int64_t best = plane + (int64_t)rows.from * d->w + columns.from;
    for (int r = rows.from; r < rows.to; r++)
        for (int c = columns.from; c < columns.to; c++)
            if (x[plane + (int64_t)r * d->w + c] > x[best]) best = plane + (int64_t)r * d->w + c;
    return best;
}

static void max_window(const struct ref_pool *d, int64_t plane, struct extent rows, struct extent columns,
                       int64_t y, void *arg) {
    const struct pass *p = arg;
    int64_t at = largest(d, p->x, plane, rows, columns);
    if (p->y) p->y[y] = p->x[at];
    if (p->dx) p->dx[at] += p->dy[y];
}

static void average_window(const struct ref_pool *d, int64_t plane, struct extent rows, struct extent columns,
                           int64_t y, void *arg) {
    const struct pass *p = arg;
    double cells =
        d->count_pad ? rows.cells * columns.cells : (rows.to - rows.from) * (columns.to - columns.from);
    if (p->y) p->y[y] = 0;
    for (int r = rows.from; r < rows.to; r++)
        for (int c = columns.from; c < columns.to; c++) {
            int64_t at = plane + (int64_t)r * d->w + c;
            if (p->y) p->y[y] += p->x[at] / cells;
            if (p->dx) p->dx[at] += p->dy[y] / cells;
        }
}

static void clear(const struct ref_pool *d, double *dx) {
    memset(dx, 0, sizeof *dx * (size_t)((int64_t)d->n * d->c * d->h * d->w));
}

void ref_maxpool_forward(const struct ref_pool *d, const double *x, double *y) {
    windows_visit(d, max_window, &(struct pass){.x = x, .y = y});
}

void ref_maxpool_backward(const struct ref_pool *d, const double *x, const double *dy, double *dx) {
    clear(d, dx);
    windows_visit(d, max_window, &(struct pass){.x = x, .dy = dy, .dx = dx});
}

void ref_avgpool_forward(const struct ref_pool *d, const double *x, double *y) {
    windows_visit(d, average_window, &(struct pass){.x = x, .y = y});
}

void ref_avgpool_backward(const struct ref_pool *d, const double *dy, double *dx) {
    clear(d, dx);
    windows_visit(d, average_window, &(struct pass){.dy = dy, .dx = dx});
}
