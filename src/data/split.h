/* Splits: who trains, who validates, who tests.
 *
 * The list is shuffled as Python does it (random.seed(seed); random.shuffle(list)) and cut in order, so that
 * a split made in Python with the same seed is the same split.
 */
#ifndef LN_DATA_SPLIT_H
#define LN_DATA_SPLIT_H

#include "data/dataset.h"

/* "400,92,10" (counts) or "80,10,10" (percent: numbers that sum to 100); two numbers leave the last part
 * empty. The three part sizes for n samples; LINNET_ERR_USAGE "split-text" or "split-size" with both numbers
 * where it can't be. Counts may leave samples over, which are then in no part. Percent use all of them: the
 * list is cut where the running percentage of n, rounded half up, falls, so that the sizes sum to n, each is
 * within one of its share, and 0 percent is nobody. */
LN_MUST_CHECK int ln_split_sizes(const char *text, size_t n, size_t sizes[3]);

/* The part that people mean by train, training, val, valid, validation, test or testing, in any case; else 0.
 */
enum linnet_part ln_split_part_named(const char *word, size_t length);

/* Fills ds->parts anew from ds->own_part, ds->left_out and opts (NULL: defaults).
 *   - No split: the parts as the source has them, in the data's order; where it has at most a train part,
 *     80,10,10.
 *   - Three numbers: all samples are pooled, shuffled and cut.
 *   - Two numbers: the same for all that is outside the source's test part, which stays as it is.
 * Where validation is left empty, it watches the test part. A limit keeps that many of each part, evenly
 * spread over it. */
LN_MUST_CHECK int ln_split_apply(struct ln_dataset *ds, const struct linnet_data_opts *opts);
void ln_split_clear(struct ln_dataset *ds); /* empties the parts and frees them */

#endif
