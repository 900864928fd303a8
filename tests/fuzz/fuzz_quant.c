/* Opens the input as a model file, which may be in 8 bits. If it opens, its scales must be positive numbers, belong to layers
 * that may be in 8 bits, and print and parse to the same text; an error must have a message; nothing may leak. */
#include "fuzz.h"
#include "model/convert.h"
#include "model/model.h"
#include "model/quant_file.h"

#include <math.h>

static void scales_check(const struct ln_model *model) {
    struct ln_quant *second = NULL;
    char *text = NULL, *again = NULL;
    for (size_t i = 0; i < model->net->param_count; i++) {
        const float *scales = model->quant->weights[i];
        check(!scales || ln_quant_can(model->net, i));
        for (int64_t k = 0; scales && k < ln_quant_rows(model->net, i); k++)
            check(isfinite(scales[k]) && scales[k] > 0);
    }
    for (size_t i = 0; i < model->net->count; i++)
        check(isfinite(model->quant->value[i].scale) && model->quant->value[i].scale >= 0);
    check(ln_quant_print(model->quant, model->net, &text) == LINNET_OK);
    check(ln_quant_parse("again", text, model->net, &second) == LINNET_OK);
    check(ln_quant_print(second, model->net, &again) == LINNET_OK && strcmp(text, again) == 0);
    ln_quant_destroy(second);
    ln_free(again);
    ln_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_model *model = NULL;
    char path[FUZZ_PATH];
    const int64_t live = ln_alloc_live();
    int fd = fuzz_file(data, size, path);
    ln_error_clear();
    const int status = ln_model_open(&model, path);
    if (status == LINNET_OK) {
        for (size_t i = 0; i < model->net->param_count; i++)
            check(ln_convert_all_finite(model->params[i], ln_net_param_size(model->net, i)));
        if (model->quant) scales_check(model);
    } else {
        check(ln_error_get()->status == status && ln_error_get()->text[0]);
    }
    ln_model_destroy(model);
    close(fd);
    check(ln_alloc_live() == live);
    return 0;
}
