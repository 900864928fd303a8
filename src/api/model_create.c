/* linnet_model from a name or a text, with fresh weights or those of a file. */
#include "api/handles.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/option.h"
#include "model/weights_load.h"

#include <string.h>

int ln_api_model(struct ln_model *model, char *weights, linnet_model **out) {
    linnet_model *m = ln_calloc(1, sizeof *m);
    if (!m) {
        ln_model_destroy(model);
        ln_free(weights);
        return LINNET_ERR_LIMIT;
    }
    m->model = model;
    m->weights = weights;
    *out = m;
    return LINNET_OK;
}

/* What a model is made of. */
struct making {
    const char *arch, *text; /* text: NULL, or the network itself */
    const struct ln_dataset *ds;
    struct linnet_model_opts opts;
    struct ln_state *state; /* NULL: fresh weights */
};

/* ---- preprocessing and classes ------------------------------------------------------------------------ */

/* torchvision's GoogLeNet: the file is known by its name, as nothing in it says so. */
static bool wants_half(const struct making *k) {
    const struct ln_arch_variant *v = k->text ? NULL : ln_arch_find(k->arch);
    if (!v || !v->half_weights || !k->opts.weights) return false;
    return strcmp(ln_file_name(k->opts.weights), v->half_weights) == 0;
}

/* ImageNet's mean and standard deviation, which nearly every photo pipeline uses; the shorter side to 8/7 of
 * the input, then the centre, as 256 and 224. */
static void preprocess_photos(const struct making *k, struct ln_preprocess *pp) {
    static const float mean[3] = {0.485F, 0.456F, 0.406F}, std[3] = {0.229F, 0.224F, 0.225F},
                       half[3] = {0.5F, 0.5F, 0.5F};
    memcpy(pp->mean, wants_half(k) ? half : mean, sizeof mean);
    memcpy(pp->std, wants_half(k) ? half : std, sizeof std);
    pp->resize = (pp->width * 8 + 6) / 7;
}

/* Data of one size (digits, clothes) has its own mean and deviation. */
static int describe_data(const struct making *k, struct ln_model *m) {
    const struct ln_dataset *ds = k->ds;
    if (ds->width > 0)
        LN_TRY(ln_dataset_statistics(ds, m->preprocess.mean, m->preprocess.std));
    else
        preprocess_photos(k, &m->preprocess);
    return m->classes == ds->classes ? ln_model_name_classes(m, ds->class_names, ds->classes) : LINNET_OK;
}

/* What a model file of Linnet's says of itself; of a plain state_dict nothing is known but that whoever
 * trains on photos in colour normalises them so. */
static int describe_weights(const struct making *k, struct ln_model *m) {
    const struct ln_state *state = k->state;
    const struct ln_dataset *ds = k->ds;
    const char *path = ln_state_path(state);
    const char *preprocess = state->is_pth ? NULL : ln_st_metadata(&state->st, "linnet.preprocess");
    const char *classes = state->is_pth ? NULL : ln_st_metadata(&state->st, "linnet.classes");
    if (preprocess && ln_metadata_preprocess_parse(path, preprocess, &m->preprocess) != LINNET_OK) {
        ln_error_clear(); /* of another input size: then it does not hold here */
        preprocess = NULL;
    }
    if (!preprocess && !ds && m->preprocess.channels == 3) preprocess_photos(k, &m->preprocess);
    return classes && !ds ? ln_metadata_classes_parse(path, classes, m) : LINNET_OK;
}

/* ---- create ------------------------------------------------------------------------------------------- */

/* What the architecture takes at all, else the size that data of one size has, else the usual. */
static int choose_imgsz(const char *arch, const struct ln_dataset *ds) {
    const struct ln_arch_variant *v = ln_arch_find(arch);
    if (v && v->fixed_imgsz) return 0;
    return ds && ds->width == ds->height ? ds->width : 0;
}

static int make_net(const struct making *k, struct ln_net **net) {
    const struct ln_dataset *ds = k->ds;
    if (k->text) return ln_net_parse(k->text, net);
    struct ln_arch_opts opts = {.classes = k->opts.classes ? k->opts.classes
                                           : ds            ? ds->classes
                                                           : 0,
                                .channels = k->opts.channels ? k->opts.channels
                                            : ds             ? ds->channels
                                                             : 0,
                                .imgsz = k->opts.imgsz ? k->opts.imgsz : choose_imgsz(k->arch, ds),
                                .dropout = k->opts.dropout,
                                .zero_init = k->opts.zero_init};
    return k->state ? ln_weights_build_net(net, k->arch, &opts, k->state)
                    : ln_arch_build(k->arch, &opts, net);
}

static int fill(const struct making *k, struct ln_model *m, char **weights) {
    if (k->ds) LN_TRY(describe_data(k, m));
    if (!k->state) return LINNET_OK;
    m->begun_with = ln_strdup(ln_state_path(k->state));
    if (!m->begun_with) return LINNET_ERR_LIMIT;
    LN_TRY(ln_weights_load(m, k->state,
                           &(struct ln_weights_opts){.fresh_head = k->opts.new_head, .seed = k->opts.seed},
                           weights));
    /* Training goes by its data, everything else by what the weights were trained with. */
    return k->ds && k->opts.new_head ? LINNET_OK : describe_weights(k, m);
}

static int make(const struct making *k, linnet_model **out) {
    struct ln_net *net;
    struct ln_model *m;
    char *weights = NULL;
    LN_TRY(make_net(k, &net));
    LN_TRY(k->state ? ln_model_create_blank(&m, k->arch, net)
                    : ln_model_create(&m, k->arch, net, k->opts.seed));
    int status = fill(k, m, &weights);
    if (status == LINNET_OK) return ln_api_model(m, weights, out);
    ln_free(weights);
    ln_model_destroy(m);
    return status;
}

char *ln_api_weights_file(const char *path) {
    return ln_file_is_folder(path) ? ln_file_join(path, "best.safetensors") : ln_strdup(path);
}

static int open_weights(struct ln_state *state, const char *path) {
    char *file = ln_api_weights_file(path);
    int status = file ? ln_state_open(state, file) : LINNET_ERR_LIMIT;
    ln_free(file);
    return status;
}

static int create(struct making k, const struct linnet_model_opts *given, linnet_model **model) {
    struct ln_state state = {0};
    LN_TRY(LN_TAKE_OPTS(model, given, &k.opts));
    LN_TRY(ln_options_check(linnet_model_options, &k.opts));
    ln_options_default(linnet_model_options, &k.opts);
    if (k.opts.channels && k.opts.channels != 1 && k.opts.channels != 3)
        return ln_fail(LINNET_ERR_USAGE, "model-channels", "%d channels; 1 (grey) or 3 (colour)",
                       k.opts.channels);
    if (k.opts.weights) {
        LN_TRY(open_weights(&state, k.opts.weights));
        k.state = &state;
    }
    int status = make(&k, model);
    ln_state_close(&state);
    return status;
}

int linnet_model_create(linnet_model **model, const char *arch, const linnet_data *data,
                        const struct linnet_model_opts *opts) {
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(arch);
    return create((struct making){.arch = arch, .ds = data ? data->ds : NULL}, opts, model);
}

int linnet_model_create_from_text(linnet_model **model, const char *text,
                                  const struct linnet_model_opts *opts) {
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(text);
    return create((struct making){.arch = "custom", .text = text}, opts, model);
}
