/* Exports: one row for each form, found by the ending of the path. */
#include "train/export.h"

#include "base/alloc.h"
#include "base/option.h"
#include "base/rng.h"
#include "csource/csource.h"
#include "model/weights_save.h"
#include "onnx/onnx.h"
#include "train/infer.h"

#include <math.h>
#include <string.h>

/* The largest difference of logits that an export may have, relative to the largest logit. */
#define DIFFERENCE_MAX 1e-4

enum { CHECKED_IMAGES = 2, CHECK_SEED = 1 };

/* ---- forms -------------------------------------------------------------------------------------------------------------- */

static int save_onnx(const struct ln_model *model, const char *path, const struct linnet_export_opts *o) {
    const struct ln_onnx_save_opts opts = {
        .opset = o->opset, .fold = o->fold, .softmax = o->softmax, .with_preprocess = o->with_preprocess};
    return ln_onnx_save(model, path, &opts);
}

static int save_safetensors(const struct ln_model *model, const char *path,
                            const struct linnet_export_opts *o) {
    return ln_weights_save_safetensors(model, path);
}

static int save_pth(const struct ln_model *model, const char *path, const struct linnet_export_opts *o) {
    return ln_weights_save_pth(model, path);
}

static int save_c(const struct ln_model *model, const char *path, const struct linnet_export_opts *o) {
    return ln_csource_save(model, path);
}

static const struct form {
    const char *ending, *name;
    int (*save)(const struct ln_model *model, const char *path, const struct linnet_export_opts *opts);
    bool is_onnx; /* takes the options of ONNX, and can be opened again */
} forms[] = {
    {".onnx", "onnx", save_onnx, true},
    {".safetensors", "safetensors", save_safetensors},
    {".pth", "pth", save_pth},
    {".pt", "pth", save_pth},
    {".c", "c", save_c},
};
enum { FORMS = sizeof forms / sizeof *forms };

static int find_form(const char *path, const struct form **form) {
    const char *endings[FORMS];
    char list[96], shown[160];
    for (int i = 0; i < FORMS; i++) {
        endings[i] = forms[i].ending;
        *form = &forms[i];
        if (ln_text_ends(path, forms[i].ending)) return LINNET_OK;
    }
    return ln_fail(LINNET_ERR_USAGE, "export-format", "%s: the name must end in %s",
                   ln_text_printable(path, strlen(path), shown, sizeof shown),
                   ln_text_list(endings, FORMS, list, sizeof list));
}

/* The importer has no layers for 8-bit integers. */
static int check_int8(const struct ln_model *model, const struct linnet_export_opts *o) {
    if (!model->quant || !o->check) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "option-unused",
                   "--check cannot read the file of a model in 8 bits; run it with onnxruntime instead");
}

static int check_options(const struct form *form, const struct linnet_export_opts *o) {
    const char *flag = o->opset             ? "--opset"
                       : o->fold            ? "--fold"
                       : o->softmax         ? "--softmax"
                       : o->with_preprocess ? "--with-preprocess"
                       : o->check           ? "--check"
                                            : NULL;
    LN_TRY(ln_options_check(linnet_export_options, o));
    if (form->is_onnx || !flag) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "option-unused", "%s applies only to files that end in .onnx", flag);
}

/* ---- check --------------------------------------------------------------------------------------------------------------- */

/* Computes the logits of random pixels, the same in each call, normalised as the model says. */
static int compute(const struct ln_model *model, float *images, size_t image, float *logits) {
    const struct ln_preprocess *pp = &model->preprocess;
    const size_t plane = (size_t)pp->width * (size_t)pp->height;
    struct ln_infer infer;
    struct ln_rng rng;
    ln_rng_init(&rng, CHECK_SEED, LN_RNG_DATA, 0, 0);
    for (size_t i = 0; i < CHECKED_IMAGES * image; i++) {
        const size_t channel = i / plane % (size_t)pp->channels;
        const float pixel = (float)ln_rng_below(&rng, 256);
        images[i] = (pixel / 255.0F - pp->mean[channel]) / pp->std[channel];
    }
    int status = ln_infer_init(&infer, model, &(struct ln_infer_opts){.batch = CHECKED_IMAGES});
    if (status == LINNET_OK) status = ln_infer_run(&infer, images, CHECKED_IMAGES, logits, NULL);
    ln_infer_fini(&infer);
    return status;
}

static double difference_of(const float *a, const float *b, size_t count) {
    double largest = 0, apart = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)a[i]));
        apart = fmax(apart, fabs((double)a[i] - (double)b[i]));
    }
    return largest > 0 ? apart / largest : apart;
}

static int compare(const struct ln_model *model, const struct ln_model *again, double *difference) {
    const size_t classes = (size_t)model->classes, count = CHECKED_IMAGES * classes;
    size_t image = 0;
    if (!ln_shape_count(&model->net->nodes[0].out, &image)) return LINNET_ERR_LIMIT;
    float *images = ln_calloc(CHECKED_IMAGES, image * sizeof *images),
          *logits = ln_calloc(2 * count, sizeof *logits);
    int status = images && logits ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = compute(model, images, image, logits);
    if (status == LINNET_OK) status = compute(again, images, image, logits + count);
    if (status == LINNET_OK) *difference = difference_of(logits, logits + count, count);
    ln_free(images);
    ln_free(logits);
    return status;
}

static int check(const struct ln_model *model, const char *path, double *difference) {
    struct ln_model *again;
    LN_TRY(ln_onnx_open(&again, path, &(struct ln_onnx_open_opts){0}));
    int status = again->classes == model->classes
                     ? compare(model, again, difference)
                     : ln_fail(LINNET_ERR_INTERNAL, "export-check",
                               "%s: the exported file has another number of classes", path);
    ln_model_destroy(again);
    LN_TRY(status);
    if (*difference <= DIFFERENCE_MAX) return LINNET_OK;
    return ln_fail(
        LINNET_ERR_INTERNAL, "export-check",
        "%s: the file's logits differ from the model's by %.2g of the largest one; the limit is %.0e", path,
        *difference, DIFFERENCE_MAX);
}

int ln_export(const struct ln_model *model, const char *path, const struct linnet_export_opts *opts,
              struct linnet_export_result *result) {
    const struct form *form;
    *result = (struct linnet_export_result){0};
    LN_TRY(find_form(path, &form));
    LN_TRY(check_options(form, opts));
    LN_TRY(check_int8(model, opts));
    result->format = form->name;
    LN_TRY(form->save(model, path, opts));
    return opts->check ? check(model, path, &result->difference) : LINNET_OK;
}
