/* linnet_predictor and linnet_predict: checks, then one call. What a prediction contains is checked here;
 * whether an image can be read is known only later, and is part of its prediction. */
#include "api/handles.h"
#include "base/option.h"
#include "train/predictor.h"
#include "train/train.h"

int linnet_predictor_create(linnet_predictor **predictor, const linnet_model *model,
                            const struct linnet_predict_opts *given) {
    struct linnet_predict_opts opts;
    ln_api_begin();
    LN_NEED(predictor);
    LN_NEED(model);
    LN_TRY(LN_TAKE_OPTS(predict, given, &opts));
    LN_TRY(ln_options_check(linnet_predict_options, &opts));
    return ln_predictor_create(predictor, model->model, &opts, NULL);
}

/* inputs must not be NULL even for a count of 0: a forgotten array is then noticed. */
int linnet_predictor_run(linnet_predictor *predictor, const struct linnet_input *inputs, size_t count,
                         linnet_prediction_fn *on_prediction, void *user) {
    ln_api_begin();
    LN_NEED(predictor);
    LN_NEED(inputs);
    LN_NEED(on_prediction);
    return ln_predictor_run(predictor, inputs, count, on_prediction, user);
}

void linnet_predictor_destroy(linnet_predictor *predictor) {
    ln_predictor_destroy(predictor);
}

int linnet_predict(const linnet_model *model, const char *const *paths, size_t count,
                   const struct linnet_predict_opts *given, linnet_prediction_fn *on_prediction, void *user) {
    struct linnet_predict_opts opts;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(paths);
    LN_NEED(on_prediction);
    /* All paths before the first prediction: a call that fails for its arguments has had no effect. */
    for (size_t i = 0; i < count; i++) LN_NEED(paths[i]);
    LN_TRY(LN_TAKE_OPTS(predict, given, &opts));
    LN_TRY(ln_options_check(linnet_predict_options, &opts));
    return ln_predict(model->model, paths, count, &opts, on_prediction, user);
}
