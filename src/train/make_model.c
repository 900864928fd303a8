/* Making models: the network, its weights, and the preprocessing and classes that go with them. Where these
 * come from:
 *
 *                     network           weights   preprocessing          classes
 *     for training    by name, for      random    of the data            of the data
 *                     the data's
 *                     classes
 *     with --weights  the same          the file  of the data            of the data; the head is new
 *     from a file     the file's        the file  of the file            the same (start_file.c)
 *     to predict      by name, for      the file  of the file, else      of the file
 *                     the file's rows             ImageNet's
 */
#include "train/make_model.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/option.h"
#include "base/text.h"
#include "model/weights_load.h"
#include "onnx/onnx.h"
#include "train/start_file.h"

#include <string.h>

/* The arguments and files from which a model is made. */
struct making {
    const char *arch, *text; /* text: NULL, or the network itself */
    const struct ln_dataset *ds;
    struct linnet_model_opts opts;
    struct ln_state *state; /* NULL: fresh weights */
};

/* ---- preprocessing and classes ------------------------------------------------------------------------ */

/* True for torchvision's GoogLeNet, whose inputs are normalised by 0.5; only the file's name identifies it. */
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

/* Preprocessing and classes of a file of weights: from the metadata of a Linnet model; for a plain state_dict
 * of a colour network ImageNet's normalisation, which nearly all of them use. */
static int describe_weights(const struct making *k, struct ln_model *m) {
    const struct ln_state *state = k->state;
    const struct ln_dataset *ds = k->ds;
    const char *path = ln_state_path(state);
    const char *preprocess = state->is_pth ? NULL : ln_st_metadata(&state->st, "linnet.preprocess");
    const char *classes = state->is_pth ? NULL : ln_st_metadata(&state->st, "linnet.classes");
    if (preprocess && ln_metadata_preprocess_parse(path, preprocess, &m->preprocess) != LINNET_OK) {
        ln_error_clear(); /* of another input size, so it does not apply */
        preprocess = NULL;
    }
    if (!preprocess && !ds && m->preprocess.channels == 3) preprocess_photos(k, &m->preprocess);
    return classes && !ds ? ln_metadata_classes_parse(path, classes, m) : LINNET_OK;
}

/* ---- create ------------------------------------------------------------------------------------------- */

/* The size of the data if all images have one, or else that of the model whose weights are taken: the linear layers of
 * LeNet, AlexNet and VGG fit one size only. 0: the usual size. */
static int choose_imgsz(const struct making *k) {
    const struct ln_arch_variant *v = ln_arch_find(k->arch);
    if (v && v->fixed_imgsz) return 0;
    if (k->ds && k->ds->width > 0) return k->ds->width == k->ds->height ? k->ds->width : 0;
    const char *preprocess =
        k->state && !k->state->is_pth ? ln_st_metadata(&k->state->st, "linnet.preprocess") : NULL;
    return preprocess ? ln_metadata_imgsz(preprocess) : 0;
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
                                .imgsz = k->opts.imgsz ? k->opts.imgsz : choose_imgsz(k),
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
    /* Training takes the preprocessing and classes of its data, everything else those of the weights. */
    return k->ds && k->opts.new_head ? LINNET_OK : describe_weights(k, m);
}

static int make(const struct making *k, struct ln_model **out, char **weights) {
    struct ln_net *net;
    struct ln_model *m;
    LN_TRY(make_net(k, &net));
    LN_TRY(k->state ? ln_model_create_blank(&m, k->arch, net)
                    : ln_model_create(&m, k->arch, net, k->opts.seed));
    int status = fill(k, m, weights);
    if (status == LINNET_OK) {
        *out = m;
        return LINNET_OK;
    }
    ln_free(*weights);
    *weights = NULL;
    ln_model_destroy(m);
    return status;
}

/* The path of a model file, or of the best weights in a run folder. NULL: out of memory, recorded. */
static char *weights_file(const char *path) {
    return ln_file_is_folder(path) ? ln_file_join(path, "best.safetensors") : ln_strdup(path);
}

static int open_weights(struct ln_state *state, const char *path) {
    char *file = weights_file(path);
    int status = file ? ln_state_open(state, file) : LINNET_ERR_LIMIT;
    ln_free(file);
    return status;
}

int ln_make_model(struct ln_model **model, char **weights, const struct ln_make_model *from) {
    struct making k = {.arch = from->arch, .text = from->text, .ds = from->ds, .opts = from->opts};
    struct ln_state state = {0};
    *weights = NULL;
    LN_TRY(ln_options_check(linnet_model_options, &k.opts));
    if (k.ds && !k.text && ln_start_is_file(k.arch))
        return ln_start_model(model, weights, k.arch, k.ds, &k.opts);
    ln_options_default(linnet_model_options, &k.opts);
    if (k.opts.channels && k.opts.channels != 1 && k.opts.channels != 3)
        return ln_fail(LINNET_ERR_USAGE, "model-channels", "%d channels; 1 (grey) or 3 (colour)",
                       k.opts.channels);
    if (k.opts.weights) {
        LN_TRY(open_weights(&state, k.opts.weights));
        k.state = &state;
    }
    int status = make(&k, model, weights);
    ln_state_close(&state);
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------ */

/* PyTorch's files hold weights, and no network to put them into. */
static int refuse_pth(const char *path) {
    struct ln_state state;
    if (!ln_text_ends(path, ".pth") && !ln_text_ends(path, ".pt")) return LINNET_OK;
    LN_TRY(ln_state_open(&state, path));
    ln_state_close(&state);
    return ln_fail(
        LINNET_ERR_INPUT, "model-metadata",
        "%s: the file holds weights but no network; name the architecture, and give this file with --weights",
        path);
}

int ln_load_model(struct ln_model **model, const char *path) {
    if (ln_onnx_is_path(path)) return ln_onnx_open(model, path, &(struct ln_onnx_open_opts){0});
    LN_TRY(refuse_pth(path));
    char *file = weights_file(path);
    int status = file ? ln_model_open(model, file) : LINNET_ERR_LIMIT;
    ln_free(file);
    return status;
}
