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

/* Fills ds->parts anew from ds->source_part, ds->excluded, ds->groups and opts (NULL: defaults).
 *   - A split file: what it says.
 *   - No split: the parts as the source has them, in the data's order; where it has at most a train part,
 *     80,10,10.
 *   - Three numbers: all samples are pooled, shuffled and cut.
 *   - Two numbers: the same for all that is outside the source's test part, which stays as it is.
 * Where validation is left empty, it watches the test part. A limit keeps that many of each part, evenly
 * spread over it. */
LN_MUST_CHECK int ln_split_apply(struct ln_dataset *ds, const struct linnet_data_opts *opts);

/* Reorders the shuffled list so that its first sizes[0] samples are for training, the next sizes[1] for
 * validation, and so on, the rest for nobody: stratified, each class in the same shares everywhere to within
 * a sample or two; and samples of one group (ds->groups) together. Where the groups leave no other way, sizes
 * change, and the log says so. Groups that have a sample in the test part already are for nobody. */
LN_MUST_CHECK int ln_split_deal(const struct ln_dataset *ds, struct ln_part *list, size_t sizes[3],
                                bool stratify);

/* The parts as a CSV, path,class,part, and back. Refused with the row's number, as LINNET_ERR_INPUT:
 *     csv-..., list-columns, list-part   no such CSV, or a row that does not fit
 *     split-path        a path that the data does not have
 *     split-class       a class that is not the data's, or not that of the path
 *     split-duplicate   a path for the second time
 * Images that it does not name are in no part; the log says how many. ds->parts are empty before. */
LN_MUST_CHECK int ln_split_file_read(struct ln_dataset *ds, const char *path);
/* The same from memory; text is cut up in place, and text[size] is a NUL of its own. */
LN_MUST_CHECK int ln_split_text_read(struct ln_dataset *ds, const char *path, char *text, size_t size);
LN_MUST_CHECK int ln_split_file_write(const struct ln_dataset *ds, const char *path);

#endif
