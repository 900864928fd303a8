/* 8-bit weights and scales in model files, which are as untrusted as all other data: a scale of zero or nan would
 * make every result nan, and an unknown layer's scale would be ignored. */
#include "model/quant_file.h"
#include "base/alloc.h"
#include "base/text.h"
#include "model/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SCALE_LEAST 1e-30F
#define SCALE_MOST  1e30F

/* ---- the metadata --------------------------------------------------------------------------------------- */

int ln_quant_print(const struct ln_quant *q, const struct ln_net *net, char **json) {
    struct ln_text t = {0};
    const char *separator = "";
    ln_text_addf(
        &t,
        "{\"method\": \"%s\", \"images\": %d, \"compared\": %d, \"correct\": %d, \"correct_f32\": %d, "
        "\"only\": %d, \"only_f32\": %d, \"values\": {",
        q->method, q->images, q->compared, q->correct, q->correct_f32, q->only, q->only_f32);
    for (size_t i = 0; i < net->count; i++) {
        if (!(q->value[i].scale > 0)) continue;
        ln_text_add(&t, separator);
        ln_text_add_json(&t, net->nodes[i].name);
        ln_text_addf(&t, ": [\"%s\", %.9g]", q->value[i].is_signed ? "s8" : "u8", (double)q->value[i].scale);
        separator = ", ";
    }
    ln_text_add(&t, "}}");
    return ln_text_take(&t, json);
}

static bool is_scale(double x) {
    return isfinite(x) && x >= (double)SCALE_LEAST && x <= (double)SCALE_MOST;
}

static bool take_count(const json_t *object, const char *key, int *out) {
    const json_t *value = json_object_get(object, key);
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > 1 << 30) return false;
    *out = (int)number;
    return true;
}

static int find_layer(const struct ln_net *net, const char *name) {
    for (size_t i = 0; i < net->count; i++)
        if (strcmp(net->nodes[i].name, name) == 0) return (int)i;
    return -1;
}

static int take_value(const char *place, const char *name, const json_t *entry, const struct ln_net *net,
                      struct ln_quant *q) {
    char shown[160];
    const char *type = json_string_value(json_array_get(entry, 0));
    const json_t *scale = json_array_get(entry, 1);
    const int id = find_layer(net, name);
    ln_text_printable(name, strlen(name), shown, sizeof shown);
    if (id < 0)
        return ln_fail(LINNET_ERR_INPUT, "model-quant",
                       "%s: linnet.quant: '%s' is not a layer of the network", place, shown);
    if (json_array_size(entry) != 2 || !type || (strcmp(type, "u8") != 0 && strcmp(type, "s8") != 0) ||
        !json_is_number(scale) || !is_scale(json_number_value(scale)))
        return ln_fail(LINNET_ERR_INPUT, "model-quant",
                       "%s: linnet.quant: the value of '%s' must be \"u8\" or \"s8\" and a positive scale",
                       place, shown);
    q->value[id] = (struct ln_quant_value){(float)json_number_value(scale), type[0] == 's'};
    return LINNET_OK;
}

static int take(const char *place, json_t *json, const struct ln_net *net, struct ln_quant *q) {
    const char *method = json_string_value(json_object_get(json, "method"));
    json_t *values = json_object_get(json, "values"), *entry;
    const char *name;
    if (!method || strlen(method) >= sizeof q->method || !json_is_object(values) ||
        !take_count(json, "images", &q->images) || !take_count(json, "compared", &q->compared) ||
        !take_count(json, "correct", &q->correct) || !take_count(json, "correct_f32", &q->correct_f32) ||
        !take_count(json, "only", &q->only) || !take_count(json, "only_f32", &q->only_f32) ||
        q->correct > q->compared || q->correct_f32 > q->compared || q->only > q->correct ||
        q->only_f32 > q->correct_f32)
        return ln_fail(LINNET_ERR_INPUT, "model-quant", "%s: linnet.quant does not describe an 8-bit network",
                       place);
    snprintf(q->method, sizeof q->method, "%s", method);
    json_object_foreach(values, name, entry) LN_TRY(take_value(place, name, entry, net, q));
    return LINNET_OK;
}

int ln_quant_parse(const char *place, const char *text, const struct ln_net *net, struct ln_quant **out) {
    json_t *json;
    struct ln_quant *q = NULL;
    LN_TRY(ln_json_parse(&json, text, strlen(text),
                         &(struct ln_json_opts){.place = place, .code = "model-metadata"}));
    int status = ln_quant_create(&q, net);
    if (status == LINNET_OK) status = take(place, json, net, q);
    json_decref(json);
    if (status == LINNET_OK)
        *out = q;
    else
        ln_quant_destroy(q);
    return status;
}

/* ---- the tensors ---------------------------------------------------------------------------------------- */

