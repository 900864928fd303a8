/* Gathers the facts for the automatic recipe: about the data, the network and the machine. */
#include "arch/arch.h"
#include "base/alloc.h"
#include "comm/comm.h"
#include "data/dataset.h"
#include "train/auto_recipe.h"
#include "train/start_file.h"
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

/* Tries a larger input: building the network for it fails if a linear layer depends on the size. */
static bool fits_any_size(const struct ln_net *net) {
    struct ln_net *larger;
    const int side = (int)net->nodes[0].out.dim[2];
    const int status = ln_net_resized(net, side + side / 2, side + side / 2, &larger);
    if (status == LINNET_OK) ln_net_destroy(larger);
    ln_error_clear();
    return status == LINNET_OK;
}

/* arch may be a model file. */
static int build(const char *arch, const struct ln_arch_opts *opts, struct ln_net **net) {
    return ln_start_is_file(arch) ? ln_start_net(net, arch, opts->classes, opts->imgsz)
                                  : ln_arch_build(arch, opts, net);
}

/* Seconds of training on a random image, from the 10th percentile of the steps of one second: another program that runs for
 * a moment should not decide the sizes of a run. The warm-up steps of linnet_bench are not counted. */
static int time_image(const char *arch, const struct ln_arch_opts *opts,
                      const struct linnet_train_opts *train, int batch, double *seconds) {
    struct ln_net *net;
    struct ln_model *model;
    struct linnet_bench_result result;
    LN_TRY(build(arch, opts, &net));
    LN_TRY(ln_model_create(&model, arch, net, 0));
    int status = ln_bench(model,
                          &(struct linnet_bench_opts){.train = true,
                                                      .batch = batch,
                                                      .opt = train->opt ? train->opt : "adamw",
                                                      .threads = train->threads,
                                                      .seconds = 1,
                                                      .steps = 5,
                                                      .dtype = train->dtype,
                                                      .conv = train->conv},
                          &result);
    if (status == LINNET_OK) *seconds = 1 / (result.images_per_s * result.ms_per_step / result.ms_p10);
    ln_model_destroy(model);
    return status;
}

/* In pixels. The speed is measured at the larger size, and other sizes follow from it by the number of pixels. The smaller
 * size shows how much of the time does not depend on the size. */
enum { SMALLER_SIZE = 64, MEASURED_SIZE = 96 };

/* a: seconds at the smaller size, b: at the larger; both are fixed + pixels * slope. */
static double fixed_share(double a, double b) {
    const double ratio = (double)MEASURED_SIZE * MEASURED_SIZE / (SMALLER_SIZE * SMALLER_SIZE);
    return fmin(fmax((ratio * a - b) / (ratio - 1) / b, 0), 1);
}

static int measure_here(const char *arch, struct ln_arch_opts opts, const struct linnet_train_opts *train,
                        struct ln_auto_facts *f) {
    const int batch = ln_auto_batch(f, train);
    double larger = 0, smaller = 0;
    opts.imgsz = f->measured_size;
    LN_TRY(time_image(arch, &opts, train, batch, &larger));
    f->images_per_s = 1 / larger;
    if (!f->any_size) return LINNET_OK;
    opts.imgsz = SMALLER_SIZE;
    LN_TRY(time_image(arch, &opts, train, batch, &smaller));
    f->fixed_share = fixed_share(smaller, larger);
    return LINNET_OK;
}

/* The speed of all ranks together. Only rank 0 measures, so that all ranks choose by the same numbers. */
static int measure(const char *arch, const struct ln_arch_opts *opts, const struct linnet_train_opts *train,
                   struct ln_auto_facts *f) {
    if (ln_comm_rank(train->ranks) == 0) LN_TRY(measure_here(arch, *opts, train, f));
    double speed[] = {f->images_per_s, f->fixed_share};
    LN_TRY(ln_comm_broadcast(train->ranks, speed, sizeof speed));
    f->images_per_s = speed[0] * ln_comm_size(train->ranks);
    f->fixed_share = speed[1];
    return LINNET_OK;
}

/* ---- all of them ---------------------------------------------------------------------------------------- */

/* Weights of convolutions and linear layers are tensors of two axes and more; those of a normalisation have one. */
static int weighted_layers(const struct ln_net *net) {
    int count = 0;
    for (size_t i = 0; i < net->param_count; i++) count += net->params[i].spec.shape.rank > 1;
    return count;
}

/* A linear layer's weights have two axes, a convolution's four. */
static bool mostly_linear(const struct ln_net *net) {
    double linear = 0, all = 0;
    for (size_t i = 0; i < net->param_count; i++) {
        const double count = (double)ln_net_param_size(net, i);
        if (net->params[i].spec.shape.rank == 2) linear += count;
        all += count;
    }
    return linear > all / 2;
}

