/* What a data set is, in 32 bits: the names, labels and parts of its samples, in order. */
#ifndef LN_DATA_MANIFEST_H
#define LN_DATA_MANIFEST_H

#include "data/dataset.h"

/* A CRC-32; equal where a run on the one would see the same images in the same order as on the other, unless
 * a file's contents have changed. */
uint32_t ln_dataset_manifest(const struct ln_dataset *ds);

#endif
