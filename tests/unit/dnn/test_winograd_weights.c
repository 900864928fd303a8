/* Weights transformed for oneDNN's Winograd: bit for bit as oneDNN's own reorder, in each of its layouts, with complete and with
 * padded blocks. */
#include "unit/base/base_test.h"

#include "dnn/impl.h"

static struct ln_dnn *dnn;

static int create(void **state) {
    return ln_dnn_create(&dnn);
}

static int destroy(void **state) {
    ln_dnn_destroy(dnn);
    return 0;
}

static void ok(int status) {
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
}

/* The weights' layout that a 3 x 3 convolution wants in the forward pass; NULL if oneDNN cannot create it with Winograd. */
static const struct ln_layout *wanted(int n, int k, int c, int side) {
    const struct ln_shape src = ln_shape_of(n, c, side, side), weights = ln_shape_of(k, c, 3, 3),
                          dst = ln_shape_of(n, k, side, side);
    const struct ln_conv_desc d = {.src = src,
                                   .weights = weights,
                                   .dst = dst,
                                   .src_layout = ln_layout_get(dnn, LN_F32, &src, LN_NCHW16C),
                                   .dst_layout = ln_layout_get(dnn, LN_F32, &dst, LN_NCHW16C),
                                   .stride = {1, 1},
                                   .padding = {1, 1},
                                   .padding_end = {1, 1},
                                   .dilation = {1, 1},
                                   .winograd = true};
    struct ln_prim *forward = NULL;
    if (ln_prim_conv(dnn, LN_FORWARD, &d, &forward) != LINNET_OK) return NULL;
    const struct ln_layout *layout = ln_prim_layout(forward, LN_ARG_WEIGHTS);
    ln_prim_destroy(forward);
    return layout;
}

/* The reordered weights. The memory holds no zeros before, so that a missing zero shows. */
static float *reordered(struct ln_prim *prim, const float *plain, size_t bytes) {
    float *out = aligned_alloc(64, ln_size_align(bytes, 64));
    void *scratch = aligned_alloc(64, ln_size_align(ln_prim_scratch(prim) + 1, 64));
    assert_non_null(out);
    memset(out, 0x55, bytes);
    ok(ln_prim_run(prim, (void *[LN_ARGS]){
                             [LN_ARG_SRC] = (void *)plain, [LN_ARG_DST] = out, [LN_ARG_SCRATCH] = scratch}));
    free(scratch);
    ln_prim_destroy(prim);
    return out;
}

/* Random numbers of both signs, and both zeros. */
static float *numbers(size_t n) {
    float *out = malloc(n * sizeof *out);
    uint32_t state = 12345;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        out[i] = state >> 28 == 0 ? 0.0F : state >> 28 == 1 ? -0.0F : ((float)(state >> 8) / 0x1p23F - 1) / 3;
    }
    return out;
}

/* Adds the layout to *seen: 1 for tiles of 4 x 4 with single blocks of outputs, 2 for 4 x 4 with groups of blocks, 4 for 6 x 6. */
static void compare(int n, int k, int c, int side, unsigned *seen) {
    const struct ln_shape weights = ln_shape_of(k, c, 3, 3);
    const struct ln_layout *to = wanted(n, k, c, side),
                           *from = ln_layout_get(dnn, LN_F32, &weights, LN_PLAIN);
    struct ln_winograd_layout winograd;
    if (!to || !ln_layout_is_opaque(to)) return;
    assert_true(ln_md_winograd(ln_layout_md(to), &winograd));
    struct ln_prim *own, *theirs;
    ok(ln_prim_reorder(dnn, from, to, &own));
    assert_string_equal(ln_prim_impl(own), "own");
    ok(ln_prim_reorder_by_onednn(dnn, from, to, &theirs));
    float *plain = numbers((size_t)k * (size_t)c * 9);
    float *a = reordered(own, plain, to->bytes), *b = reordered(theirs, plain, to->bytes);
    const size_t filled = (size_t)(winograd.alpha * winograd.alpha * winograd.k_blocks) * LN_WINOGRAD_LANES *
                          (size_t)winograd.c_all;
    assert_true(filled * sizeof *a <= to->bytes);
    for (size_t i = 0; i < filled; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            fail_msg("%d x %d, alpha %d: number %zu is %a, oneDNN has %a", k, c, winograd.alpha, i,
                     (double)a[i], (double)b[i]);
    *seen |= winograd.alpha == 6 ? 4 : winograd.k_group == 1 ? 1 : 2;
    free(plain);
    free(a);
    free(b);
}

static void test_bits(void **state) {
    static const struct {
        int n, k, c, side;
    } cases[] = {{1, 64, 64, 56},  {1, 128, 128, 28}, {1, 256, 96, 14}, {1, 48, 80, 7},   {1, 40, 24, 14},
                 {16, 64, 64, 56}, {16, 128, 64, 28}, {16, 48, 96, 14}, {16, 512, 32, 7}, {16, 40, 20, 28}};
    unsigned seen = 0;
    if (DNNL_VERSION_MAJOR > 2 || !ln_dnn_has_winograd()) {
        print_message("skipped: Linnet writes the weights of oneDNN 2's Winograd, with AVX-512\n");
        skip();
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        compare(cases[i].n, cases[i].k, cases[i].c, cases[i].side, &seen);
    assert_int_equal(seen, 7);
}

int main(void) {
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_bits)};
    return cmocka_run_group_tests(tests, create, destroy);
}
