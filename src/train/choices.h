/* Options that take one of a few fixed names: dtype, conv, freeze. Optimisers, schedules, recipes and levels of
 * augmentation have registries of their own.
 */
#ifndef LN_TRAIN_CHOICES_H
#define LN_TRAIN_CHOICES_H

#include "model/model.h"
#include <stdbool.h>

/* The names, for struct linnet_option; NULL past the end. */
const char *ln_dtype_choice(int index);
const char *ln_conv_choice(int index);
const char *ln_freeze_choice(int index);
const char *ln_sampler_choice(int index);
const char *ln_auto_augment_choice(int index);
const char *ln_on_disk_full_choice(int index);
const char *ln_tta_choice(int index);
const char *ln_comm_dtype_choice(int index);

/* Sets *dtype, and *name to its name: f32 for NULL. If the processor lacks the instructions for bf16, f32 is used and a
 * warning logged. LINNET_ERR_USAGE "option-name" for an unknown name. */
LN_MUST_CHECK int ln_dtype_resolve(const char **name, const struct ln_net *net, enum ln_dtype *dtype);
/* The same for inference, with int8 among the names: *quant becomes the model's scales, or NULL for the other types. NULL and
 * auto are int8 for a model that has scales. LINNET_ERR_USAGE "dtype-int8": it has none. */
const char *ln_dtype_infer_choice(int index);
LN_MUST_CHECK int ln_dtype_infer(const char **name, const struct ln_model *model, enum ln_dtype *dtype,
                                 const struct ln_quant **quant);
const char *ln_quant_method_choice(int index);
/* What "auto" means: bf16 if the processor has the instructions and the network has batch normalisation, which keeps
 * activations near 1; else f32. */
enum ln_dtype ln_dtype_auto(const struct ln_net *net, bool has_bf16);
/* Sets *direct to true if only direct sums may be used. NULL is "auto". LINNET_ERR_USAGE "option-name" for an unknown
 * name. */
LN_MUST_CHECK int ln_conv_resolve(const char *name, bool *direct);
/* True for "flip"; the preset for NULL. */
bool ln_tta_flips(const char *name, bool preset);
/* True for "balanced": an epoch has every class equally often. */
bool ln_sampler_balanced(const char *name);
/* True for "wait": a checkpoint that does not fit on the disk is tried again. */
bool ln_on_disk_full_waits(const char *name);
/* True for "backbone": only the last layer of weights is trained. */
bool ln_freeze_backbone(const char *name);

#endif
