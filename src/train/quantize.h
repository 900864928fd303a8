/* Conversion of a model to 8 bits: see linnet_quantize. */
#ifndef LN_TRAIN_QUANTIZE_H
#define LN_TRAIN_QUANTIZE_H

#include "train/train.h"

LN_MUST_CHECK int ln_quantize(struct ln_model *model, const struct ln_dataset *ds,
                              const struct linnet_quantize_opts *opts, struct linnet_quantization *result);
/* Fills in *result for a model that has scales. */
void ln_quantization_of(const struct ln_model *model, struct linnet_quantization *result);

#endif
