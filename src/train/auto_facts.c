/* The facts that the automatic recipe chooses by: of the data, the network and the machine. */
#include "arch/arch.h"
#include "base/alloc.h"
#include "data/dataset.h"
#include "train/auto_recipe.h"
#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the data ------------------------------------------------------------------------------------------- */

/* 48 photos are enough for a median, and take less than a second. */
enum { LOOKED_AT = 48, EIGHTH = 8 };

struct seen_size {
    int shorter;
};

/* Called with the photo's size before it is decoded. Its answer, an eighth of the size, makes decoding cheap:
 * only the size is needed. */
static int see_size(void *user, int width, int height) {
    ((struct seen_size *)user)->shorter = width < height ? width : height;
    return EIGHTH;
}

static int by_value(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

/* The median of the shorter sides of some photos, evenly spread; 0 if none of them can be read. */
static int photo_side(const struct ln_dataset *ds) {
    const struct ln_part *part = &ds->parts[LINNET_TRAIN];
    int sides[LOOKED_AT], count = 0;
    const size_t looked_at = part->count < LOOKED_AT ? part->count : LOOKED_AT;
    for (size_t i = 0; i < looked_at; i++) {
        struct seen_size seen = {0};
        struct ln_image image = {0};
        const uint32_t index = part->index[i * part->count / looked_at];
        if (ln_dataset_decode(ds, index, &(struct ln_decode_opts){.shrink = see_size, .user = &seen},
                              &image) != LINNET_OK)
            ln_error_clear();
        ln_image_fini(&image);
        if (seen.shorter > 0) sides[count++] = seen.shorter;
    }
    qsort(sides, (size_t)count, sizeof *sides, by_value);
    return count ? sides[count / 2] : 0;
}

/* ---- the network ---------------------------------------------------------------------------------------- */

/* Tried rather than asked: a network is built for a larger input, which fails if a linear layer depends on
 * the size. */
static bool fits_any_size(const struct ln_net *net) {
    struct ln_net *larger;
    const int side = (int)net->nodes[0].out.dim[2];
    const int status = ln_net_resized(net, side + side / 2, side + side / 2, &larger);
    if (status == LINNET_OK) ln_net_destroy(larger);
    ln_error_clear();
    return status == LINNET_OK;
}

/* Measures images per second of training on random images, at one of the fastest steps (the 10th percentile):
 * what else the machine does for a moment should not decide the sizes of a run. The first steps, with which
 * linnet_bench warms up, are not counted. */
static int measure(const char *arch, const struct ln_arch_opts *opts, const struct linnet_train_opts *train,
                   double *images_per_s) {
    struct ln_net *net;
    struct ln_model *model;
    struct linnet_bench_result result;
    LN_TRY(ln_arch_build(arch, opts, &net));
    LN_TRY(ln_model_create(&model, arch, net, 0));
    int status = ln_bench(model,
                          &(struct linnet_bench_opts){.train = true,
                                                      .batch = train->batch,
                                                      .threads = train->threads,
                                                      .seconds = 0.5,
                                                      .steps = 5,
                                                      .dtype = train->dtype,
                                                      .conv = train->conv},
                          &result);
    if (status == LINNET_OK) *images_per_s = result.images_per_s * result.ms_per_step / result.ms_p10;
    ln_model_destroy(model);
    return status;
}

/* ---- all of them ---------------------------------------------------------------------------------------- */

/* In pixels. The speed at other sizes follows from it by the number of pixels. */
enum { MEASURED_SIZE = 96 };

static int look_at_net(const char *arch, const struct ln_arch_opts *opts, struct ln_auto_facts *f) {
    const struct ln_arch_variant *v = ln_arch_find(arch);
    struct ln_net *net;
    LN_TRY(ln_arch_build(arch, opts, &net));
    f->has_norm = ln_net_has_role(net, LN_ROLE_NORM);
    f->has_residual = ln_net_has_role(net, LN_ROLE_SUM);
    f->any_size = !v->fixed_imgsz && fits_any_size(net);
    f->one_size = v->fixed_imgsz > 0;
    f->least_size = 64;
    f->usual_size = v->imgsz;
    ln_net_destroy(net);
    return LINNET_OK;
}

/* ResNet-18 is the smallest residual network here for photos; LeNet is made for small pictures. */
static const char *usual_arch(bool photos) {
    return photos ? "resnet18" : "lenet";
}

static bool is_size_open(const struct linnet_model_opts *model, const struct linnet_train_opts *train) {
    return !model->imgsz && !train->train_imgsz;
}

static int fit_photos(const char *arch, const struct ln_dataset *ds, const struct ln_recipe_photos *photos,
                      struct linnet_model_opts *model, struct linnet_train_opts *train, double *seconds) {
    const struct ln_arch_variant *v = ln_arch_find(arch);
    const bool size_open = is_size_open(model, train);
    struct ln_auto_facts f = {.images = (int64_t)ds->parts[LINNET_TRAIN].count,
                              .watched = (int64_t)ds->parts[LINNET_VAL].count,
                              .photos = true,
                              .photo_side = size_open ? photo_side(ds) : 0, /* reads photos */
                              .pretrained = model->weights != NULL,
                              .budget_s = photos->budget_s,
                              .longer = photos->longer};
    struct ln_arch_opts opts = {.classes = ds->classes, .channels = ds->channels};
    LN_TRY(look_at_net(arch, &opts, &f));
    opts.imgsz = f.measured_size = v->fixed_imgsz ? v->fixed_imgsz : MEASURED_SIZE;
    if (size_open || !train->epochs) LN_TRY(measure(arch, &opts, train, &f.images_per_s));
    ln_auto_recipe(&f, model, train);
    *seconds = ln_auto_seconds(&f, model, train);
    return LINNET_OK;
}

int ln_recipe_fit(const char **arch, const struct ln_dataset *ds, struct linnet_model_opts *model,
                  struct linnet_train_opts *train, double *seconds) {
    const bool is_photos = ds->width == 0;
    const char *recipe = train->recipe ? train->recipe : "auto";
    struct ln_recipe_photos photos;
    *seconds = NAN;
    LN_TRY(ln_recipe_photos(recipe, &photos));
    const bool by_data = photos.longer > 0;
    if (!*arch) *arch = usual_arch(is_photos && by_data);
    if (!by_data) return LINNET_OK;
    if (!is_photos) return ln_recipe_small(recipe, train);
    return fit_photos(*arch, ds, &photos, model, train, seconds);
}
