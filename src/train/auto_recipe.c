/* The numbers of the automatic recipe; docs/recipes.md says where each comes from. An example, 2,000 photos
 * and resnet18 in one hour:
 *
 *     wanted_epochs      6700 / sqrt(2000) = 150
 *     choose_rung        the largest sizes at which 40 % of them, 60 epochs, fit into the hour
 *     choose_epochs      as many of the 150 as fit at these sizes
 *     ln_auto_batch      32
 *     choose_optimiser   adamw, lr 0.001, decay 0.05 on weights alone
 *
 * An option that the user gave is never changed: SET fills in zeros only, and what follows from the option is
 * computed from its value.
 */
#include "train/auto_recipe.h"
#include "train/choices.h"

#include <math.h>
#include <string.h>

#define SET(field, value) ((field) = (field) ? (field) : (value))

/* Features of a frozen backbone are computed once for each view, so nothing that changes from epoch to epoch
 * may be chosen then: other sizes, mixing. */
static bool frozen(const struct linnet_train_opts *t) {
    return t->freeze && ln_freeze_backbone(t->freeze);
}

/* ---- how long ------------------------------------------------------------------------------------------ */

/* Passes over the photos that still improve the result. Few photos are seen more often, many are seen more in
 * all: 300 passes for 400 photos, 150 for 2,000, 75 for 8,000; a fifth of that for weights that were trained
 * before. */
static int wanted_epochs(const struct ln_auto_facts *f) {
    const double usual = 6700 / sqrt((double)(f->images > 0 ? f->images : 1));
    const double bounded = usual > 300 ? 300 : usual < 16 ? 16 : usual;
    const double epochs = f->pretrained ? fmax(bounded / 5, 10) : bounded;
    return (int)((f->longer > 0 ? f->longer : 1) * epochs + 0.5);
}

/* ---- how large ----------------------------------------------------------------------------------------- */

/* Input sizes: at the start of training, at its end, and in evaluation. Small images make most epochs cheap.
 * Evaluation uses larger ones, because training crops enlarge what they show: things look larger in training
 * than in a centre crop of the same size (Touvron et al., "Fixing the train-test resolution discrepancy",
 * 2019). */
static const struct rung {
    int start, train, eval;
} rungs[] = {{64, 80, 96}, {80, 96, 128}, {96, 128, 160}, {128, 160, 208}};
enum { RUNGS = sizeof rungs / sizeof *rungs };

/* Share of the epochs with images of the start size. */
static const double start_share = 0.7;

/* Mean pixels of a training image; the cost of a step is proportional to them. */
static double mean_pixels(int start, int train) {
    return start ? start_share * start * start + (1 - start_share) * train * train : (double)train * train;
}

/* Pixels that an epoch trains on. */
static double trained_pixels(const struct ln_auto_facts *f, const struct rung *r) {
    return (double)f->images * mean_pixels(r->start, r->train);
}

/* The cost of evaluating the validation part, in pixels of training: the forward pass alone, a third of a step's
 * work, on larger images, and twice with mirror images. */
static double watched_pixels(const struct ln_auto_facts *f, const struct linnet_train_opts *t,
                             const struct rung *r) {
    const int passes = ln_tta_flips(t->tta, false) ? 2 : 1;
    return passes * (double)f->watched * r->eval * r->eval / 3;
}

/* Chosen so that validation takes about a tenth of the time. After each epoch, 500 of 2,500 photos, evaluated with mirror
 * images at one and a half times the size, would take a quarter of it. In a run of few epochs each is evaluated, because any
 * of them may be the best. */
static int usual_val_every(const struct ln_auto_facts *f, const struct linnet_train_opts *t, int epochs,
                           const struct rung *r) {
    enum { FEW = 10, MOST = 10 };
    static const double share = 0.1;
    if (epochs <= FEW) return 1;
    const double every = ceil(watched_pixels(f, t, r) / (share * trained_pixels(f, r)));
    return every < MOST ? (int)fmax(every, 1) : MOST;
}

