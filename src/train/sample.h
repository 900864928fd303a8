/* A few images that stand for a part of a data set: test_pred.png and the report show them. */
#ifndef LN_TRAIN_SAMPLE_H
#define LN_TRAIN_SAMPLE_H

#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

/* Chooses at most `most` of count images at random, equally many of each class as far as possible, and writes their positions to
 * picked [most], sorted by class. *chosen: their number. labels: [count]. indices: [count] numbers of the images in the data set;
 * the choice depends on them alone, not on the model, the seed or the order. LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_sample_classes(const int32_t *labels, const uint32_t *indices, size_t count, size_t most,
                                    size_t *picked, size_t *chosen);

#endif
