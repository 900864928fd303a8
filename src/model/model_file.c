/* A model in a file: written atomically, read under suspicion. */
#include "base/alloc.h"
#include "model/convert.h"
#include "model/model.h"

#include <assert.h>
#include <string.h>

/* ---- save ---------------------------------------------------------------------------------------------- */

static struct ln_st_tensor *declare(const struct ln_net *net) {
    struct ln_st_tensor *tensors = ln_calloc(net->param_count + 1, sizeof *tensors);
    for (size_t i = 0; tensors && i < net->param_count; i++)
        tensors[i] = (struct ln_st_tensor){.name = net->params[i].name,
                                           .dtype = net->params[i].spec.dtype,
                                           .shape = net->params[i].spec.shape};
    return tensors;
}

/* A counter is a whole number in the file, and a float, as all parameters are, in memory. */
static int write_param(struct ln_st_writer *w, const struct ln_param_spec *spec, const float *values) {
    if (spec->dtype == LN_F32) return ln_st_writer_tensor(w, values);
    assert(spec->dtype == LN_I64 && spec->shape.rank == 0);
    int64_t count = (int64_t)values[0];
    return ln_st_writer_tensor(w, &count);
}

static int write_params(struct ln_st_writer *w, const struct ln_model *m, const struct ln_plan *plan,
                        const char *path) {
    float *plain = plan ? ln_alloc(ln_net_largest_param(m->net) * sizeof *plain) : NULL;
    int status = plan && !plain ? LINNET_ERR_LIMIT : LINNET_OK;
    for (size_t i = 0; i < m->net->param_count && status == LINNET_OK; i++) {
        const float *values = plan ? plain : m->params[i];
        if (plan) status = ln_plan_get_param(plan, i, plain);
        if (status == LINNET_OK && !ln_convert_all_finite(values, ln_net_param_size(m->net, i)))
            status = ln_fail(LINNET_ERR_DIVERGED, "model-nonfinite",
                             "%s: '%s' is not finite; nothing was written", path, m->net->params[i].name);
        if (status == LINNET_OK) status = write_param(w, &m->net->params[i].spec, values);
    }
    ln_free(plain);
    return status;
}

int ln_model_save(const struct ln_model *m, const struct ln_plan *plan, const char *path) {
    struct ln_st_tensor *tensors = declare(m->net);
    char *classes = NULL, *preprocess = NULL;
    int status = tensors ? ln_metadata_classes_print(m, &classes) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = ln_metadata_preprocess_print(&m->preprocess, &preprocess);
    if (status == LINNET_OK) {
        const struct ln_st_pair metadata[] = {{"format", "pt"},
                                              {"linnet.arch", m->arch},
                                              {"linnet.classes", classes},
                                              {"linnet.net", m->text},
                                              {"linnet.preprocess", preprocess}};
        struct ln_st_writer w = {0};
        status = ln_st_writer_begin(&w, path, tensors, m->net->param_count, metadata,
                                    sizeof metadata / sizeof *metadata);
        if (status == LINNET_OK) status = write_params(&w, m, plan, path);
        if (status == LINNET_OK) status = ln_st_writer_commit(&w);
        if (status != LINNET_OK) ln_st_writer_abort(&w);
    }
    ln_free(tensors);
    ln_free(classes);
    ln_free(preprocess);
    return status;
}

/* ---- open ---------------------------------------------------------------------------------------------- */

/* Every tensor of the file must be one of the network's. */
static int check_unexpected(const struct ln_st_file *st, const char *path, const struct ln_net *net) {
    for (size_t i = 0; i < st->count; i++) {
        char shown[160];
        if (!ln_net_has_param(net, st->tensors[i].name))
            return ln_fail(
                LINNET_ERR_INPUT, "model-unexpected", "%s: '%s' is no tensor of the network", path,
                ln_text_printable(st->tensors[i].name, strlen(st->tensors[i].name), shown, sizeof shown));
    }
    return LINNET_OK;
}

static int check_param(const struct ln_st_file *st, const char *path, const struct ln_net_param *p) {
    const struct ln_st_tensor *tensor = ln_st_find(st, p->name);
    char here[96], there[96];
    if (!tensor) return ln_fail(LINNET_ERR_INPUT, "model-missing", "%s: no tensor '%s'", path, p->name);
    if (!ln_shape_equal(&tensor->shape, &p->spec.shape))
        return ln_fail(LINNET_ERR_INPUT, "model-shape", "%s: '%s' is %s, the network needs %s", path, p->name,
                       ln_shape_text(&tensor->shape, there, sizeof there),
                       ln_shape_text(&p->spec.shape, here, sizeof here));
    return LINNET_OK;
}

