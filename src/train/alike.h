/* Checks that all ranks have read the same, since each reads from its own machine's disk. A rank's data is compared with rank 0's.
 * All ranks call each function, and it fails on all of them if one differs; a NULL `ranks` is one rank. */
#ifndef LN_TRAIN_ALIKE_H
#define LN_TRAIN_ALIKE_H

#include "comm/comm.h"
#include "data/dataset.h"
#include "model/model.h"
#include "train/paths.h"

/* Names, classes and parts, not the contents of files: LINNET_ERR_INPUT "rank-data". */
LN_MUST_CHECK int ln_alike_data(linnet_ranks *ranks, const struct ln_dataset *ds);
/* Names of files, in order: LINNET_ERR_INPUT "rank-files". */
LN_MUST_CHECK int ln_alike_paths(linnet_ranks *ranks, const struct ln_paths *paths);
/* Network, classes and weights: LINNET_ERR_INPUT "rank-model". */
LN_MUST_CHECK int ln_alike_model(linnet_ranks *ranks, const struct ln_model *model);

#endif
