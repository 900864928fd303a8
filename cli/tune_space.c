/* The candidates of linnet tune: learning rate, weight decay, input size, augmentation. They are drawn at
 * random rather than from a grid: usually one or two of the dimensions matter, and every random candidate
 * tries another value of these (Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR
 * 2012).
 *
 * A candidate is computed from the seed and its number alone, so it needs no memory and is the same after an
 * interruption.
 */
#include "tune.h"
#include <math.h>
#include <string.h>

/* A number from 0 to 1 by seed, candidate and dimension (SplitMix64: Steele, Lea and Flood, OOPSLA 2014). */
static double uniform(uint64_t seed, int number, int dimension) {
    uint64_t z = seed + 0x9e3779b97f4a7c15U * (uint64_t)(number * 8 + dimension + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* `middle` times a factor from 1 / reach to reach, uniform in its logarithm: rates act by their ratio, not by
 * their difference. Two digits are enough, and can be typed. */
static double around(double middle, double reach, double u) {
    const double value = middle * pow(reach, 2 * u - 1), digit = pow(10, floor(log10(value)) - 1);
    return round(value / digit) * digit;
}

/* Photos can be resized; small images of one size are used as they are. Steps of 16 pixels: smaller ones
 * change neither the time nor the accuracy noticeably. */
static int draw_imgsz(const struct tune_search *s, double u) {
    enum { PHOTO = 96, STEP = 16 };
    static const double factors[] = {0.75, 1, 1.25};
    if (s->model.imgsz || s->imgsz < PHOTO) return s->imgsz;
    return (int)(s->imgsz * factors[(int)(u * 3)] / STEP + 0.5) * STEP;
}

static const char *draw_augment(const struct tune_search *s, double u) {
    static const char *const levels[] = {"none", "shift", "light", "medium", "strong"};
    enum { LEVELS = sizeof levels / sizeof *levels };
    return s->train.augment ? s->base.augment : levels[(int)(u * LEVELS)];
}

struct tune_candidate tune_candidate(const struct tune_search *s, int number) {
    const struct linnet_train_opts *base = &s->base;
    struct tune_candidate c = {base->lr, base->weight_decay, s->imgsz, base->augment};
    if (number == 0) return c;
    /* Dimension numbers are fixed: a flag for one of them does not change what is drawn for the others. */
    if (s->train.lr == 0) c.lr = around(base->lr, 10, uniform(s->seed, number, 0));
    if (s->train.weight_decay == 0 && base->weight_decay > 0)
        c.weight_decay = around(base->weight_decay, 30, uniform(s->seed, number, 1));
    c.imgsz = draw_imgsz(s, uniform(s->seed, number, 2));
    c.augment = draw_augment(s, uniform(s->seed, number, 3));
    return c;
}

/* A drawn level of augmentation means the whole level, without the recipe's changes to another one. */
static void as_level(const struct tune_search *s, struct linnet_train_opts *train) {
    train->auto_augment = s->train.auto_augment;
    train->scale = s->train.scale;
    train->rotate = s->train.rotate;
    train->jitter = s->train.jitter;
    train->erase = s->train.erase;
}

void tune_options(const struct tune_search *s, const struct tune_candidate *c, int epochs,
                  struct linnet_model_opts *model, struct linnet_train_opts *train) {
    const double size = (double)c->imgsz / s->imgsz;
    *model = s->fitted_model;
    *train = s->fitted;
    model->imgsz = c->imgsz;
    train->opt = s->base.opt;
    train->lr = c->lr;
    train->weight_decay = c->weight_decay;
    train->decay_weights = s->base.decay_weights;
    train->label_smoothing = s->base.label_smoothing; /* as the default optimiser, now named, has it */
    train->augment = c->augment;
    train->epochs = epochs;
    /* The recipe's pixels and epochs are in proportion to the candidate's. */
    if (!s->train.train_imgsz) train->train_imgsz = (int)(s->fitted.train_imgsz * size + 0.5);
    if (!s->train.start_imgsz) train->start_imgsz = (int)(s->fitted.start_imgsz * size + 0.5);
    if (!s->train.warmup_epochs && s->fitted.epochs > 0)
        train->warmup_epochs = s->fitted.warmup_epochs / s->fitted.epochs * epochs;
    if (strcmp(c->augment, s->base.augment) != 0) as_level(s, train);
}