static int look_at_net(const char *arch, const struct ln_arch_opts *opts, struct ln_auto_facts *f) {
    const struct ln_arch_variant *v = ln_arch_find(arch);
    struct ln_net *net;
    LN_TRY(build(arch, opts, &net));
    f->has_norm = ln_net_has_role(net, LN_ROLE_NORM);
    f->weighted_layers = weighted_layers(net);
    f->mostly_linear = mostly_linear(net);
    f->any_size = !(v && v->fixed_imgsz) && fits_any_size(net);
    f->one_size = v ? v->fixed_imgsz > 0 : !f->any_size;
    f->least_size = 64;
    f->usual_size = v ? v->imgsz : (int)net->nodes[0].out.dim[2];
    ln_net_destroy(net);
    return LINNET_OK;
}

static bool is_size_open(const struct linnet_model_opts *model, const struct linnet_train_opts *train) {
    return !model->imgsz && !train->train_imgsz;
}

static struct ln_auto_facts facts_of_data(const struct ln_dataset *ds, const struct ln_recipe_photos *photos,
                                          const struct linnet_model_opts *model,
                                          const struct linnet_train_opts *train) {
    return (struct ln_auto_facts){.images = (int64_t)ds->parts[LINNET_TRAIN].count,
                                  .watched = (int64_t)ds->parts[LINNET_VAL].count,
                                  .photos = true,
                                  .photo_side =
                                      is_size_open(model, train) ? photo_side(ds) : 0, /* reads photos */
                                  .pretrained = model->weights != NULL,
                                  .budget_s = photos->budget_s,
                                  .longer = photos->longer};
}

/* Adds the facts of the network to those of the data, and applies the recipe. */
static int fit_network(const char *arch, const struct ln_dataset *ds, struct ln_auto_facts *f,
                       struct linnet_model_opts *model, struct linnet_train_opts *train, double *seconds) {
    const struct ln_arch_variant *v = ln_arch_find(arch);
    struct ln_arch_opts opts = {.classes = ds->classes, .channels = ds->channels};
    LN_TRY(look_at_net(arch, &opts, f));
    f->pretrained |= !v;
    f->measured_size = v && v->fixed_imgsz ? v->fixed_imgsz
                       : !v && f->one_size ? f->usual_size
                                           : MEASURED_SIZE;
    if (is_size_open(model, train) || !train->epochs) LN_TRY(measure(arch, &opts, train, f));
    ln_auto_recipe(f, model, train);
    *seconds = ln_auto_seconds(f, model, train);
    return LINNET_OK;
}

/* ---- the network, if none was asked for ------------------------------------------------------------------ */

/* True if a network of twice the width, which takes four times as long, would get the same epochs and sizes as were chosen
 * from `facts`. */
static bool doubling_fits(struct ln_auto_facts facts, const struct linnet_model_opts *chosen_model,
                          const struct linnet_train_opts *chosen_train, struct linnet_model_opts model,
                          struct linnet_train_opts train) {
    if (!(facts.images_per_s > 0)) return false;
    facts.images_per_s /= 4;
    ln_auto_recipe(&facts, &model, &train);
    return train.epochs == chosen_train->epochs && model.imgsz == chosen_model->imgsz;
}

/* Chooses ResNet-18-D if the time suffices for as many epochs and as large images as its half-width variant gets. Otherwise
 * the variant is better by far, because it sees larger images more often in the same time (docs/recipes.md). Pretrained
 * weights are those of ResNet-18. */
static int fit_some_network(const char **arch, const struct ln_dataset *ds, struct ln_auto_facts *f,
                            struct linnet_model_opts *model, struct linnet_train_opts *train,
                            double *seconds) {
    struct linnet_model_opts half_model = *model;
    struct linnet_train_opts half_train = *train;
    if (!model->weights) {
        *arch = "resnet18d_half";
        LN_TRY(fit_network(*arch, ds, f, &half_model, &half_train, seconds));
        if (!doubling_fits(*f, &half_model, &half_train, *model, *train)) {
            *model = half_model;
            *train = half_train;
            return LINNET_OK;
        }
    }
    *arch = model->weights ? "resnet18" : "resnet18d";
    return fit_network(*arch, ds, f, model, train, seconds);
}

int ln_recipe_fit(const char **arch, const struct ln_dataset *ds, struct linnet_model_opts *model,
                  struct linnet_train_opts *train, double *seconds) {
    const bool is_photos = ds->width == 0;
    const char *recipe = train->recipe ? train->recipe : "auto";
    struct ln_recipe_photos photos;
    *seconds = NAN;
    LN_TRY(ln_recipe_photos(recipe, &photos));
    if (is_photos && photos.longer > 0) {
        struct ln_auto_facts facts = facts_of_data(ds, &photos, model, train);
        return *arch ? fit_network(*arch, ds, &facts, model, train, seconds)
                     : fit_some_network(arch, ds, &facts, model, train, seconds);
    }
    return ln_recipe_small(recipe, arch, train);
}
