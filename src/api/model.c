/* linnet_model. */
#include "api/handles.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/threads.h"

#include <string.h>

/* ---- architectures ---------------------------------------------------------------------------------------
 */

int linnet_arch_count(void) {
    int count = 0;
    while (ln_arch_get(count)) count++;
    return count;
}

bool linnet_arch_get(int index, struct linnet_arch_info *info) {
    ln_api_begin();
    const struct ln_arch_variant *v = index < 0 ? NULL : ln_arch_get(index);
    struct ln_net *net;
    if (!v || ln_arch_build(v->name, &(struct ln_arch_opts){0}, &net) != LINNET_OK) return false;
    *info = (struct linnet_arch_info){.name = v->name,
                                      .year = v->year,
                                      .parameters = ln_net_parameters(net),
                                      .macs = ln_net_macs(net),
                                      .imgsz = v->imgsz,
                                      .channels = v->channels,
                                      .classes = v->classes,
                                      .paper = v->paper};
    ln_net_destroy(net);
    return true;
}

/* ---- create ----------------------------------------------------------------------------------------------
 */

/* Takes the model. */
static int wrap(struct ln_model *model, linnet_model **out) {
    linnet_model *m = ln_calloc(1, sizeof *m);
    if (!m) {
        ln_model_destroy(model);
        return LINNET_ERR_LIMIT;
    }
    m->model = model;
    *out = m;
    return LINNET_OK;
}

/* What the architecture takes at all, else the size that data of one size has, else the usual. */
static int choose_imgsz(const char *arch, const struct ln_dataset *ds) {
    for (int i = 0; ln_arch_get(i); i++)
        if (strcmp(ln_arch_get(i)->name, arch) == 0 && ln_arch_get(i)->fixed_imgsz) return 0;
    return ds && ds->width == ds->height ? ds->width : 0;
}

/* ImageNet's mean and standard deviation, which every photo pipeline uses; data of one size (digits, clothes)
 * has its own. Photos: the shorter side to 8/7 of the input, then the centre, as 256 and 224. */
static int set_preprocess(struct ln_model *m, const struct ln_dataset *ds) {
    static const float mean[3] = {0.485F, 0.456F, 0.406F}, std[3] = {0.229F, 0.224F, 0.225F};
    struct ln_preprocess *pp = &m->preprocess;
    if (ds->width > 0) return ln_dataset_statistics(ds, pp->mean, pp->std);
    memcpy(pp->mean, mean, sizeof mean);
    memcpy(pp->std, std, sizeof std);
    pp->resize = (pp->width * 8 + 6) / 7;
    return LINNET_OK;
}

static int describe_data(struct ln_model *m, const struct ln_dataset *ds) {
    LN_TRY(set_preprocess(m, ds));
    return m->classes == ds->classes ? ln_model_name_classes(m, ds->class_names, ds->classes) : LINNET_OK;
}

int linnet_model_create(linnet_model **model, const char *arch, const linnet_data *data,
                        const struct linnet_model_opts *given) {
    struct linnet_model_opts opts = given ? *given : (struct linnet_model_opts){0};
    const struct ln_dataset *ds = data ? data->ds : NULL;
    struct ln_arch_opts arch_opts = {.classes = opts.classes ? opts.classes
                                                : ds         ? ds->classes
                                                             : 0,
                                     .channels = opts.channels ? opts.channels
                                                 : ds          ? ds->channels
                                                               : 0,
                                     .imgsz = opts.imgsz ? opts.imgsz : choose_imgsz(arch, ds),
                                     .dropout = opts.dropout};
    ln_api_begin();
    if (opts.channels && opts.channels != 1 && opts.channels != 3)
        return ln_fail(LINNET_ERR_USAGE, "model-channels", "%d channels; 1 (grey) or 3 (colour)",
                       opts.channels);
    struct ln_net *net;
    struct ln_model *m;
    LN_TRY(ln_arch_build(arch, &arch_opts, &net));
    LN_TRY(ln_model_create(&m, arch, net, opts.seed));
    int status = ds ? describe_data(m, ds) : LINNET_OK;
    if (status == LINNET_OK) return wrap(m, model);
    ln_model_destroy(m);
    return status;
}

int linnet_model_create_from_text(linnet_model **model, const char *text,
                                  const struct linnet_model_opts *opts) {
    struct ln_net *net;
    struct ln_model *m;
    ln_api_begin();
    LN_TRY(ln_net_parse(text, &net));
    LN_TRY(ln_model_create(&m, "custom", net, opts ? opts->seed : 0));
    return wrap(m, model);
}

int linnet_model_open(linnet_model **model, const char *path) {
    struct ln_model *m = NULL;
    ln_api_begin();
    bool folder = ln_file_is_folder(path);
    char *file = folder ? ln_file_join(path, "best.safetensors") : ln_strdup(path);
    int status = file ? ln_model_open(&m, file) : LINNET_ERR_LIMIT;
    ln_free(file);
    return status == LINNET_OK ? wrap(m, model) : status;
}

int linnet_model_save(const linnet_model *model, const char *path) {
    ln_api_begin();
    return ln_model_save(model->model, NULL, path);
}

void linnet_model_destroy(linnet_model *model) {
    if (!model) return;
    ln_model_destroy(model->model);
    ln_free(model->confusion);
    ln_free(model);
}

/* ---- questions -------------------------------------------------------------------------------------------
 */

const char *linnet_model_arch(const linnet_model *model) {
    return model->model->arch;
}

const char *linnet_model_text(const linnet_model *model) {
    return model->model->text;
}

int linnet_model_classes(const linnet_model *model) {
    return model->model->classes;
}

const char *linnet_model_class_name(const linnet_model *model, int label) {
    return label >= 0 && label < model->model->classes ? model->model->class_names[label] : NULL;
}

int linnet_model_imgsz(const linnet_model *model) {
    return model->model->preprocess.width;
}

int linnet_model_channels(const linnet_model *model) {
    return model->model->preprocess.channels;
}

int64_t linnet_model_parameters(const linnet_model *model) {
    return ln_net_parameters(model->model->net);
}

int linnet_model_summary(const linnet_model *model, const struct linnet_summary_opts *given, char **text) {
    struct linnet_summary_opts opts = given ? *given : (struct linnet_summary_opts){0};
    int batch = opts.batch ? opts.batch : 1;
    ln_api_begin();
    if (!opts.plan) return ln_net_summary(model->model->net, batch, opts.json, text);
    struct ln_plan *plan;
    ln_threads_start(opts.threads);
    LN_TRY(ln_plan_create(&plan, model->model->net,
                          &(struct ln_plan_opts){.batch = batch, .train = opts.train}));
    int status = ln_plan_print(plan, opts.json, text);
    ln_plan_destroy(plan);
    return status;
}
