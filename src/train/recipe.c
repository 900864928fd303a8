/* Recipes: named sets of defaults. An option that the user gives always takes precedence over the recipe. A
 * recipe is applied in two steps:
 *
 *     ln_recipe_apply   before the data is opened: constants, also of the split
 *     ln_recipe_fit     after it (auto_facts.c): the automatic recipe for photos, else the constants below
 *
 * The constants of "auto", "fast" and "best" are for small pictures only, so the first step leaves them
 * out.
 */
#include "base/option.h"
#include "base/text.h"
#include "train/train.h"

#include <string.h>

static const struct recipe {
    const char *name, *augment; /* augment: of small colour pictures; grey ones are shifted */
    const char *arch;           /* the network for small pictures */
    struct ln_recipe_photos photos;
    struct linnet_data_opts data;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
} recipes[] = {
    {"auto", "light", "lenet", {.budget_s = 3600, .longer = 1}, .data = {.hold_out = 5}},
    /* For a first look at new data. */
    {"fast",
     "light",
     "lenet",
     {.budget_s = 600, .longer = 1},
     .data = {.hold_out = 5},
     .train = {.epochs = 5, .warmup_epochs = 0.5}},
    /* torchvision's later recipes on a smaller scale ("How to train state-of-the-art models using TorchVision's latest
     * primitives", 2021): many epochs, warm-up, strong augmentation, mixing. */
    {"best",
     "strong",
     "cifar_resnet20",
     {.longer = 2},
     .data = {.hold_out = 5},
     .train = {.epochs = 100,
               .warmup_epochs = 5,
               .label_smoothing = 0.1,
               .mixup = 0.2,
               .cutmix = 1,
               .dtype = "auto"}},
    /* The textbook chapter's LeNet on cats and dogs, section 6.1.1. */
    {"chapter",
     "light",
     "lenet",
     {0},
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
};

enum { RECIPES = sizeof recipes / sizeof *recipes };

const char *ln_recipe_choice(int index) {
    return index < RECIPES ? recipes[index].name : NULL;
}

static int find(const char *name, const struct recipe **recipe) {
    for (int i = 0; i < RECIPES; i++) {
        *recipe = &recipes[i];
        if (strcmp(name, recipes[i].name) == 0) return LINNET_OK;
    }
    return ln_fail_unknown("train-recipe", "recipe", name, ln_recipe_choice);
}

int ln_recipe_apply(const char *name, struct linnet_data_opts *data, struct linnet_model_opts *model,
                    struct linnet_train_opts *train) {
    const struct recipe *r;
    LN_TRY(find(name, &r));
    struct linnet_data_opts parts = r->data;
    if (data->split || data->split_file) parts.hold_out = 0; /* the validation part is named already */
    ln_options_fill(linnet_data_options, data, &parts);
    ln_options_fill(linnet_model_options, model, &r->model);
    if (r->photos.longer == 0) ln_options_fill(linnet_train_options, train, &r->train);
    train->recipe = r->name;
    return LINNET_OK;
}

int ln_recipe_small(const char *name, const char **arch, struct linnet_train_opts *train) {
    const struct recipe *r;
    LN_TRY(find(name, &r));
    if (!*arch) *arch = r->arch;
    ln_options_fill(linnet_train_options, train, &r->train);
    return LINNET_OK;
}

int ln_recipe_photos(const char *name, struct ln_recipe_photos *photos) {
    const struct recipe *r;
    LN_TRY(find(name, &r));
    *photos = r->photos;
    return LINNET_OK;
}

int ln_recipe_augment(const char *name, const char **augment) {
    const struct recipe *r;
    LN_TRY(find(name, &r));
    *augment = r->augment;
    return LINNET_OK;
}
