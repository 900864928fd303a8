/* Reads the input as an ONNX file. If it becomes a model, its network must print and parse to the same text, all its weights
 * must be finite, and its classes named; an error must have a message; nothing may leak. */
#include "fuzz.h"
#include "model/convert.h"
#include "onnx/onnx.h"

static void model_check(const struct ln_model *model) {
    struct ln_net *second;
    char *text;
    check(ln_net_parse(model->text, &second) == LINNET_OK);
    check(ln_net_print(second, &text) == LINNET_OK && strcmp(text, model->text) == 0);
    check(second->param_count == model->net->param_count);
    for (size_t i = 0; i < model->net->param_count; i++)
        check(ln_convert_all_finite(model->params[i], ln_net_param_size(model->net, i)));
    for (int i = 0; i < model->classes; i++) check(model->class_names[i] != NULL);
    check(model->temperature > 0 && model->preprocess.channels > 0);
    ln_net_destroy(second);
    ln_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_model *model = NULL;
    char path[FUZZ_PATH];
    const int64_t live = ln_alloc_live();
    int fd = fuzz_file(data, size, path);
    ln_error_clear();
    const int status = ln_onnx_open(&model, path, &(struct ln_onnx_open_opts){0});
    if (status == LINNET_OK)
        model_check(model);
    else
        check((status == LINNET_ERR_INPUT || status == LINNET_ERR_LIMIT) &&
              ln_error_get()->status == status && ln_error_get()->text[0]);
    ln_model_destroy(model);
    close(fd);
    check(ln_alloc_live() == live);
    return 0;
}