/* Time is proportional to pixels, except for a part that is the same for each image: AlexNet's 57 million weights are
 * updated after every step, however small the images are. */
static double seconds(const struct ln_auto_facts *f, const struct linnet_train_opts *t, int epochs,
                      const struct rung *r) {
    const int every = t->val_every ? t->val_every : usual_val_every(f, t, epochs, r);
    const double measured = (double)f->measured_size * f->measured_size;
    if (f->images_per_s <= 0) return NAN;
    const double as_measured = (trained_pixels(f, r) + watched_pixels(f, t, r) / every) / measured;
    const double images = f->fixed_share * (double)f->images + (1 - f->fixed_share) * as_measured;
    return epochs * images / f->images_per_s;
}

/* The user's limit, else the recipe's, else none. */
static double most_seconds(const struct ln_auto_facts *f, const struct linnet_train_opts *t) {
    return t->time_s > 0 ? t->time_s : f->budget_s > 0 ? f->budget_s : INFINITY;
}

/* A network that halves its input five times sees little in 64 pixels: larger photos are worth more than the
 * last epochs, down to this share of the wanted ones. */
static const double least_share = 0.4;

/* The largest sizes at which enough epochs fit into the time; if there are none, the smallest. */
static const struct rung *choose_rung(const struct ln_auto_facts *f, const struct linnet_train_opts *t) {
    const int epochs = t->epochs > 0 ? t->epochs : (int)ceil(least_share * wanted_epochs(f));
    int chosen = 0;
    for (int i = 1; i < RUNGS; i++) {
        const bool late = seconds(f, t, epochs, &rungs[i]) > most_seconds(f, t);
        if (!late && rungs[i].train <= f->photo_side) chosen = i;
    }
    return &rungs[chosen];
}

/* A size that the user gave is used throughout. A network without batch norm keeps one size too: without
 * the averages of each batch its activations depend on the size, and it would have to adapt to the second
 * one. */
static void choose_sizes(const struct ln_auto_facts *f, struct linnet_model_opts *model,
                         struct linnet_train_opts *train) {
    if (f->one_size || model->imgsz || train->train_imgsz) return;
    if (f->pretrained && !f->any_size) return; /* the weights have the shapes of the usual size */
    if (!f->any_size) { /* a linear layer has weights for every pixel, as in LeNet: larger images overfit more */
        model->imgsz = f->least_size;
        return;
    }
    const struct rung *rung = choose_rung(f, train);
    if (!f->has_norm) { /* one size throughout */
        model->imgsz = rung->train;
        return;
    }
    model->imgsz = rung->eval;
    train->train_imgsz = rung->train;
    if (frozen(train)) return;
    SET(train->start_imgsz, rung->start);
    SET(train->start_share, start_share);
}

/* ---- how ----------------------------------------------------------------------------------------------- */

/* Mixing and erasing slow learning down at first and pay off later: on the 9,469 photos of Imagenette mixup helps from 80 epochs
 * on; on 2,000 photos with 53 epochs it did not help (docs/recipes.md). */
static bool is_long(const struct ln_auto_facts *f, const struct linnet_train_opts *t) {
    static const double images = 750e3;
    return (double)t->epochs * (double)f->images >= images;
}

/* Set together: a user who chooses a level of --augment gets that level alone. */
static void choose_augmentation(const struct ln_auto_facts *f, struct linnet_train_opts *t) {
    SET(t->augment, "light");
    SET(t->scale, 0.35);
    SET(t->rotate, 15);
    SET(t->jitter, 0.2);
    SET(t->label_smoothing, 0.1);
    if (!is_long(f, t)) return;
    SET(t->erase, 0.1);
    if (!frozen(t)) SET(t->mixup, 0.2);
    if (!frozen(t)) SET(t->plain_share, 0.15);
}

/* A user who gives a rate, a momentum or a decay, but no optimiser, expects the default optimiser. */
static bool takes_usual_optimiser(const struct linnet_train_opts *t) {
    if (t->opt) return strcmp(t->opt, "adamw") == 0;
    return !t->lr && !t->weight_decay && !t->momentum;
}

enum { FEW_PHOTOS = 1000 };

