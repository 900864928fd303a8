/* Principal components by subspace iteration. */
#include "train/pca.h"
#include "base/alloc.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

enum {
    K = 16, /* directions in the basis: the two wanted ones, and others that speed up their convergence */
    STEPS_MAX = 100,
    SWEEPS_MAX = 60, /* of Jacobi's method; it converges in about eight */
};
static const double tolerance = 1e-7; /* of the residual |C u - l u|, relative to the largest eigenvalue */

struct pca {
    const float *x; /* [n][d] */
    size_t n, d;
    double *mean, *row; /* [d] */
    double *v, *z;      /* [d][K] the basis; C v */
    double variance;    /* the trace of C */
    double values[K];   /* Ritz values, the largest first */
};

static void centre(struct pca *p, size_t i) {
    for (size_t j = 0; j < p->d; j++) p->row[j] = (double)p->x[i * p->d + j] - p->mean[j];
}

static void measure(struct pca *p) {
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->d; j++) p->mean[j] += (double)p->x[i * p->d + j] / (double)p->n;
    for (size_t i = 0; i < p->n; i++) {
        centre(p, i);
        for (size_t j = 0; j < p->d; j++) p->variance += p->row[j] * p->row[j];
    }
    if (p->n > 1) p->variance /= (double)(p->n - 1);
}

/* out[k] = row . column k of v */
static void project(const struct pca *p, double out[K]) {
    memset(out, 0, K * sizeof *out);
    for (size_t j = 0; j < p->d; j++)
        for (int k = 0; k < K; k++) out[k] += p->row[j] * p->v[j * K + (size_t)k];
}

/* z = C v */
static void multiply(struct pca *p) {
    double t[K];
    memset(p->z, 0, p->d * K * sizeof *p->z);
    for (size_t i = 0; i < p->n; i++) {
        centre(p, i);
        project(p, t);
        for (size_t j = 0; j < p->d; j++)
            for (int k = 0; k < K; k++) p->z[j * K + (size_t)k] += p->row[j] * t[k] / (double)(p->n - 1);
    }
}

static double dot(const double *a, int i, const double *b, int j, size_t d) {
    double sum = 0;
    for (size_t r = 0; r < d; r++) sum += a[r * K + (size_t)i] * b[r * K + (size_t)j];
    return sum;
}

/* Gram-Schmidt, twice, because once loses orthogonality. A column that depends on those before it becomes 0. */
static void orthonormalise(double *a, size_t d) {
    for (int k = 0; k < K; k++) {
        const double before = sqrt(dot(a, k, a, k, d));
        for (int i = 0; i < 2 * k; i++) {
            const double share = dot(a, i % k, a, k, d);
            for (size_t r = 0; r < d; r++) a[r * K + (size_t)k] -= share * a[r * K + (size_t)(i % k)];
        }
        const double length = sqrt(dot(a, k, a, k, d));
        const double scale = length > 1e-12 * before ? 1 / length : 0;
        for (size_t r = 0; r < d; r++) a[r * K + (size_t)k] *= scale;
    }
}

/* One rotation of Jacobi's method (1846): makes b[i][j] zero. Columns of q collect the rotations. */
static void rotate(double b[K][K], double q[K][K], int i, int j) {
    if (b[i][j] == 0) return;
    const double theta = (b[j][j] - b[i][i]) / (2 * b[i][j]);
    const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    const double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int r = 0; r < K; r++) {
        const double x = b[r][i], y = b[r][j];
        b[r][i] = c * x - s * y;
        b[r][j] = s * x + c * y;
    }
    for (int r = 0; r < K; r++) {
        const double x = b[i][r], y = b[j][r], u = q[r][i], w = q[r][j];
        b[i][r] = c * x - s * y;
        b[j][r] = s * x + c * y;
        q[r][i] = c * u - s * w;
        q[r][j] = s * u + c * w;
    }
}

/* The eigenvectors of the symmetric b in the columns of q; the eigenvalues stay on b's diagonal. */
static void jacobi(double b[K][K], double q[K][K]) {
    for (int i = 0; i < K; i++)
        for (int j = 0; j < K; j++) q[i][j] = i == j;
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        double off = 0, on = 0;
        for (int i = 0; i < K; i++)
            for (int j = 0; j < K; j++) *(i == j ? &on : &off) += b[i][j] * b[i][j];
        if (off <= 1e-28 * on) return;
        for (int i = 0; i < K; i++)
            for (int j = i + 1; j < K; j++) rotate(b, q, i, j);
    }
}