static bool scale_name(const char *param, char *out, size_t size) {
    return (size_t)snprintf(out, size, "%s" LN_QUANT_SCALE, param) < size;
}

bool ln_quant_is_scale(const struct ln_st_file *st, const struct ln_net *net, const char *name) {
    const size_t length = strlen(name), suffix = strlen(LN_QUANT_SCALE);
    char param[LN_NET_NAME_MAX + 64];
    if (length <= suffix || length - suffix >= sizeof param ||
        strcmp(name + length - suffix, LN_QUANT_SCALE) != 0)
        return false;
    memcpy(param, name, length - suffix);
    param[length - suffix] = '\0';
    const struct ln_st_tensor *tensor = ln_st_find(st, param);
    return tensor && tensor->dtype == LN_I8 && ln_net_has_param(net, param);
}

static int read_scales(const struct ln_st_file *st, const char *path, const char *param, size_t rows,
                       float *scales) {
    char name[LN_NET_NAME_MAX + 64];
    const struct ln_st_tensor *tensor = scale_name(param, name, sizeof name) ? ln_st_find(st, name) : NULL;
    if (!tensor)
        return ln_fail(LINNET_ERR_INPUT, "model-quant",
                       "%s: '%s' is in 8 bits, and its scales '%s%s' are missing", path, param, param,
                       LN_QUANT_SCALE);
    if (tensor->dtype != LN_F32 || tensor->shape.rank != 1 || tensor->shape.dim[0] != (int64_t)rows)
        return ln_fail(LINNET_ERR_INPUT, "model-quant",
                       "%s: '%s' must be F32 with %zu numbers, one for each output channel", path, name,
                       rows);
    LN_TRY(ln_st_read_f32(st, tensor, scales));
    for (size_t k = 0; k < rows; k++)
        if (!is_scale((double)scales[k]))
            return ln_fail(LINNET_ERR_INPUT, "model-quant",
                           "%s: '%s': scale %zu is %g; it must be a positive number", path, name, k,
                           (double)scales[k]);
    return LINNET_OK;
}

int ln_quant_read(const struct ln_st_file *st, const char *path, const struct ln_net *net, size_t i,
                  struct ln_quant *q, float *values) {
    const char *name = net->params[i].name;
    if (!q || !ln_quant_can(net, i))
        return ln_fail(LINNET_ERR_INPUT, "model-quant", "%s: '%s' is of 8-bit integers, %s", path, name,
                       q ? "but is not the weights of a convolution or a linear layer"
                         : "but the file's metadata has no linnet.quant");
    const size_t count = ln_net_param_size(net, i), rows = (size_t)ln_quant_rows(net, i);
    int8_t *integers = ln_alloc(count);
    float *scales = q->weights[i] = ln_calloc(rows, sizeof *scales);
    int status = integers && scales ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = read_scales(st, path, name, rows, scales);
    if (status == LINNET_OK) status = ln_st_read(st, ln_st_find(st, name), integers);
    for (size_t k = 0; k < count && status == LINNET_OK; k++)
        values[k] = (float)integers[k] * scales[k / (count / rows)];
    ln_free(integers);
    return status;
}

int ln_quant_check(const char *path, const struct ln_net *net, const struct ln_quant *q) {
    int *share = ln_calloc(net->count, sizeof *share);
    if (!share) return LINNET_ERR_LIMIT;
    int status = LINNET_OK;
    ln_quant_groups(net, share);
    for (size_t i = 0; i < net->count && status == LINNET_OK; i++) {
        const struct ln_quant_value *v = &q->value[i], *group = &q->value[share[i]];
        if (v->scale != group->scale || v->is_signed != group->is_signed)
            status = ln_fail(LINNET_ERR_INPUT, "model-quant",
                             "%s: linnet.quant: '%s' and '%s' must have the same scale", path,
                             net->nodes[share[i]].name, net->nodes[i].name);
    }
    for (size_t i = 0; i < net->param_count && status == LINNET_OK; i++) {
        const struct ln_node *node = &net->nodes[net->params[i].node];
        if (q->weights[i] && !(q->value[node->in[0]].scale > 0))
            status = ln_fail(LINNET_ERR_INPUT, "model-quant",
                             "%s: '%s' is in 8 bits, and linnet.quant has no scale for '%s'", path,
                             net->params[i].name, net->nodes[node->in[0]].name);
    }
    ln_free(share);
    return status;
}

void ln_quant_integers(const struct ln_quant *q, const struct ln_net *net, size_t i, const float *values,
                       int8_t *integers) {
    const size_t count = ln_net_param_size(net, i), row = count / (size_t)ln_quant_rows(net, i);
    for (size_t k = 0; k < count; k++) {
        const float x = rintf(values[k] / q->weights[i][k / row]);
        integers[k] = (int8_t)(x > 127 ? 127 : x < -128 ? -128 : x);
    }
}
