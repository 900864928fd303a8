/* Options that take one of a few fixed names: dtype, conv, freeze. Optimisers, schedules, recipes and levels of
 * augmentation have registries of their own.
 */
#ifndef LN_TRAIN_CHOICES_H
#define LN_TRAIN_CHOICES_H

#include "tensor/tensor.h"
#include <stdbool.h>

/* The names, for struct linnet_option; NULL past the end. */
const char *ln_dtype_choice(int index);
const char *ln_conv_choice(int index);
const char *ln_freeze_choice(int index);

/* *name and *dtype become what will run: f32 for NULL, and in place of bf16, with a warning in the log, if the
 * processor lacks the instructions. LINNET_ERR_USAGE "option-name" for another name. */
LN_MUST_CHECK int ln_dtype_resolve(const char **name, enum ln_dtype *dtype);
/* *direct: direct sums only. NULL is "auto". LINNET_ERR_USAGE "option-name" for another name. */
LN_MUST_CHECK int ln_conv_resolve(const char *name, bool *direct);
/* True for "backbone": only the last layer of weights is trained. */
bool ln_freeze_backbone(const char *name);

#endif
