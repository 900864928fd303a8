/* A 32-bit fingerprint of a data set: the names, labels and parts of its samples, in order. */
#ifndef LN_DATA_MANIFEST_H
#define LN_DATA_MANIFEST_H

#include "data/dataset.h"

/* A CRC-32. Resuming compares it: if it is equal, the run sees the same images in the same order, unless the
 * contents of a file have changed (file contents are not part of it). */
uint32_t ln_dataset_manifest(const struct ln_dataset *ds);

#endif
