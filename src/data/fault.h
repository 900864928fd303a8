/* Why a sample's file could not be read. A corrupt picture fails again until its file changes. Other failures may pass:
 * a network share is away for a moment, all file descriptors are taken, a photo is still being copied, a drive is
 * unplugged. These are not remembered.
 */
#ifndef LN_DATA_FAULT_H
#define LN_DATA_FAULT_H

#include "data/dataset.h"

enum ln_fault {
    LN_FAULT_NONE,
    LN_FAULT_IMAGE,   /* the picture, or the permissions of its file */
    LN_FAULT_PASSING, /* the system could not read the file now */
    LN_FAULT_MISSING, /* the file is not there */
    LN_FAULT_OTHER,   /* not a fault of the sample: out of memory, for example */
};

/* Classifies a failure to read a sample. */
enum ln_fault ln_fault_of(const struct ln_error *error);

/* ln_dataset_decode, repeated for up to two seconds while the failure may pass. */
LN_MUST_CHECK int ln_dataset_decode_patiently(const struct ln_dataset *ds, uint32_t index,
                                              const struct ln_decode_opts *opts, struct ln_image *image);

#endif