/* a <- a q, with the columns in the order of the values */
static void combine(double *a, size_t d, double q[K][K], const int order[K]) {
    double row[K];
    for (size_t r = 0; r < d; r++) {
        for (int k = 0; k < K; k++) {
            row[k] = 0;
            for (int i = 0; i < K; i++) row[k] += a[r * K + (size_t)i] * q[i][order[k]];
        }
        memcpy(a + r * K, row, sizeof row);
    }
}

/* Turns v and z = C v so that the columns of v are Ritz vectors, the largest value first. */
static void turn(struct pca *p) {
    double b[K][K], q[K][K];
    int order[K];
    for (int i = 0; i < K; i++)
        for (int j = 0; j <= i; j++) b[i][j] = b[j][i] = dot(p->v, i, p->z, j, p->d);
    jacobi(b, q);
    for (int i = 0; i < K; i++) {
        int at = i;
        for (; at > 0 && b[order[at - 1]][order[at - 1]] < b[i][i]; at--) order[at] = order[at - 1];
        order[at] = i;
    }
    for (int i = 0; i < K; i++) p->values[i] = b[order[i]][order[i]];
    combine(p->v, p->d, q, order);
    combine(p->z, p->d, q, order);
}

static bool is_done(const struct pca *p) {
    double residual = 0;
    for (size_t r = 0; r < p->d; r++)
        for (int k = 0; k < LN_PCA; k++) {
            const double e = p->z[r * K + (size_t)k] - p->values[k] * p->v[r * K + (size_t)k];
            residual += e * e;
        }
    return sqrt(residual) <= tolerance * p->values[0];
}

static void iterate(struct pca *p) {
    struct ln_rng rng;
    ln_rng_init(&rng, 0, LN_RNG_DATA, 0, 0);
    for (size_t i = 0; i < p->d * K; i++) p->v[i] = ln_rng_normal(&rng);
    for (int step = 0; step < STEPS_MAX; step++) {
        orthonormalise(p->v, p->d);
        multiply(p);
        turn(p);
        if (is_done(p)) return;
        if (step + 1 < STEPS_MAX) memcpy(p->v, p->z, p->d * K * sizeof *p->v);
    }
}

static void fix_signs(struct pca *p) {
    for (size_t k = 0; k < LN_PCA; k++) {
        double most = 0;
        for (size_t r = 0; r < p->d; r++)
            if (fabs(p->v[r * K + k]) > fabs(most)) most = p->v[r * K + k];
        for (size_t r = 0; r < p->d && most < 0; r++) p->v[r * K + k] = -p->v[r * K + k];
    }
}

static void find(struct pca *p, double *places, double shares[LN_PCA]) {
    double t[K];
    measure(p);
    if (p->variance <= 0) return;
    iterate(p);
    fix_signs(p);
    for (int k = 0; k < LN_PCA; k++) shares[k] = fmax(0, p->values[k]) / p->variance;
    for (size_t i = 0; i < p->n; i++) {
        centre(p, i);
        project(p, t);
        memcpy(places + i * LN_PCA, t, LN_PCA * sizeof *t);
    }
}

int ln_pca(const float *x, size_t n, size_t d, double *places, double shares[LN_PCA]) {
    struct pca p = {.x = x, .n = n, .d = d};
    memset(places, 0, n * LN_PCA * sizeof *places);
    memset(shares, 0, LN_PCA * sizeof *shares);
    p.mean = ln_calloc(d, sizeof *p.mean);
    p.row = ln_calloc(d, sizeof *p.row);
    p.v = ln_calloc(d, K * sizeof *p.v);
    p.z = ln_calloc(d, K * sizeof *p.z);
    const bool enough = p.mean && p.row && p.v && p.z;
    if (enough) find(&p, places, shares);
    ln_free(p.mean);
    ln_free(p.row);
    ln_free(p.v);
    ln_free(p.z);
    return enough ? LINNET_OK : LINNET_ERR_LIMIT;
}
