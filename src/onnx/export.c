/* A model as an ONNX file. Layers keep their names and order; layers that only train (dropout, auxiliary heads) are
 * left out. The graph:
 *
 *     input float [batch][c][h][w] -> layers -> logits [batch][classes]
 *
 * with_preprocess puts Cast, Transpose, Div, Sub and Div in front, which compute data/transform.h's (x / 255 - mean)
 * / std with the same roundings. They are separate nodes: with the mean folded into the first convolution, its
 * padding would be wrong, because the zeros there stand for the mean. */
#include "onnx/export.h"

#include "base/alloc.h"
#include "onnx/schema.h"

#include <stdio.h>
#include <string.h>

#define INPUT  "input"
#define LOGITS "logits"

bool ln_onnx_is_path(const char *path) {
    return ln_text_ends(path, ".onnx");
}

const char *ln_onnx_value_name(struct ln_onnx_export *x, int node) {
    const int root = x->layers.root[node];
    if (root == 0) return x->opts.with_preprocess ? INPUT ".normalised" : INPUT;
    if (root == x->layers.root[ln_inference_output(&x->layers)] && !x->opts.softmax) return LOGITS;
    snprintf(x->value, sizeof x->value, "%s.out", x->net->nodes[root].name);
    return x->value;
}

/* ---- before and after the layers -------------------------------------------------------------------------- */

/* OUT = OP(IN, CONSTANT): a step of the preprocessing or the division by the temperature. */
static void write_step(struct ln_onnx_export *x, const char *op, const char *name, const char *in,
                       const char *constant, const char *out) {
    struct ln_text node = {0};
    ln_onnx_node_begin(&node, op, name);
    ln_onnx_node_input(&node, in);
    if (constant) ln_onnx_node_input(&node, constant);
    ln_onnx_node_output(&node, out);
    ln_onnx_node_end(&x->writer, &node);
}

static void write_cast(struct ln_onnx_export *x) {
    struct ln_text node = {0};
    ln_onnx_node_begin(&node, "Cast", "preprocess/cast");
    ln_onnx_node_input(&node, INPUT);
    ln_onnx_node_output(&node, INPUT ".float");
    ln_onnx_node_int(&node, "to", LN_ONNX_FLOAT);
    ln_onnx_node_end(&x->writer, &node);
}

static void write_transpose(struct ln_onnx_export *x) {
    static const int64_t order[] = {0, 3, 1, 2};
    struct ln_text node = {0};
    ln_onnx_node_begin(&node, "Transpose", "preprocess/transpose");
    ln_onnx_node_input(&node, INPUT ".float");
    ln_onnx_node_output(&node, INPUT ".planes");
    ln_onnx_node_ints(&node, "perm", order, 4);
    ln_onnx_node_end(&x->writer, &node);
}

static void write_preprocess(struct ln_onnx_export *x) {
    static const float full = 255;
    const struct ln_preprocess *pp = &x->model->preprocess;
    const struct ln_shape planes = ln_shape_of(1, pp->channels, 1, 1);
    write_cast(x);
    write_transpose(x);
    ln_onnx_write_floats(&x->writer, "preprocess.full", &full, (struct ln_shape){0});
    ln_onnx_write_floats(&x->writer, "preprocess.mean", pp->mean, planes);
    ln_onnx_write_floats(&x->writer, "preprocess.std", pp->std, planes);
    write_step(x, "Div", "preprocess/unit", INPUT ".planes", "preprocess.full", INPUT ".unit");
    write_step(x, "Sub", "preprocess/mean", INPUT ".unit", "preprocess.mean", INPUT ".centred");
    write_step(x, "Div", "preprocess/std", INPUT ".centred", "preprocess.std", ln_onnx_value_name(x, 0));
}

static void write_softmax(struct ln_onnx_export *x) {
    const char *logits = ln_onnx_value_name(x, ln_inference_output(&x->layers)), *scaled = logits;
    struct ln_text node = {0};
    if (x->model->temperature != 1) {
        const float temperature = (float)x->model->temperature;
        scaled = "logits.scaled";
        ln_onnx_write_floats(&x->writer, "temperature", &temperature, (struct ln_shape){0});
        write_step(x, "Div", "temperature", logits, "temperature", scaled);
    }
    ln_onnx_node_begin(&node, "Softmax", "softmax");
    ln_onnx_node_input(&node, scaled);
    ln_onnx_node_output(&node, "probabilities");
    ln_onnx_node_int(&node, "axis", 1);
    ln_onnx_node_end(&x->writer, &node);
}

static void write_ends(struct ln_onnx_export *x) {
    const struct ln_preprocess *pp = &x->model->preprocess;
    const int64_t planes[] = {pp->channels, pp->height, pp->width},
                  pixels[] = {pp->height, pp->width, pp->channels}, classes = x->model->classes;
    if (x->opts.with_preprocess)
        ln_onnx_write_end(&x->writer, false, INPUT, LN_ONNX_UINT8, pixels, 3);
    else
        ln_onnx_write_end(&x->writer, false, INPUT, LN_ONNX_FLOAT, planes, 3);
    ln_onnx_write_end(&x->writer, true, x->opts.softmax ? "probabilities" : LOGITS, LN_ONNX_FLOAT, &classes,
                      1);
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static int write_layers(struct ln_onnx_export *x) {
    if (x->opts.with_preprocess) write_preprocess(x);
    ln_onnx_round_value(x, 0);
    for (size_t i = 1; i < x->net->count; i++)
        if (x->layers.needed[i] && x->layers.root[i] == (int)i) LN_TRY(ln_onnx_export_node(x, (int)i));
    if (x->opts.softmax) write_softmax(x);
    write_ends(x);
    return LINNET_OK;
}

static int save(struct ln_onnx_export *x) {
    LN_TRY(ln_inference_init(&x->layers, x->model, &(struct ln_inference_opts){.fold = x->opts.fold}));
    LN_TRY(ln_inference_check_finite(x->model, x->path));
    x->rounded = ln_calloc(x->net->count, sizeof *x->rounded);
    if (!x->rounded) return LINNET_ERR_LIMIT;
    LN_TRY(ln_onnx_find_rounded(x));
    LN_TRY(write_layers(x));
    LN_TRY(ln_onnx_export_notes(x));
    return ln_onnx_write(&x->writer, x->path, x->opts.opset);
}

int ln_onnx_save(const struct ln_model *model, const char *path, const struct ln_onnx_save_opts *opts) {
    struct ln_onnx_export x = {.model = model, .net = model->net, .path = path, .opts = *opts};
    x.writer.user = &x;
    if (!x.opts.opset) x.opts.opset = LN_ONNX_OPSET;
    x.opts.fold |= model->quant != NULL; /* otherwise the batch norm would separate the integers */
    int status = save(&x);
    ln_onnx_writer_fini(&x.writer);
    ln_inference_fini(&x.layers);
    ln_free(x.rounded);
    return status;
}
