/* A plain state_dict as safetensors. */
#include "model/weights_save.h"

#include "base/alloc.h"
#include "model/convert.h"

/* Parameters are floats in memory; a counter is a 64-bit integer in PyTorch's files. */
int ln_weights_bytes(const struct ln_model *model, size_t i, const char *path,
                     struct ln_weights_bytes *bytes) {
    const struct ln_net_param *p = &model->net->params[i];
    const size_t count = ln_net_param_size(model->net, i);
    if (!ln_convert_all_finite(model->params[i], count))
        return ln_fail(LINNET_ERR_DIVERGED, "model-nonfinite",
                       "%s: '%s' contains values that are not finite; nothing was written", path, p->name);
    bytes->data = model->params[i];
    bytes->size = count * sizeof(float);
    if (p->spec.dtype != LN_I64) return LINNET_OK;
    bytes->counter = (int64_t)model->params[i][0];
    bytes->data = &bytes->counter;
    bytes->size = sizeof bytes->counter;
    return LINNET_OK;
}

static int write_file(const struct ln_model *model, struct ln_st_tensor *tensors, const char *path) {
    static const struct ln_st_pair metadata = {"format", "pt"};
    const size_t count = model->net->param_count;
    struct ln_st_writer writer;
    int status = ln_st_writer_begin(&writer, path, tensors, count, &metadata, 1);
    for (size_t i = 0; i < count && status == LINNET_OK; i++) {
        struct ln_weights_bytes bytes;
        status = ln_weights_bytes(model, i, path, &bytes);
        if (status == LINNET_OK) status = ln_st_writer_tensor(&writer, bytes.data);
    }
    if (status == LINNET_OK) status = ln_st_writer_commit(&writer);
    if (status != LINNET_OK) ln_st_writer_abort(&writer);
    return status;
}

int ln_weights_save_safetensors(const struct ln_model *model, const char *path) {
    const struct ln_net *net = model->net;
    struct ln_st_tensor *tensors = ln_calloc(net->param_count + 1, sizeof *tensors);
    if (!tensors) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < net->param_count; i++)
        tensors[i] = (struct ln_st_tensor){.name = net->params[i].name,
                                           .dtype = net->params[i].spec.dtype,
                                           .shape = net->params[i].spec.shape};
    int status = write_file(model, tensors, path);
    ln_free(tensors);
    return status;
}
