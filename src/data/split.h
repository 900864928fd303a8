/* Splits: who trains, who validates, who tests.
 *
 * The list is shuffled as Python does it (random.seed(seed); random.shuffle(list)) and cut in order, so that a split made in
 * Python with the same seed is the same split.
 */
#ifndef LN_DATA_SPLIT_H
#define LN_DATA_SPLIT_H

#include "data/dataset.h"

/* "400,92,10" (counts) or "80,10,10" (percent: three numbers that sum to 100, or two, for train and validation).
 * The three part sizes for n samples; LINNET_ERR_USAGE "split-text" or "split-size" with both numbers where it can't be. */
LN_MUST_CHECK int ln_split_sizes(const char *text, size_t n, size_t sizes[3]);

/* Fills ds->parts from ds->own_part, opts->split, opts->seed and opts->limit. */
LN_MUST_CHECK int ln_split_apply(struct ln_dataset *ds, const struct linnet_data_opts *opts);

#endif
