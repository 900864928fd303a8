/* Layouts: interned memory descriptors, the format of each, and its printed name.
 *
 * Interning makes comparison cheap: the plan often asks whether a reorder is needed, and equal
 * layouts are equal pointers. The format says which of our own kernels can work in a layout; oneDNN has
 * dozens of layouts for weights, and those that no kernel of ours knows are LN_OTHER.
 */
#include "base/alloc.h"
#include "dnn/impl.h"

#include <stdio.h>
#include <string.h>

dnnl_data_type_t ln_dnn_type(enum ln_dtype dtype) {
    switch (dtype) {
    case LN_F32: return dnnl_f32;
    case LN_BF16: return dnnl_bf16;
    case LN_F16: return dnnl_f16;
    case LN_I32: return dnnl_s32;
    case LN_U8: return dnnl_u8;
    case LN_I8: return dnnl_s8;
    default: return dnnl_data_type_undef;
    }
}

static enum ln_dtype dtype_of(dnnl_data_type_t type) {
    switch (type) {
    case dnnl_bf16: return LN_BF16;
    case dnnl_f16: return LN_F16;
    case dnnl_s32: return LN_I32;
    case dnnl_u8: return LN_U8;
    case dnnl_s8: return LN_I8;
    default: return LN_F32;
    }
}

/* oneDNN's tags by letters: a is the first dimension, and a capital one is blocked. aBcd16b is nChw16c. */
static dnnl_format_tag_t tag_of(enum ln_format format, int rank) {
    static const dnnl_format_tag_t plain[] = {0, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde};
    switch (format) {
    case LN_PLAIN: return plain[rank];
    case LN_NHWC: return dnnl_acdb;
    case LN_NCHW8C: return dnnl_aBcd8b;
    case LN_NCHW16C: return dnnl_aBcd16b;
    case LN_NCHW16N: return dnnl_Abcd16a;
    case LN_OIHW16I16O: return dnnl_ABcd16b16a;
    default: return dnnl_format_tag_any;
    }
}

/* Do the dimensions of b lie in memory in the given order, without gaps? `inner` is the size of what lies
 * innermost: 1, or a block. A dimension of size 1 may have any stride, since it is never multiplied by
 * anything but 0. */
static bool ordered(const struct ln_blocking *b, const int *order, int64_t inner) {
    for (int i = b->rank - 1; i >= 0; i--) {
        int d = order[i];
        int64_t extent = b->dim[d];
        if (extent > 1 && b->stride[d] != inner) return false;
        inner *= extent;
    }
    return true;
}

/* Only layouts with one block are examined: two blocks occur in weights, which no kernel of ours reads in
 * that form. With the blocked dimension counted in blocks, a blocked layout is a plain one of blocks. */
static enum ln_format format_of(const struct ln_blocking *b, bool blocked) {
    if (!blocked) return LN_OTHER;
    static const int straight[] = {0, 1, 2, 3, 4}, channels_last[] = {0, 2, 3, 1};
    if (b->blocks == 0) {
        if (ordered(b, straight, 1)) return LN_PLAIN;
        return b->rank == 4 && ordered(b, channels_last, 1) ? LN_NHWC : LN_OTHER;
    }
    if (b->blocks != 1 || b->rank != 4 || b->block_dim[0] > 1) return LN_OTHER;
    struct ln_blocking outer = *b;
    int dim = (int)b->block_dim[0];
    outer.dim[dim] = (b->dim[dim] + b->block[0] - 1) / b->block[0];
    if (!ordered(&outer, straight, b->block[0])) return LN_OTHER;
    if (dim == 1 && b->block[0] == 8) return LN_NCHW8C;
    if (dim == 1 && b->block[0] == 16) return LN_NCHW16C;
    return dim == 0 && b->block[0] == 16 ? LN_NCHW16N : LN_OTHER;
}

/* oneDNN's name of a layout: the dimensions' letters from the outermost to the innermost, capital if
 * blocked. */
static void text_of(const struct ln_blocking *b, bool blocked, char *out, size_t size) {
    if (!blocked) {
        snprintf(out, size, "opaque");
        return;
    }
    bool used[LN_RANK_MAX] = {false};
    size_t at = 0;
    for (int i = 0; i < b->rank && at + 1 < size; i++) {
        int next = -1;
        for (int d = 0; d < b->rank; d++)
            if (!used[d] && (next < 0 || b->stride[d] > b->stride[next])) next = d;
        used[next] = true;
        bool capital = false;
        for (int k = 0; k < b->blocks; k++) capital |= b->block_dim[k] == next;
        out[at++] = (char)((capital ? 'A' : 'a') + next);
    }
    out[at] = '\0';
    for (int k = 0; k < b->blocks && at + 8 < size; k++)
        at += (size_t)snprintf(out + at, size - at, "%d%c", (int)b->block[k], (char)('a' + b->block_dim[k]));
}

