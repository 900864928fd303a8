/* Training that starts from a model file of Linnet or of another program. Tensors keep their names, so all but a new head are
 * copied. */
#include "train/start_file.h"

#include "base/alloc.h"
#include "base/file.h"
#include "train/make_model.h"

#include <string.h>

bool ln_start_is_file(const char *name) {
    if (ln_arch_find(name)) return false;
    return strpbrk(name, "/.") || ln_file_exists(name);
}

/* ---- the network -------------------------------------------------------------------------------------------- */

static int fit_net(const struct ln_net *from, int classes, int imgsz, struct ln_net **net) {
    struct ln_net *sized;
    LN_TRY(ln_net_with_classes(from, classes, net));
    if (imgsz == 0 || ((*net)->nodes[0].out.dim[2] == imgsz && (*net)->nodes[0].out.dim[3] == imgsz))
        return LINNET_OK;
    int status = ln_net_resized(*net, imgsz, imgsz, &sized);
    ln_net_destroy(*net);
    *net = status == LINNET_OK ? sized : NULL;
    return status;
}

int ln_start_net(struct ln_net **net, const char *path, int classes, int imgsz) {
    struct ln_model *file;
    LN_TRY(ln_load_model(&file, path));
    int status = fit_net(file->net, classes, imgsz, net);
    ln_model_destroy(file);
    return status;
}

/* ---- weights, preprocessing, classes ------------------------------------------------------------------------ */

/* "m.onnx: loaded 120 of 122 tensors; newly initialised: 'fc.weight', 'fc.bias' (1000 classes in the file, 2 here)" */
static int note_take(const struct ln_model *m, const struct ln_model *file, const char *path, char **note) {
    struct ln_text t = {0}, fresh = {0};
    char shown[160];
    size_t taken = 0;
    for (size_t i = 0; i < m->net->param_count; i++) {
        const struct ln_net_param *p = &m->net->params[i];
        if (ln_shape_equal(&p->spec.shape, &file->net->params[i].spec.shape))
            taken++;
        else
            ln_text_addf(&fresh, "%s '%s'", fresh.length ? "," : "; newly initialised:", p->name);
    }
    const char *name = ln_file_name(path);
    ln_text_addf(&t, "%s: loaded %zu of %zu tensors",
                 ln_text_printable(name, strlen(name), shown, sizeof shown), taken, m->net->param_count);
    if (fresh.data)
        ln_text_addf(&t, "%s (%d classes in the file, %d here)", fresh.data, file->classes, m->classes);
    t.failed |= fresh.failed;
    ln_text_fini(&fresh);
    return ln_text_take(&t, note);
}

/* Both networks have the same layers, so their parameters have the same numbers. */
static void copy_params(struct ln_model *m, const struct ln_model *file, uint64_t seed) {
    for (size_t i = 0; i < m->net->param_count; i++)
        if (ln_shape_equal(&m->net->params[i].spec.shape, &file->net->params[i].spec.shape))
            memcpy(m->params[i], file->params[i], ln_net_param_size(m->net, i) * sizeof(float));
        else
            ln_net_init_param(m->net, i, seed, m->params[i]);
}

/* The file's preprocessing at the new size: the shorter side of photos is scaled with it. */
static void describe(struct ln_model *m, const struct ln_preprocess *file) {
    const int width = m->preprocess.width, height = m->preprocess.height;
    m->preprocess = *file;
    m->preprocess.width = width;
    m->preprocess.height = height;
    if (file->resize)
        m->preprocess.resize = (int)((int64_t)file->resize * height + file->height - 1) / file->height;
}

static int fill(struct ln_model *m, const struct ln_model *file, const char *path,
                const struct ln_dataset *ds, char **note) {
    m->begun_with = ln_strdup(path);
    if (!m->begun_with) return LINNET_ERR_LIMIT;
    describe(m, &file->preprocess);
    LN_TRY(ln_model_name_classes(m, ds->class_names, ds->classes));
    return note_take(m, file, path, note);
}

static int start(struct ln_model **model, char **note, const struct ln_model *file, const char *path,
                 const struct ln_dataset *ds, const struct linnet_model_opts *opts) {
    struct ln_net *net;
    struct ln_model *m;
    LN_TRY(fit_net(file->net, ds->classes, opts->imgsz, &net));
    LN_TRY(ln_model_create_blank(&m, file->arch, net));
    copy_params(m, file, opts->seed);
    int status = fill(m, file, path, ds, note);
    if (status == LINNET_OK)
        *model = m;
    else
        ln_model_destroy(m);
    return status;
}

static int check_opts(const char *path, const struct linnet_model_opts *o) {
    char shown[160];
    const char *flag = o->weights        ? "--weights"
                       : o->zero_init    ? "--zero-init-residual"
                       : o->dropout != 0 ? "--dropout"
                                         : NULL;
    if (!flag) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "option-unused",
                   "%s applies only to an architecture's name; %s has its own weights", flag,
                   ln_text_printable(path, strlen(path), shown, sizeof shown));
}

int ln_start_model(struct ln_model **model, char **note, const char *path, const struct ln_dataset *ds,
                   const struct linnet_model_opts *opts) {
    struct ln_model *file;
    LN_TRY(check_opts(path, opts));
    LN_TRY(ln_load_model(&file, path));
    int status = start(model, note, file, path, ds, opts);
    ln_model_destroy(file);
    return status;
}
