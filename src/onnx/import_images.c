/* The images of an ONNX graph and what it does to them before the first layer.
 *
 * Linnet normalises images itself: x = (p / 255 - mean) / std for a pixel p. A graph that scales and shifts its input,
 * by Sub, Div, Mul and Add with a number or one for each colour, becomes another mean and std. The type of the input
 * and the scale a of y = a x + b determine what the input is:
 *
 *   uint8, or a < 0.1      pixels from 0 to 255
 *   a > 1                  numbers from 0 to 1: a is 1 / std
 *   else                   images that are normalised already, as torchvision's GoogLeNet expects them
 */
#include "onnx/import.h"
#include "onnx/schema.h"

#include <math.h>
#include <string.h>

enum { USUAL_IMGSZ = 224, COLOURS = 3 };

/* ---- the input ----------------------------------------------------------------------------------------------------------------------- */

static bool is_initializer(const struct ln_onnx_import *m, int value) {
    return m->values[value].kind == LN_ONNX_CONSTANT;
}

/* Older files list the weights among the inputs. */
static int find_input(const struct ln_onnx_import *m, const struct ln_onnx_end **input) {
    const struct ln_onnx_end *inputs = m->o.inputs.items;
    *input = NULL;
    for (size_t i = 0; i < m->o.inputs.count; i++) {
        if (inputs[i].name < 0 || is_initializer(m, inputs[i].name)) continue;
        if (*input)
            return ln_fail(LINNET_ERR_INPUT, "onnx-file", "%s: several inputs; an image classifier has one",
                           m->path);
        *input = &inputs[i];
    }
    return *input ? LINNET_OK : ln_fail(LINNET_ERR_INPUT, "onnx-file", "%s: the graph has no input", m->path);
}

static int64_t side_of(const struct ln_onnx_import *m, int64_t dim) {
    const int noted = ln_onnx_noted_imgsz(&m->o);
    if (dim > 0) return dim;
    return m->opts.imgsz ? m->opts.imgsz : noted ? noted : USUAL_IMGSZ;
}

static bool is_colours(int64_t dim) {
    return dim == 1 || dim == COLOURS;
}

int ln_onnx_begin_images(struct ln_onnx_import *m) {
    const struct ln_onnx_end *input;
    struct ln_onnx_value x = {.kind = LN_ONNX_IMAGES, .channel = -1, .scale = {1, 1, 1}};
    LN_TRY(find_input(m, &input));
    const int64_t *dim = input->shape.dim;
    x.rows_last = input->shape.rank == 4 && !is_colours(dim[1]) && is_colours(dim[3]);
    const int64_t c = dim[x.rows_last ? 3 : 1], h = side_of(m, dim[x.rows_last ? 1 : 2]),
                  w = side_of(m, dim[x.rows_last ? 2 : 3]);
    if (input->shape.rank != 4 || !is_colours(c) || h > 65536 || w > 65536)
        return ln_fail(
            LINNET_ERR_INPUT, "onnx-file",
            "%s: the input must be images of one or three colours, [batch, colours, rows, columns]", m->path);
    m->bytes = input->type == LN_ONNX_UINT8;
    m->net = ln_net_create((int)c, (int)h, (int)w);
    if (!m->net) return LINNET_ERR_LIMIT;
    LN_TRY(m->net->status);
    m->values[input->name] = x;
    return LINNET_OK;
}

static bool is_scaled_alike(const struct ln_onnx_value *a, const struct ln_onnx_value *b) {
    for (size_t i = 0; i < sizeof a->scale / sizeof *a->scale; i++)
        if (a->scale[i] != b->scale[i] || a->shift[i] != b->shift[i]) return false;
    return true;
}

int ln_onnx_read_images(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                        const struct ln_onnx_value *value) {
    if (value->channel >= 0) return ln_onnx_refuse(m, node, "a layer that reads one of the colours");
    if (m->has_images && !is_scaled_alike(&m->images, value))
        return ln_onnx_refuse(m, node, "it scales the images differently from another layer");
    m->images = *value;
    m->has_images = true;
    return LINNET_OK;
}

/* ---- scale and shift ------------------------------------------------------------------------------------------------------------------ */

static bool apply(const char *op, bool swapped, double number, double *scale, double *shift) {
    if (strcmp(op, "Add") == 0 || strcmp(op, "Sum") == 0) {
        *shift += number;
    } else if (strcmp(op, "Sub") == 0) {
        *scale = swapped ? -*scale : *scale;
        *shift = swapped ? number - *shift : *shift - number;
    } else {
        if (swapped && strcmp(op, "Div") == 0) return false;
        const double factor = strcmp(op, "Div") == 0 ? 1 / number : number;
        *scale *= factor;
        *shift *= factor;
    }
    return isfinite(*scale) && isfinite(*shift) && *scale != 0;
}

int ln_onnx_scale_images(struct ln_onnx_import *m, const struct ln_onnx_node *node,
                         const struct ln_onnx_value *images, const struct ln_onnx_value *constant,
                         bool swapped) {
    const int channels = (int)ln_onnx_shape(m, 0)->dim[1];
    double numbers[COLOURS];
    struct ln_onnx_value x = *images;
    size_t count;
    LN_TRY(ln_onnx_numbers_of(m, node, constant, COLOURS, numbers, &count));
    const bool each =
        count > 1 && ln_onnx_is_by_channel(m, constant, channels, 4, x.rows_last) && x.channel < 0;
    if ((count != 1 && !each) || ln_onnx_is_changed(&x))
        return ln_onnx_refuse(m, node, "images are scaled by one number or by one for each colour");
    for (int c = 0; c < channels; c++) {
        if (x.channel >= 0 && c != x.channel) continue;
        if (!apply(ln_onnx_text(&m->o, node->op), swapped, numbers[each ? c : 0], &x.scale[c], &x.shift[c]))
            return ln_onnx_refuse(m, node, "it makes images that are infinite or all alike");
    }
    return ln_onnx_give(m, node, 0, &x);
}

/* Rewrites y = scale x + shift, with x as in the table above, as (p / 255 - mean) / std. A layer has read the
 * images, because the output is a layer; no scale is 0. */
void ln_onnx_finish_images(const struct ln_onnx_import *m, struct ln_preprocess *pp) {
    for (int c = 0; c < pp->channels; c++) {
        double scale = m->images.scale[c], shift = m->images.shift[c], mean = (double)pp->mean[c],
               std = (double)pp->std[c];
        if (scale == 1 && shift == 0 && !m->bytes) continue;
        const bool pixels = m->bytes || fabs(scale) < 0.1;
        if (pixels || fabs(scale) > 1) {
            mean = 0;
            std = pixels ? 1 / 255.0 : 1;
        }
        pp->mean[c] = (float)(mean - shift * std / scale);
        pp->std[c] = (float)(std / scale);
    }
}
