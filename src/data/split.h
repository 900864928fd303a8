/* Splits: which samples are for training, which for validation and which for testing.
 *
 * The list is shuffled as Python does it (random.seed(seed); random.shuffle(list)) and then cut in order, so
 * a split made in Python with the same seed is the same split.
 */
#ifndef LN_DATA_SPLIT_H
#define LN_DATA_SPLIT_H

#include "data/dataset.h"

/* Parses "400,92,10" (counts) or "80,10,10" (percent: numbers that sum to 100) into three part sizes for n
 * samples; with two numbers the test part is empty. LINNET_ERR_USAGE "split-text" for anything else,
 * "split-size" with both numbers if there are too few samples.
 *
 * Counts may leave samples over; these are in no part. Percentages use every sample: the list is cut at the
 * running percentage of n, rounded half up. So the sizes sum to n, each is within one of its exact share, and
 * 0 percent means an empty part.
 */
LN_MUST_CHECK int ln_split_sizes(const char *text, size_t n, size_t sizes[3]);

/* Fills ds->parts from ds->source_part, ds->excluded, ds->groups and opts (NULL: defaults).
 *   - Split file: the parts that it lists.
 *   - No split: the parts that the source assigns, in the data's order; if the source has only training
 *     samples or assigns no parts, 80,10,10. opts->hold_out moves training images into a validation part that is
 *     missing, and sets ds->val_held_out.
 *   - Three numbers: all samples are pooled, shuffled and cut.
 *   - Two numbers: the same for everything outside the source's test part, which is kept.
 * If the validation part is empty, LINNET_VAL becomes an alias of the test part. opts->limit keeps that many
 * samples of each part, evenly spread over it.
 */
LN_MUST_CHECK int ln_split_apply(struct ln_dataset *ds, const struct linnet_data_opts *opts);

/* Reorders the shuffled list: the first sizes[0] samples are for training, the next sizes[1] for validation,
 * the next sizes[2] for testing, the remainder is unused. stratify: every class gets the same shares to
 * within a sample or two. Samples of one group (ds->groups) stay together; if the groups do not fit, the
 * sizes change and the log says so. A group with a sample in the source's test part is unused. */
LN_MUST_CHECK int ln_split_deal(const struct ln_dataset *ds, struct ln_part *list, size_t sizes[3],
                                bool stratify);

/* Reads and writes the parts as a CSV, path,class,part. Reading fails with the row's number, as
 * LINNET_ERR_INPUT:
 *
 *     csv-row, list-columns, list-part   malformed CSV, or a row that does not fit the columns
 *     split-path        a path that is not in the data
 *     split-class       a class that is not in the data, or not the class of that path
 *     split-duplicate   a path that appears twice
 *
 * Images that the file does not name are in no part; the log says how many. ds->parts must be empty.
 */
LN_MUST_CHECK int ln_split_file_read(struct ln_dataset *ds, const char *path);
/* The same from memory. Parses the text in place; text[size] must be a NUL. */
LN_MUST_CHECK int ln_split_text_read(struct ln_dataset *ds, const char *path, char *text, size_t size);
LN_MUST_CHECK int ln_split_file_write(const struct ln_dataset *ds, const char *path);

#endif
