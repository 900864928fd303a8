/* Fills the parameters of an imported network, straight from the file if the numbers have Linnet's layout. */
#include "base/alloc.h"
#include "model/convert.h"
#include "onnx/import.h"

#include <string.h>

/* Element (o, i) of W [outputs][inputs], of a file with [inputs][outputs], or with inputs in the order [h][w][c]. */
static void place_matrix(const struct ln_onnx_source *s, const struct ln_shape *shape, const float *from,
                         float *to) {
    const int64_t outputs = shape->dim[0], inputs = shape->dim[1], pixels = s->map[1] * s->map[2];
    for (int64_t i = 0; i < inputs; i++) {
        const int64_t at =
            s->rows_last ? i % pixels * s->map[0] + i / pixels : i; /* of input i = (c, pixel) in the file */
        for (int64_t o = 0; o < outputs; o++)
            to[o * inputs + i] = s->transposed ? from[at * outputs + o] : from[o * inputs + at];
    }
}

/* Kernels [k][c][r][s] into larger ones, whose new rows and columns are zero. */
static void place_kernel(const struct ln_onnx_source *s, const struct ln_shape *shape, const float *from,
                         float *to) {
    const int64_t rows = shape->dim[2], columns = shape->dim[3], inner_rows = rows - s->grow[0] - s->grow[2],
                  inner_columns = columns - s->grow[1] - s->grow[3];
    memset(to, 0, (size_t)(shape->dim[0] * shape->dim[1] * rows * columns) * sizeof *to);
    for (int64_t k = 0; k < shape->dim[0] * shape->dim[1]; k++)
        for (int64_t r = 0; r < inner_rows; r++)
            memcpy(to + (k * rows + r + s->grow[0]) * columns + s->grow[1],
                   from + (k * inner_rows + r) * inner_columns, (size_t)inner_columns * sizeof *to);
}

static int place(struct ln_onnx_import *m, const struct ln_onnx_source *s, const struct ln_shape *shape,
                 float *out) {
    const struct ln_onnx_tensor *t = ln_onnx_tensor(&m->o, s->tensor);
    size_t count = 0;
    if (s->how == LN_ONNX_AS_IS) return ln_onnx_read_floats(&m->o, &m->outside, t, out);
    if (!ln_shape_count(&t->shape, &count)) return LINNET_ERR_LIMIT;
    float *from = ln_realloc_array(NULL, count, sizeof *from);
    if (!from) return LINNET_ERR_LIMIT;
    int status = ln_onnx_read_floats(&m->o, &m->outside, t, from);
    if (status == LINNET_OK) (s->how == LN_ONNX_MATRIX ? place_matrix : place_kernel)(s, shape, from, out);
    ln_free(from);
    return status;
}

static int fill_one(struct ln_onnx_import *m, const struct ln_onnx_source *s, struct ln_model *model) {
    const size_t i = (size_t)model->net->nodes[s->layer].first_param + (size_t)s->param;
    const struct ln_net_param *p = &model->net->params[i];
    LN_TRY(place(m, s, &p->spec.shape, model->params[i]));
    if (ln_convert_all_finite(model->params[i], ln_net_param_size(model->net, i))) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "model-nonfinite", "%s: '%s' contains values that are not finite",
                   m->path, p->name);
}

/* An ONNX file does not hold the counters of batches. */
static void clear_counters(struct ln_model *model) {
    for (size_t i = 0; i < model->net->param_count; i++)
        if (model->net->params[i].spec.dtype == LN_I64) model->params[i][0] = 0;
}

int ln_onnx_fill(struct ln_onnx_import *m, struct ln_model *model) {
    const struct ln_onnx_source *sources = m->sources.items;
    clear_counters(model);
    for (size_t i = 0; i < m->sources.count; i++) LN_TRY(fill_one(m, &sources[i], model));
    return LINNET_OK;
}