/* Small batches for few photos: an epoch of 400 has 25 steps with a batch of 16, and 12 with 32. */
int ln_auto_batch(const struct ln_auto_facts *f, const struct linnet_train_opts *t) {
    return t->batch ? t->batch : f->images < FEW_PHOTOS ? 16 : 32;
}

/* Without normalisation training at a larger rate often stays at chance, and sooner in a deep network: at 3e-4 AlexNet, with
 * eight layers, learned nothing in 16 epochs, while LeNet, with four, learns well. VGG with batch normalisation has none between
 * its linear layers, which hold nearly all its weights: at 1e-3 its loss rose to 5 (docs/recipes.md). */
static double usual_rate(const struct ln_auto_facts *f) {
    enum { SHALLOW = 5 };
    if (f->has_norm && !f->mostly_linear) return 1e-3;
    return f->weighted_layers <= SHALLOW ? 3e-4 : 1e-4;
}

/* On photos AdamW learns faster than SGD at any rate that was tried, with batch normalisation too (docs/recipes.md). */
static void choose_optimiser(const struct ln_auto_facts *f, struct linnet_train_opts *t) {
    if (!takes_usual_optimiser(t)) return;
    SET(t->opt, "adamw");
    SET(t->lr, usual_rate(f));
    SET(t->weight_decay, 0.05);
    if (!f->has_norm) SET(t->clip, 1);
}

/* Time is proportional to epochs, so their number is reduced until they fit; the schedule then ends in time.
 * At least one epoch is trained, even if it takes too long: a late model is better than none. */
static void choose_epochs(const struct ln_auto_facts *f, const struct linnet_model_opts *model,
                          struct linnet_train_opts *t) {
    t->epochs = wanted_epochs(f);
    const double need = ln_auto_seconds(f, model, t), most = most_seconds(f, t);
    if (!(need > most)) return;
    const int fit = (int)(t->epochs * most / need);
    t->epochs = fit > 1 ? fit : 1;
}

/* The sizes that a run will use. */
static struct rung rung_of(const struct ln_auto_facts *f, const struct linnet_model_opts *model,
                           const struct linnet_train_opts *t) {
    const int eval = model->imgsz ? model->imgsz : f->usual_size;
    return (struct rung){t->start_imgsz, t->train_imgsz ? t->train_imgsz : eval, eval};
}

static void choose_val_every(const struct ln_auto_facts *f, const struct linnet_model_opts *model,
                             struct linnet_train_opts *t) {
    const struct rung rung = rung_of(f, model, t);
    SET(t->val_every, usual_val_every(f, t, t->epochs, &rung));
}

/* The last layer first, then all layers with rates that fall towards the input. */
static void choose_transfer(struct linnet_train_opts *t) {
    if (!t->freeze && t->epochs != 1) SET(t->freeze_epochs, 1);
    SET(t->lr_spread, 10);
}

void ln_auto_recipe(const struct ln_auto_facts *f, struct linnet_model_opts *model,
                    struct linnet_train_opts *t) {
    if (!f->photos) return;
    t->decay_weights = true;
    if (!t->augment || strcmp(t->augment, "none") != 0) SET(t->tta, "flip"); /* mirrored in training too */
    choose_sizes(f, model, t);
    if (!t->epochs) choose_epochs(f, model, t);
    t->batch = ln_auto_batch(f, t);
    choose_optimiser(f, t);
    if (!t->augment) choose_augmentation(f, t);
    SET(t->dtype, "auto");
    SET(t->lr_scheduler, "cosine");
    if (f->pretrained) choose_transfer(t);
    if (t->epochs > 0) SET(t->warmup_epochs, 0.05 * t->epochs);
    choose_val_every(f, model, t);
}

double ln_auto_seconds(const struct ln_auto_facts *f, const struct linnet_model_opts *model,
                       const struct linnet_train_opts *t) {
    const struct rung rung = rung_of(f, model, t);
    return seconds(f, t, t->epochs > 0 ? t->epochs : 0, &rung); /* -1: the weights stay untrained */
}
