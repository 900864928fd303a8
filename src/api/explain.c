/* linnet_explainer, linnet_explain and their pictures: checks, then one call. */
#include "train/explain.h"
#include "api/handles.h"
#include "base/option.h"
#include "draw/heat.h"
#include "draw/png.h"

int linnet_explainer_create(linnet_explainer **explainer, const linnet_model *model,
                            const struct linnet_explain_opts *given) {
    struct linnet_explain_opts opts;
    ln_api_begin();
    LN_NEED(explainer);
    LN_NEED(model);
    LN_TRY(LN_TAKE_OPTS(explain, given, &opts));
    LN_TRY(ln_options_check(linnet_explain_options, &opts));
    return ln_explainer_create(explainer, model->model, &opts);
}

int linnet_explainer_run(linnet_explainer *explainer, const struct linnet_input *inputs, size_t count,
                         linnet_explanation_fn *on_explanation, void *user) {
    ln_api_begin();
    LN_NEED(explainer);
    LN_NEED(inputs);
    LN_NEED(on_explanation);
    return ln_explainer_run(explainer, inputs, count, on_explanation, user);
}

int linnet_explainer_set_target(linnet_explainer *explainer, const char *target) {
    ln_api_begin();
    LN_NEED(explainer);
    return ln_explainer_set_target(explainer, target);
}

void linnet_explainer_destroy(linnet_explainer *explainer) {
    ln_explainer_destroy(explainer);
}

int linnet_explain(const linnet_model *model, const char *const *paths, size_t count,
                   const struct linnet_explain_opts *given, linnet_explanation_fn *on_explanation,
                   void *user) {
    struct linnet_explain_opts opts;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(paths);
    LN_NEED(on_explanation);
    for (size_t i = 0; i < count; i++) LN_NEED(paths[i]);
    LN_TRY(LN_TAKE_OPTS(explain, given, &opts));
    LN_TRY(ln_options_check(linnet_explain_options, &opts));
    return ln_explain(model->model, paths, count, &opts, on_explanation, user);
}

int linnet_explanation_overlay(const struct linnet_explanation *explanation, int width, int height,
                               unsigned char *pixels) {
    ln_api_begin();
    LN_NEED(explanation);
    LN_NEED(pixels);
    LN_NEED(explanation->picture);
    return ln_heat_overlay(explanation, width, height, pixels);
}

int linnet_encode_png(const unsigned char *pixels, int width, int height, unsigned char **bytes,
                      size_t *count) {
    ln_api_begin();
    LN_NEED(pixels);
    LN_NEED(bytes);
    LN_NEED(count);
    return ln_png_encode(pixels, width, height, bytes, count);
}

int linnet_explanation_draw(const struct linnet_explanation *explanation, const char *path,
                            const char *title) {
    ln_api_begin();
    LN_NEED(explanation);
    LN_NEED(path);
    LN_NEED(explanation->picture);
    return ln_heat_draw(explanation, path, title);
}
