/* Recipes: what a person who says no more than a name gets. */
#include "base/text.h"
#include "train/train.h"

#include <string.h>

static const struct recipe {
    const char *name, *augment; /* of colour pictures */
    struct linnet_data_opts data;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
} recipes[] = {
    {"auto", "light"},
    /* The textbook chapter's LeNet on cats and dogs, section 6.1.1. */
    {"chapter",
     "light",
     {.split = "400,92,10", .seed = 42},
     {.imgsz = 224, .seed = 42},
     {.epochs = 10,
      .batch = 32,
      .opt = "sgd",
      .lr = 0.001,
      .momentum = 0.9,
      .weight_decay = LINNET_NONE,
      .lr_scheduler = "constant",
      .seed = 42}},
    /* A first look. */
    {"fast", "light", .train = {.epochs = 5, .warmup_epochs = 0.5}},
    /* In small what torchvision's later recipes have ("How to train state-of-the-art models using
     * TorchVision's latest primitives", 2021): long, warmed up, strongly augmented and mixed. */
    {"best", "strong",
     .train = {.epochs = 100, .warmup_epochs = 5, .label_smoothing = 0.1, .mixup = 0.2, .cutmix = 1}},
};

enum { RECIPES = sizeof recipes / sizeof *recipes };

#define FILL(to, from, field) (to)->field = (to)->field ? (to)->field : (from)->field

static void fill_train(struct linnet_train_opts *to, const struct linnet_train_opts *from) {
    FILL(to, from, epochs);
    FILL(to, from, batch);
    FILL(to, from, opt);
    FILL(to, from, lr);
    FILL(to, from, momentum);
    FILL(to, from, weight_decay);
    FILL(to, from, lr_scheduler);
    FILL(to, from, warmup_epochs);
    FILL(to, from, label_smoothing);
    FILL(to, from, mixup);
    FILL(to, from, cutmix);
    FILL(to, from, seed);
}

static int find(const char *name, const struct recipe **recipe) {
    const char *names[RECIPES];
    for (int i = 0; i < RECIPES; i++) {
        names[i] = recipes[i].name;
        *recipe = &recipes[i];
        if (strcmp(name, names[i]) == 0) return LINNET_OK;
    }
    const char *near = ln_text_nearest(name, names, RECIPES);
    return ln_fail(LINNET_ERR_USAGE, "train-recipe", "unknown recipe '%s'%s%s", name,
                   near ? "; did you mean " : "", near ? near : "");
}

int ln_recipe_apply(const char *name, struct linnet_data_opts *data, struct linnet_model_opts *model,
                    struct linnet_train_opts *train) {
    const struct recipe *r;
    LN_TRY(find(name, &r));
    if (!data->split_file) FILL(data, &r->data, split);
    FILL(data, &r->data, seed);
    FILL(model, &r->model, imgsz);
    FILL(model, &r->model, seed);
    fill_train(train, &r->train);
    train->recipe = r->name;
    return LINNET_OK;
}

int ln_recipe_augment(const char *name, const char **augment) {
    const struct recipe *r;
    LN_TRY(find(name, &r));
    *augment = r->augment;
    return LINNET_OK;
}
