/* Weights by name. The caller passes the shape with the values, so that a wrong buffer size is an error, not
 * a crash:
 *
 *     struct linnet_shape shape = {.rank = 2, .dim = {10, 84}};
 *     float *w = malloc(840 * sizeof *w);
 *     linnet_model_param_get(model, "fc3.weight", &shape, w);
 *
 * Values are plain fp32 in the order of PyTorch's state_dict. They are those of the model: a predictor that
 * was made before has copies of its own.
 */
#include "api/handles.h"
#include "model/param.h"

#include <string.h>

int linnet_model_param_count(const linnet_model *model) {
    LN_NEED_OR(0, model);
    return (int)model->model->net->param_count;
}

const char *linnet_model_param_name(const linnet_model *model, int index) {
    LN_NEED_OR(NULL, model);
    const struct ln_net *net = model->model->net;
    return index >= 0 && (size_t)index < net->param_count ? net->params[index].name : NULL;
}

int linnet_model_param_shape(const linnet_model *model, const char *name, struct linnet_shape *shape) {
    size_t i;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(name);
    LN_NEED(shape);
    LN_TRY(ln_param_find(model->model, name, &i));
    const struct ln_shape *own = &model->model->net->params[i].spec.shape;
    *shape = (struct linnet_shape){.rank = own->rank};
    memcpy(shape->dim, own->dim, (size_t)own->rank * sizeof *own->dim);
    return LINNET_OK;
}

/* Finds the values of a parameter, [shape], in the model. */
static int find(const linnet_model *model, const char *name, const struct linnet_shape *given, float **own,
                size_t *bytes) {
    struct ln_shape shape = {.rank = given->rank};
    if (given->rank < 0 || given->rank > 4)
        return ln_fail(LINNET_ERR_USAGE, "param-shape", "%s: a shape of rank %d; it must be 0 to 4", name,
                       given->rank);
    memcpy(shape.dim, given->dim, (size_t)given->rank * sizeof *given->dim);
    LN_TRY(ln_param_values(model->model, name, &shape, own, bytes));
    *bytes *= sizeof(float);
    return LINNET_OK;
}

int linnet_model_param_get(const linnet_model *model, const char *name, const struct linnet_shape *shape,
                           float *values) {
    float *own;
    size_t bytes;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(name);
    LN_NEED(shape);
    LN_NEED(values);
    LN_TRY(find(model, name, shape, &own, &bytes));
    memcpy(values, own, bytes);
    return LINNET_OK;
}

int linnet_model_param_set(linnet_model *model, const char *name, const struct linnet_shape *shape,
                           const float *values) {
    float *own;
    size_t bytes;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(name);
    LN_NEED(shape);
    LN_NEED(values);
    LN_TRY(ln_model_own_weights(model->model));
    LN_TRY(find(model, name, shape, &own, &bytes));
    memcpy(own, values, bytes);
    struct ln_model *m = model->model;
    for (size_t i = 0; m->quant && i < m->net->param_count; i++)
        if (m->params[i] == own) ln_quant_drop(m->quant, i); /* its scales belong to the old weights */
    return LINNET_OK;
}