/* A network asks for memory by its text: what it asks for must be in the file, names of classes (three bytes
 * each in JSON, at least) as well as tensors, before any of it is taken. */
static int check_net(const struct ln_st_file *st, const char *path, const struct ln_net *net,
                     const char *classes) {
    LN_TRY(check_unexpected(st, path, net));
    for (size_t i = 0; i < net->param_count; i++) LN_TRY(check_param(st, path, &net->params[i]));
    if ((size_t)ln_net_classes(net) > strlen(classes) / 3)
        return ln_fail(LINNET_ERR_INPUT, "model-classes", "%s: linnet.classes has no names for %d outputs",
                       path, ln_net_classes(net));
    return LINNET_OK;
}

static int read_counter(const struct ln_st_file *st, const char *path, const struct ln_st_tensor *tensor,
                        float *value) {
    int64_t count;
    if (tensor->dtype != LN_I64)
        return ln_fail(LINNET_ERR_INPUT, "st-dtype", "%s: '%s': dtype %s, a counter is I64", path,
                       tensor->name, ln_dtype_safetensors(tensor->dtype));
    LN_TRY(ln_st_read(st, tensor, &count));
    if (count < 0)
        return ln_fail(LINNET_ERR_INPUT, "model-count", "%s: '%s' counts %lld; at least 0", path,
                       tensor->name, (long long)count);
    *value = (float)count;
    return LINNET_OK;
}

static int read_param(const struct ln_st_file *st, const char *path, struct ln_model *m, size_t i) {
    const char *name = m->net->params[i].name;
    if (m->net->params[i].spec.dtype == LN_I64)
        return read_counter(st, path, ln_st_find(st, name), m->params[i]);
    LN_TRY(ln_st_read_f32(st, ln_st_find(st, name), m->params[i]));
    if (!ln_convert_all_finite(m->params[i], ln_net_param_size(m->net, i)))
        return ln_fail(LINNET_ERR_INPUT, "model-nonfinite", "%s: '%s' has numbers that are not finite", path,
                       name);
    return LINNET_OK;
}

/* The parser's refusal with the file's name before it; what is wrong usage elsewhere is bad input here. */
static int parse_net(const char *path, const char *text, struct ln_net **net) {
    int status = ln_net_parse(text, net);
    if (status == LINNET_OK) return LINNET_OK;
    struct ln_error error = *ln_error_get();
    ln_error_clear();
    return ln_fail(status == LINNET_ERR_USAGE ? LINNET_ERR_INPUT : status, error.code, "%s: %s", path,
                   error.text);
}

static int read_model(const struct ln_st_file *st, const char *path, struct ln_model **out) {
    const char *text = ln_st_metadata(st, "linnet.net"), *arch = ln_st_metadata(st, "linnet.arch");
    const char *classes = ln_st_metadata(st, "linnet.classes"), *pp = ln_st_metadata(st, "linnet.preprocess");
    if (!text || !arch || !classes || !pp)
        return ln_fail(LINNET_ERR_INPUT, "model-metadata",
                       "%s: not a model file of Linnet: no %s in its metadata", path,
                       !text   ? "linnet.net"
                       : !arch ? "linnet.arch"
                       : !pp   ? "linnet.preprocess"
                               : "linnet.classes");
    struct ln_net *net;
    LN_TRY(parse_net(path, text, &net));
    int status = check_net(st, path, net, classes);
    if (status != LINNET_OK) {
        ln_net_destroy(net);
        return status;
    }
    struct ln_model *m;
    LN_TRY(ln_model_create_blank(&m, arch, net));
    status = ln_metadata_classes_parse(path, classes, m);
    if (status == LINNET_OK) status = ln_metadata_preprocess_parse(path, pp, &m->preprocess);
    for (size_t i = 0; i < m->net->param_count && status == LINNET_OK; i++)
        status = read_param(st, path, m, i);
    if (status == LINNET_OK)
        *out = m;
    else
        ln_model_destroy(m);
    return status;
}

int ln_model_open(struct ln_model **model, const char *path) {
    struct ln_st_file st = {0};
    LN_TRY(ln_st_open(&st, path));
    int status = read_model(&st, path, model);
    ln_st_close(&st);
    return status;
}
