/* The levels of augmentation. */
#include "data/augment.h"
#include "base/text.h"
#include <string.h>

/* The ratio and the upper end of the scale are RandomResizedCrop's defaults. Its default lower end, 0.08,
 * often crops the subject away, so `light` raises it. */
#define RESIZED(low) .crop = LN_CROP_RESIZED, .scale = {low, 1}, .ratio = {3.0 / 4, 4.0 / 3}
#define PADDED       .crop = LN_CROP_PADDED, .padding = 4
#define SHIFTED      .crop = LN_CROP_PADDED, .padding = 1
#define LIGHT        .flip = 0.5
#define MEDIUM       LIGHT, .jitter = {.brightness = 0.4, .contrast = 0.4, .saturation = 0.4}
#define STRONG       MEDIUM, .trivial = true, .erase = 0.1

static const struct level {
    const char *name;
    struct ln_augment photos, small;
} levels[] = {
    {"none"},
    {"shift", {SHIFTED}, {SHIFTED}},
    {"light", {RESIZED(0.5), LIGHT}, {PADDED, LIGHT}},
    {"medium", {RESIZED(0.08), MEDIUM}, {PADDED, MEDIUM}},
    {"strong", {RESIZED(0.08), STRONG}, {PADDED, STRONG}},
};

enum { LEVELS = sizeof levels / sizeof *levels };

const char *ln_augment_choice(int index) {
    return index < LEVELS ? levels[index].name : NULL;
}

int ln_augment_level(const char *name, bool photos, struct ln_augment *augment) {
    for (int i = 0; i < LEVELS; i++) {
        if (strcmp(name, levels[i].name) != 0) continue;
        *augment = photos ? levels[i].photos : levels[i].small;
        return LINNET_OK;
    }
    return ln_fail_unknown("train-augment", "augmentation", name, ln_augment_choice);
}
