/* The levels of augmentation. */
#include "data/augment.h"
#include "base/text.h"
#include <string.h>

static const struct ln_range ratio = {3.0 / 4, 4.0 / 3}; /* RandomResizedCrop's default */

static const struct level {
    const char *name;
    struct ln_augment photos, small;
} levels[] = {
    {"none"},
    {
        "light",
        {.crop = LN_CROP_RESIZED, .scale = {0.5, 1}, .ratio = ratio, .flip = 0.5},
        {.crop = LN_CROP_PADDED, .padding = 4, .flip = 0.5},
    },
};

enum { LEVELS = sizeof levels / sizeof *levels };

int ln_augment_level(const char *name, bool photos, struct ln_augment *augment) {
    const char *names[LEVELS];
    for (int i = 0; i < LEVELS; i++) {
        names[i] = levels[i].name;
        if (strcmp(name, names[i]) != 0) continue;
        *augment = photos ? levels[i].photos : levels[i].small;
        return LINNET_OK;
    }
    const char *near = ln_text_nearest(name, names, LEVELS);
    return ln_fail(LINNET_ERR_USAGE, "train-augment", "unknown augmentation '%s'%s%s", name,
                   near ? "; did you mean " : "", near ? near : "");
}
