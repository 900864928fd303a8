/* A model as a C file:
 *
 *     comment: sizes, usage, rights
 *     prototypes, class names
 *     the kernels that the network uses, copied from kernels/
 *     weights and sizes of the layers
 *     compute(), the layers in their order; NAME_predict(), NAME_predict_bytes()
 *
 * The outputs of the layers share one static array (memory.c). */
#include "base/alloc.h"
#include "base/file.h"
#include "csource/writer.h"
#include <csource_kernels.h> /* generated from the files in kernels/ */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define KERNEL(name) \
    { ln_c_##name##_c, &ln_c_##name##_c_size }
static const struct kernel {
    const unsigned char *text;
    const size_t *size;
} kernels[LN_C_KERNELS] = {
    [LN_C_LAYER] = KERNEL(layer),     [LN_C_SPAN] = KERNEL(span),
    [LN_C_CONV] = KERNEL(conv),       [LN_C_LINEAR] = KERNEL(linear),
    [LN_C_SCALE] = KERNEL(scale),     [LN_C_RELU] = KERNEL(relu),
    [LN_C_RELU6] = KERNEL(relu6),     [LN_C_SILU] = KERNEL(silu),
    [LN_C_TANH] = KERNEL(tanh),       [LN_C_MAXPOOL] = KERNEL(maxpool),
    [LN_C_AVGPOOL] = KERNEL(avgpool), [LN_C_ADAPTIVE] = KERNEL(adaptive_avgpool),
    [LN_C_LRN] = KERNEL(lrn),         [LN_C_SHORTCUT] = KERNEL(pad_shortcut),
    [LN_C_ADD] = KERNEL(add),         [LN_C_CONCAT] = KERNEL(concat),
};
static const struct kernel softmax = KERNEL(softmax), mirror = KERNEL(mirror);

/* The beginning of the file's names: letters, digits and '_', from the name of the file. */
struct prefix {
    char text[64];
};

static struct prefix prefix_of(const char *path) {
    struct prefix p = {""};
    const char *name = ln_file_name(path);
    size_t n = 0;
    if (!isalpha((unsigned char)*name)) n = (size_t)snprintf(p.text, sizeof p.text, "model_");
    for (; *name && *name != '.' && n + 1 < sizeof p.text; name++)
        p.text[n++] = (unsigned char)*name < 128 && isalnum((unsigned char)*name) ? *name : '_';
    p.text[n] = 0;
    return p;
}

/* ---- the head ----------------------------------------------------------------------------------------------- */

/* A string that no compiler warns about: '?' could begin a trigraph, and letters beyond ASCII may be refused. */
static void add_string(struct ln_text *t, const char *s) {
    ln_text_add(t, "\"");
    for (const unsigned char *c = (const unsigned char *)s; *c; c++)
        if (*c == '"' || *c == '\\' || *c == '?')
            ln_text_addf(t, "\\%c", *c);
        else if (*c < ' ' || *c > '~')
            ln_text_addf(t, "\\%03o", *c);
        else
            ln_text_add_bytes(t, c, 1);
    ln_text_add(t, "\"");
}

static void add_prototypes(struct ln_text *t, const char *margin, const char *prefix, int classes) {
    ln_text_addf(t, "%sint %s_predict(const float *pixels, float *probabilities);\n", margin, prefix);
    ln_text_addf(t, "%sint %s_predict_bytes(const uint8_t *pixels, float *probabilities);\n", margin, prefix);
    ln_text_addf(t, "%sextern const char *const %s_classes[%d];\n", margin, prefix, classes);
}

static size_t input_size(const struct ln_csource *x) {
    const struct ln_preprocess *pp = &x->model->preprocess;
    return (size_t)pp->channels * (size_t)pp->height * (size_t)pp->width;
}

static size_t static_floats(const struct ln_csource *x) {
    return x->memory + input_size(x) + (x->model->tta ? input_size(x) + (size_t)x->model->classes : 0);
}

static void add_sizes(const struct ln_csource *x, struct ln_text *t) {
    const struct ln_preprocess *pp = &x->model->preprocess;
    ln_text_addf(t, " *   input    %d x %d pixels, %s\n", pp->width, pp->height,
                 pp->channels == 1 ? "grey" : "red, green, blue");
    ln_text_addf(t, " *   output   probabilities of %d classes\n", x->model->classes);
    ln_text_addf(t, " *   weights  %zu numbers, %zu bytes, constant\n", x->weights,
                 x->weights * sizeof(float));
    ln_text_addf(t, " *   memory   %zu bytes, static\n", static_floats(x) * sizeof(float));
    ln_text_addf(t, " *   work     %lld multiply-adds an image\n",
                 (long long)ln_macs_sum(0, x->macs, x->model->tta ? 2 : 1));
}

static void add_usage(const struct ln_csource *x, const char *prefix, struct ln_text *t) {
    const struct ln_preprocess *pp = &x->model->preprocess;
    ln_text_add(
        t,
        " *\n * To use it, compile the file with any C99 compiler, link with the math library, and declare\n *\n");
    add_prototypes(t, " *     ", prefix, x->model->classes);
    ln_text_addf(
        t,
        " *\n * %s_predict_bytes takes pixels from 0 to 255, [%d][%d][%d]: row by row, %s. The picture must have\n"
        " * this size. %s_predict takes numbers that are normalised already, [%d][%d][%d]: channel by channel,\n"
        " * (pixel / 255 - mean) / std. Both fill probabilities[%d] and return the number of the likeliest class.\n"
        " * The memory is static, so only one call may run at a time.\n",
        prefix, pp->height, pp->width, pp->channels,
        pp->channels == 1 ? "a byte for each pixel" : "red, green and blue for each pixel", prefix,
        pp->channels, pp->height, pp->width, x->model->classes);
    if (pp->resize)
        ln_text_addf(t, " * In training the shorter side was resized to %d pixels and the centre cropped.\n",
                     pp->resize);
    if (x->model->tta)
        ln_text_add(t,
                    " * The probabilities are the mean of those of the picture and of its mirror image.\n");
    ln_text_add(
        t,
        " *\n * Linnet claims no rights in this file. The weights are those of the exported model.\n */\n");
}

static void add_head(const struct ln_csource *x, const char *prefix, struct ln_text *t) {
    char shown[LN_NET_NAME_MAX];
    const size_t length =
        strspn(x->model->arch, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    snprintf(shown, sizeof shown, "%.*s", (int)(length < sizeof shown ? length : sizeof shown - 1),
             x->model->arch);
    ln_text_addf(t, "/* An image classifier (%s), exported by Linnet.\n *\n", shown);
    add_sizes(x, t);
    add_usage(x, prefix, t);
    ln_text_add(t, "#include <math.h>\n#include <stdint.h>\n\n");
    add_prototypes(t, "", prefix, x->model->classes);
    ln_text_addf(t, "\nconst char *const %s_classes[%d] = {\n", prefix, x->model->classes);
    for (int i = 0; i < x->model->classes; i++) {
        ln_text_add(t, "    ");
        add_string(t, x->model->class_names[i]);
        ln_text_add(t, ",\n");
    }
    ln_text_add(t, "};\n");
}

/* ---- the functions ------------------------------------------------------------------------------------------ */

static void add_kernel(struct ln_text *t, const struct kernel *kernel) {
    ln_text_add(t, "\n");
    ln_text_add_bytes(t, kernel->text, *kernel->size);
}

static void add_kernels(const struct ln_csource *x, struct ln_text *t) {
    for (int i = 0; i < LN_C_KERNELS; i++)
        if (x->used[i]) add_kernel(t, &kernels[i]);
    add_kernel(t, &softmax);
    if (x->model->tta) add_kernel(t, &mirror);
}

static void add_compute(const struct ln_csource *x, struct ln_text *t) {
    ln_text_addf(t, "\n/* The outputs of the layers. */\nstatic float memory[%zu];\n",
                 x->memory ? x->memory : 1);
    ln_text_add(t, "\nstatic const float *compute(const float *pixels) {\n");
    if (x->calls.data) ln_text_add_bytes(t, x->calls.data, x->calls.length);
    ln_text_addf(t, "    return %s;\n}\n", ln_csource_value(x, ln_inference_output(&x->layers)).text);
}

static void add_softmax(const struct ln_csource *x, struct ln_text *t, const char *pixels, const char *out) {
    ln_text_addf(t, "softmax(%d, ", x->model->classes);
    ln_csource_number(t, (float)x->model->temperature);
    ln_text_addf(t, ", compute(%s), %s);\n", pixels, out);
}

static void add_predict(const struct ln_csource *x, const char *prefix, struct ln_text *t) {
    const struct ln_preprocess *pp = &x->model->preprocess;
    ln_text_addf(t, "\nint %s_predict(const float *pixels, float *probabilities) {\n", prefix);
    if (!x->model->tta) {
        ln_text_add(t, "    return ");
        add_softmax(x, t, "pixels", "probabilities");
    } else {
        ln_text_addf(t, "    static float mirrored[%zu], others[%d];\n    ", input_size(x),
                     x->model->classes);
        add_softmax(x, t, "pixels", "probabilities");
        ln_text_addf(t, "    mirror(%d, %d, pixels, mirrored);\n    ", pp->channels * pp->height, pp->width);
        add_softmax(x, t, "mirrored", "others");
        ln_text_addf(t, "    return average(%d, others, probabilities);\n", x->model->classes);
    }
    ln_text_add(t, "}\n");
}

static void add_predict_bytes(const struct ln_csource *x, const char *prefix, struct ln_text *t) {
    const struct ln_preprocess *pp = &x->model->preprocess;
    const int plane = pp->height * pp->width, channels = pp->channels;
    ln_text_addf(t, "\nint %s_predict_bytes(const uint8_t *pixels, float *probabilities) {\n", prefix);
    ln_text_addf(t, "    static const float mean[%d] = ", channels);
    ln_csource_numbers(t, pp->mean, (size_t)channels);
    ln_text_addf(t, ", std[%d] = ", channels);
    ln_csource_numbers(t, pp->std, (size_t)channels);
    ln_text_addf(t, ";\n    static float input[%zu];\n", input_size(x));
    ln_text_addf(t,
                 "    for (int c = 0; c < %d; c++)\n        for (int i = 0; i < %d; i++)\n"
                 "            input[c * %d + i] = ((float)pixels[i * %d + c] / 255.0F - mean[c]) / std[c];\n",
                 channels, plane, plane, channels);
    ln_text_addf(t, "    return %s_predict(input, probabilities);\n}\n", prefix);
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

static int refuse_size(const struct ln_csource *x, const char *what, size_t count, int limit) {
    return ln_fail(
        LINNET_ERR_LIMIT, "csource-size",
        "%s: %s has %zu %s, a C file at most %d; export it as .onnx, or take a smaller network or --imgsz",
        x->path, x->model->arch, count, what, limit);
}

static int check_size(const struct ln_csource *x) {
    size_t weights = 0;
    for (size_t i = 1; i < x->net->count; i++)
        for (size_t k = 0; x->layers.needed[i] && k < (size_t)x->net->nodes[i].params; k++)
            weights += ln_net_param_size(x->net, (size_t)x->net->nodes[i].first_param + k);
    if (weights > LN_CSOURCE_WEIGHTS_MAX) return refuse_size(x, "weights", weights, LN_CSOURCE_WEIGHTS_MAX);
    if (static_floats(x) > LN_CSOURCE_MEMORY_MAX)
        return refuse_size(x, "numbers in its layers' outputs", static_floats(x), LN_CSOURCE_MEMORY_MAX);
    return LINNET_OK;
}

static int write_file(struct ln_csource *x) {
    const struct prefix prefix = prefix_of(x->path);
    struct ln_text t = {0};
    char *text;
    for (size_t i = 1; i < x->net->count; i++)
        if (x->layers.needed[i] && x->layers.root[i] == (int)i) LN_TRY(ln_csource_layer(x, (int)i));
    add_head(x, prefix.text, &t);
    add_kernels(x, &t);
    if (x->arrays.data) ln_text_add_bytes(&t, x->arrays.data, x->arrays.length);
    add_compute(x, &t);
    add_predict(x, prefix.text, &t);
    add_predict_bytes(x, prefix.text, &t);
    t.failed |= x->arrays.failed || x->calls.failed;
    const size_t length = t.length;
    LN_TRY(ln_text_take(&t, &text));
    int status = ln_file_write(x->path, text, length);
    ln_free(text);
    return status;
}

static int save(struct ln_csource *x) {
    LN_TRY(ln_inference_init(&x->layers, x->model, &(struct ln_inference_opts){.fold = true, .flat = true}));
    LN_TRY(ln_inference_check_finite(x->model, x->path));
    LN_TRY(ln_csource_place(x));
    LN_TRY(check_size(x));
    x->macs = ln_net_macs(x->net);
    if (x->macs < 0) return LINNET_ERR_LIMIT;
    return write_file(x);
}

int ln_csource_save(const struct ln_model *model, const char *path) {
    struct ln_csource x = {.model = model, .net = model->net, .path = path};
    int status = save(&x);
    ln_inference_fini(&x.layers);
    ln_text_fini(&x.arrays);
    ln_text_fini(&x.calls);
    ln_free(x.last);
    ln_free(x.place);
    return status;
}