/* Layouts with a better known name. */
static const char *common_name(enum ln_format format, int rank) {
    switch (format) {
    case LN_PLAIN: return rank == 4 ? "nchw" : rank == 2 ? "nc" : NULL;
    case LN_NHWC: return "nhwc";
    case LN_NCHW8C: return "nChw8c";
    case LN_NCHW16C: return "nChw16c";
    case LN_NCHW16N: return "Nchw16n";
    default: return NULL;
    }
}

/* An opaque layout has no strides: 2.6 marks Winograd's weights and compensated ones by flags, 3.x by another
 * format kind. */
bool ln_layout_is_opaque(const struct ln_layout *layout) {
    struct ln_blocking b;
    return !ln_md_blocking(ln_layout_md(layout), &b);
}

static void describe(struct ln_layout *layout, ln_md md) {
    struct ln_blocking b;
    bool blocked = ln_md_blocking(md, &b);
    layout->dtype = dtype_of(ln_md_type(md));
    layout->shape.rank = b.rank;
    memcpy(layout->shape.dim, b.dim, sizeof b.dim);
    layout->bytes = dnnl_memory_desc_get_size(md);
    layout->format = format_of(&b, blocked);
    text_of(&b, blocked, layout->text, sizeof layout->text);
    const char *name = common_name(layout->format, b.rank);
    if (name) snprintf(layout->text, sizeof layout->text, "%s", name);
    size_t at = strlen(layout->text);
    if (layout->dtype != LN_F32)
        snprintf(layout->text + at, sizeof layout->text - at, ":%s", ln_dtype_name(layout->dtype));
}

ln_md ln_layout_md(const struct ln_layout *layout) {
    return ((const struct ln_dnn_layout *)layout)->md;
}

/* Takes md. The search is linear: a plan has a few dozen layouts, all made before the first step. */
static const struct ln_layout *intern(struct ln_dnn *dnn, ln_md md) {
    for (size_t i = 0; i < dnn->layout_count; i++)
        if (dnnl_memory_desc_equal(dnn->layouts[i]->md, md)) {
            ln_md_destroy(md);
            return &dnn->layouts[i]->layout;
        }
    struct ln_dnn_layout *made = ln_calloc(1, sizeof *made);
    struct ln_dnn_layout **grown =
        made ? ln_grow(dnn->layouts, dnn->layout_count, &dnn->layout_capacity, sizeof *grown) : NULL;
    if (!grown) {
        ln_free(made);
        ln_md_destroy(md);
        return NULL;
    }
    dnn->layouts = grown;
    made->md = md;
    describe(&made->layout, md);
    dnn->layouts[dnn->layout_count++] = made;
    return &made->layout;
}

const struct ln_layout *ln_layout_of(struct ln_dnn *dnn, ln_md md) {
    ln_md copy;
    if (ln_dnn_check(ln_md_clone(md, &copy), "layout") != LINNET_OK) return NULL;
    return intern(dnn, copy);
}

const struct ln_layout *ln_layout_get(struct ln_dnn *dnn, enum ln_dtype dtype, const struct ln_shape *shape,
                                      enum ln_format format) {
    if (shape->rank < 1 || shape->rank > LN_DNN_RANK_MAX) {
        ln_fail(LINNET_ERR_INTERNAL, "dnn-rank", "a layout of rank %d; supported are 1 to %d", shape->rank,
                LN_DNN_RANK_MAX);
        return NULL;
    }
    dnnl_dims_t dims = {0};
    for (int i = 0; i < shape->rank; i++) dims[i] = shape->dim[i];
    ln_md md;
    if (ln_dnn_check(ln_md_create(shape->rank, dims, ln_dnn_type(dtype), tag_of(format, shape->rank), &md),
                     "layout") != LINNET_OK)
        return NULL;
    return intern(dnn, md);
}

const struct ln_layout *ln_layout_cast(struct ln_dnn *dnn, const struct ln_layout *layout,
                                       enum ln_dtype dtype) {
    if (layout->dtype == dtype) return layout;
    enum ln_format format = layout->format == LN_OTHER ? LN_PLAIN : layout->format;
    return ln_layout_get(dnn, dtype, &layout->shape, format);
}
