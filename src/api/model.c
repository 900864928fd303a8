/* linnet_model: architectures, saving, and properties. model_create.c makes one. Properties do not clear the
 * error record: a program may ask for the model's name while it reports a failure. */
#include "api/handles.h"
#include "base/alloc.h"
#include "train/export.h"
#include "train/train.h"

/* ---- architectures --------------------------------------------------------------------------------- */

int linnet_arch_count(void) {
    int count = 0;
    while (ln_arch_get(count)) count++;
    return count;
}

const char *linnet_arch_name(int index) {
    const struct ln_arch_variant *v = index < 0 ? NULL : ln_arch_get(index);
    return v ? v->name : NULL;
}

/* The numbers come from building the network, so they cannot be out of date; it takes microseconds, as no
 * weights are allocated. */
bool linnet_arch_get(int index, struct linnet_arch_info *info) {
    ln_api_begin();
    if (LN_CHECK_RESULT(info) != LINNET_OK) return false;
    const struct ln_arch_variant *v = index < 0 ? NULL : ln_arch_get(index);
    struct ln_net *net;
    if (!v || ln_arch_build(v->name, &(struct ln_arch_opts){0}, &net) != LINNET_OK) return false;
    const struct linnet_arch_info own = {.name = v->name,
                                         .year = v->year,
                                         .parameters = ln_net_parameters(net),
                                         .macs = ln_net_macs(net),
                                         .imgsz = v->imgsz,
                                         .channels = v->channels,
                                         .classes = v->classes,
                                         .paper = v->paper};
    ln_net_destroy(net);
    LN_GIVE(&own, info);
    return true;
}

/* ---- files ----------------------------------------------------------------------------------------- */

int linnet_model_save(const linnet_model *model, const char *path) {
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(path);
    return ln_model_save(model->model, NULL, path);
}

int linnet_model_export(const linnet_model *model, const char *path, const struct linnet_export_opts *given,
                        struct linnet_export_result *result) {
    struct linnet_export_opts opts;
    struct linnet_export_result own;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(path);
    LN_TRY(LN_TAKE_OPTS(export, given, &opts));
    if (result) LN_TRY(LN_CHECK_RESULT(result));
    LN_TRY(ln_export(model->model, path, &opts, &own));
    if (result) LN_GIVE(&own, result);
    return LINNET_OK;
}

void linnet_model_destroy(linnet_model *model) {
    if (!model) return;
    ln_model_destroy(model->model);
    ln_free(model->confusion);
    ln_free(model->weights);
    ln_free(model);
}

/* ---- properties ------------------------------------------------------------------------------------ */

const char *linnet_model_arch(const linnet_model *model) {
    LN_NEED_OR(NULL, model);
    return model->model->arch;
}

const char *linnet_model_weights(const linnet_model *model) {
    LN_NEED_OR(NULL, model);
    return model->weights ? model->weights : "";
}

const char *linnet_model_text(const linnet_model *model) {
    LN_NEED_OR(NULL, model);
    return model->model->text;
}

int linnet_model_classes(const linnet_model *model) {
    LN_NEED_OR(0, model);
    return model->model->classes;
}

const char *linnet_model_class_name(const linnet_model *model, int label) {
    LN_NEED_OR(NULL, model);
    return label >= 0 && label < model->model->classes ? model->model->class_names[label] : NULL;
}

int linnet_model_find_class(const linnet_model *model, const char *word) {
    LN_NEED_OR(-1, model);
    LN_NEED_OR(-1, word);
    return ln_model_find_class(model->model, word);
}

int linnet_model_imgsz(const linnet_model *model) {
    LN_NEED_OR(0, model);
    return model->model->preprocess.width;
}

int linnet_model_channels(const linnet_model *model) {
    LN_NEED_OR(0, model);
    return model->model->preprocess.channels;
}

int64_t linnet_model_parameters(const linnet_model *model) {
    LN_NEED_OR(0, model);
    return ln_net_parameters(model->model->net);
}

double linnet_model_unknown_energy(const linnet_model *model) {
    LN_NEED_OR(0, model);
    return model->model->unknown_energy;
}

/* *text is the caller's: linnet_free(). */
int linnet_model_summary(const linnet_model *model, const struct linnet_summary_opts *given, char **text) {
    struct linnet_summary_opts opts;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(text);
    LN_TRY(LN_TAKE_OPTS(summary, given, &opts));
    return ln_summary(model->model, &opts, text);
}
