/* Transforming weights for oneDNN's Winograd. Sixteen outputs are the lanes of a vector. Products and sums are rounded
 * separately (CMakeLists.txt), as in a oneDNN that is compiled for any processor of its architecture. */
#include "dnn/winograd_weights.h"

#include "base/simd.h"

enum { LANES = LN_WINOGRAD_LANES, KERNEL = 3, ALPHA_MAX = 6 };

/* oneDNN's G of F(2 x 2, 3 x 3) and, scaled against rounding errors, of F(4 x 4, 3 x 3). */
static const float g_2x2[4][KERNEL] = {{1, 0, 0}, {0.5F, 0.5F, 0.5F}, {0.5F, -0.5F, 0.5F}, {0, 0, 1}};
static const float g_4x4[ALPHA_MAX][KERNEL] = {{1.13777777777778F, 0, 0},
                                               {-0.688403361344538F, -0.430252100840336F, -0.26890756302521F},
                                               {-0.688403361344538F, 0.430252100840336F, -0.26890756302521F},
                                               {0.119514472455649F, 0.179271708683473F, 0.26890756302521F},
                                               {0.119514472455649F, -0.179271708683473F, 0.26890756302521F},
                                               {0, 0, 1}};

/* The 3 x 3 kernels of input c for sixteen outputs, [3][3][LANES]; zeros in the padding. */
LN_INLINED void gather(const struct ln_winograd_layout *w, const float *plain, int64_t k, int64_t c,
                       float *restrict kernels) {
    for (int lane = 0; lane < LANES; lane++) {
        const bool there = k + lane < w->k && c < w->c;
        const float *from = there ? plain + ((k + lane) * w->c + c) * KERNEL * KERNEL : NULL;
        for (int i = 0; i < KERNEL * KERNEL; i++) kernels[i * LANES + lane] = there ? from[i] : 0;
    }
}

/* out[lane] = 0 + g[0] a[lane] + g[1] b[lane] + g[2] c[lane] */
LN_INLINED void combine(const float g[KERNEL], const float *restrict a, const float *restrict b,
                        const float *restrict c, float *restrict out) {
    LN_SIMD for (int lane = 0; lane < LANES; lane++) {
        float sum = 0;
        sum += a[lane] * g[0];
        sum += b[lane] * g[1];
        sum += c[lane] * g[2];
        out[lane] = sum;
    }
}

/* G g Gt: the rows first, then the columns. Number (u, v) is written at out + (u alpha + v) plane. */
LN_INLINED void transform(int alpha, const float g[][KERNEL], const float *restrict kernels,
                          float *restrict out, int64_t plane) {
    float rows[KERNEL][ALPHA_MAX][LANES];
    for (int h = 0; h < KERNEL; h++)
        for (int v = 0; v < alpha; v++)
            combine(g[v], kernels + (h * KERNEL + 0) * LANES, kernels + (h * KERNEL + 1) * LANES,
                    kernels + (h * KERNEL + 2) * LANES, rows[h][v]);
    for (int u = 0; u < alpha; u++)
        for (int v = 0; v < alpha; v++)
            combine(g[u], rows[0][v], rows[1][v], rows[2][v], out + (u * alpha + v) * plane);
}

/* Place of number (0, 0) of a block of outputs and an input. */
LN_INLINED int64_t place(const struct ln_winograd_layout *w, int64_t k_block, int64_t c) {
    const int64_t block = c / w->c_block, inner = c % w->c_block, group = k_block / w->k_group,
                  k = k_block % w->k_group;
    if (!w->outputs_first)
        return (((group * (w->c_all / w->c_block) + block) * w->c_block + inner) * w->k_group + k) * LANES;
    const int64_t groups = w->c_all / w->c_block / w->c_group, numbers = w->alpha * w->alpha;
    return ((((group * numbers * groups + block / w->c_group) * w->k_group + k) * w->c_group +
             block % w->c_group) *
                w->c_block +
            inner) *
           LANES;
}

LN_KERNEL(void, block_of_outputs,
          (const struct ln_winograd_layout *w, const float *plain, int64_t k_block, float *out),
          (w, plain, k_block, out)) {
    float kernels[KERNEL * KERNEL * LANES];
    const int64_t plane = (w->outputs_first ? w->k_group : w->k_blocks) * LANES * w->c_all;
    for (int64_t c = 0; c < w->c_all; c++) {
        float *to = out + place(w, k_block, c);
        gather(w, plain, k_block * LANES, c, kernels);
        if (w->alpha == 4)
            transform(4, g_2x2, kernels, to, plane);
        else
            transform(ALPHA_MAX, g_4x4, kernels, to, plane);
    }
}

void ln_winograd_weights(const struct ln_winograd_layout *w, const float *plain, float *out) {
#pragma omp parallel for schedule(static)
    for (int64_t k_block = 0; k_block < w->k_blocks; k_block++) block_of_outputs(w, plain, k_block, out);
}
