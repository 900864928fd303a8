/* y[n,k,i,j] = b[k] + sum over c,r,s of x[n, c, i*stride - pad + r*dilation, j*stride - pad + s*dilation]
 * w[k,c,r,s], and its derivatives, term by term.
 */
#include "ref/ref.h"

#include <string.h>

/* One product x * w of the sum for one y. */
struct term {
    int64_t x, w, y;
};

typedef void term_fn(const struct term *t, void *arg);

/* All terms of one output element: c, r, s over the window, without cells outside the input. */
static void window_visit(const struct ref_conv *d, int n, int k, int i, int j, term_fn *visit, void *arg) {
    const struct ref_window *v = &d->window;
    int c_per_group = d->c / d->groups, group = k / (d->k / d->groups);
    for (int c = 0; c < c_per_group; c++)
        for (int r = 0; r < v->kernel[0]; r++)
            for (int s = 0; s < v->kernel[1]; s++) {
                int row = i * v->stride[0] - v->padding[0] + r * v->dilation[0];
                int column = j * v->stride[1] - v->padding[1] + s * v->dilation[1];
                if (row < 0 || row >= d->h || column < 0 || column >= d->w) continue;
                struct term t;
                t.x = (((int64_t)n * d->c + group * c_per_group + c) * d->h + row) * d->w + column;
                t.w = (((int64_t)k * c_per_group + c) * v->kernel[0] + r) * v->kernel[1] + s;
                t.y = (((int64_t)n * d->k + k) * d->p + i) * d->q + j;
                visit(&t, arg);
            }
}

static void terms_visit(const struct ref_conv *d, term_fn *visit, void *arg) {
    for (int n = 0; n < d->n; n++)
        for (int k = 0; k < d->k; k++)
            for (int i = 0; i < d->p; i++)
                for (int j = 0; j < d->q; j++) window_visit(d, n, k, i, j, visit, arg);
}

struct forward {
    const double *x, *w;
    double *y;
};

static void add_to_y(const struct term *t, void *arg) {
    const struct forward *f = arg;
    f->y[t->y] += f->x[t->x] * f->w[t->w];
}

void ref_conv_forward(const struct ref_conv *d, const double *x, const double *w, const double *b,
                      double *y) {
    struct forward f = {x, w, y};
    int64_t plane = (int64_t)d->p * d->q;
    for (int64_t i = 0; i < d->n * d->k * plane; i++) y[i] = b ? b[i / plane % d->k] : 0;
    terms_visit(d, add_to_y, &f);
}

struct backward {
    const double *x, *w, *dy;
    double *dx, *dw;
};

static void add_to_gradients(const struct term *t, void *arg) {
    const struct backward *b = arg;
    if (b->dx) b->dx[t->x] += b->dy[t->y] * b->w[t->w];
    if (b->dw) b->dw[t->w] += b->dy[t->y] * b->x[t->x];
}

void ref_conv_backward(const struct ref_conv *d, const double *x, const double *w, const double *dy,
                       double *dx, double *dw, double *db) {
    struct backward b = {x, w, dy, dx, dw};
    int64_t plane = (int64_t)d->p * d->q;
    int64_t weights = (int64_t)d->k * (d->c / d->groups) * d->window.kernel[0] * d->window.kernel[1];
    if (dx) memset(dx, 0, sizeof *dx * (size_t)((int64_t)d->n * d->c * d->h * d->w));
    if (dw) memset(dw, 0, sizeof *dw * (size_t)weights);
    terms_visit(d, add_to_gradients, &b);
    if (!db) return;
    memset(db, 0, sizeof *db * (size_t)d->k);
    for (int64_t i = 0; i < d->n * d->k * plane; i++) db[i / plane % d->k] += dy[i];
}
