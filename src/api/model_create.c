/* linnet_model from a name, a text or a file. All three end in ln_api_model(), which takes the model even if
 * it fails, so no caller has to free it. */
#include "api/handles.h"
#include "base/alloc.h"
#include "base/option.h"
#include "onnx/onnx.h"
#include "train/make_model.h"

int ln_api_model(struct ln_model *model, char *weights, linnet_model **out) {
    linnet_model *m = ln_calloc(1, sizeof *m);
    if (!m) {
        ln_model_destroy(model);
        ln_free(weights);
        return LINNET_ERR_LIMIT;
    }
    m->model = model;
    m->weights = weights;
    *out = m;
    return LINNET_OK;
}

/* *weights, the line that says what a file gave, is kept in the handle for linnet_model_weights. */
static int create(struct ln_make_model from, const struct linnet_model_opts *given, linnet_model **model) {
    struct ln_model *m;
    char *weights;
    LN_TRY(LN_TAKE_OPTS(model, given, &from.opts));
    LN_TRY(ln_make_model(&m, &weights, &from));
    return ln_api_model(m, weights, model);
}

int linnet_model_create(linnet_model **model, const char *arch, const linnet_data *data,
                        const struct linnet_model_opts *opts) {
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(arch);
    return create((struct ln_make_model){.arch = arch, .ds = data ? data->ds : NULL}, opts, model);
}

/* Every network that is given as a text has the name "custom". No architecture has this name, so there is no
 * paper or usual size to look up. */
int linnet_model_create_from_text(linnet_model **model, const char *text,
                                  const struct linnet_model_opts *opts) {
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(text);
    return create((struct ln_make_model){.arch = "custom", .text = text}, opts, model);
}

/* A model file's own weights are not "pretrained weights", so there is no line about them. */
int linnet_model_open(linnet_model **model, const char *path) {
    struct ln_model *m;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(path);
    LN_TRY(ln_load_model(&m, path));
    return ln_api_model(m, NULL, model);
}

int linnet_model_import(linnet_model **model, const char *path, const struct linnet_import_opts *given) {
    struct linnet_import_opts opts;
    struct ln_model *m;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(path);
    LN_TRY(LN_TAKE_OPTS(import, given, &opts));
    LN_TRY(ln_options_check(linnet_import_options, &opts));
    LN_TRY(ln_onnx_open(&m, path, &(struct ln_onnx_open_opts){.imgsz = opts.imgsz}));
    return ln_api_model(m, NULL, model);
}
