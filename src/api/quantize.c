/* linnet_quantize: checks, then one call. */
#include "train/quantize.h"
#include "api/handles.h"
#include "base/option.h"

int linnet_quantize(linnet_model *model, const linnet_data *data, const struct linnet_quantize_opts *given,
                    struct linnet_quantization *result) {
    struct linnet_quantize_opts opts;
    struct linnet_quantization own;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(quantize, given, &opts));
    LN_TRY(ln_options_check(linnet_quantize_options, &opts));
    if (result) LN_TRY(LN_CHECK_RESULT(result));
    LN_TRY(ln_quantize(model->model, data->ds, &opts, &own));
    if (result) LN_GIVE(&own, result);
    return LINNET_OK;
}

bool linnet_model_quantization(const linnet_model *model, struct linnet_quantization *result) {
    struct linnet_quantization own;
    ln_api_begin();
    LN_NEED_OR(false, model);
    LN_NEED_OR(false, result);
    if (LN_CHECK_RESULT(result) != LINNET_OK || !model->model->quant) return false;
    ln_quantization_of(model->model, &own);
    LN_GIVE(&own, result);
    return true;
}
