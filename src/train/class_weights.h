/* Class weights of the loss, for classes of unequal size. The loss of each image is multiplied by the weight of its
 * class, so that a network cannot do well by knowing only the large classes. */
#ifndef LN_TRAIN_CLASS_WEIGHTS_H
#define LN_TRAIN_CLASS_WEIGHTS_H

#include "data/dataset.h"

/* *weights [ds->classes] is the caller's: ln_free it. what:
 *
 *   NULL     *weights is NULL: all count equally
 *   "auto"   the inverse of the class's share of the train part, so that the mean over its images is 1;
 *            1 for a class without images
 *   "2,0.5"  one for each class, in their order
 *   else     a CSV file of class,weight, which has each class once; the heading may be missing
 *
 * LINNET_ERR_USAGE "class-weights" for a list and LINNET_ERR_INPUT "class-weights" for a file that does not
 * fit the classes; errors as of ln_file_read. */
LN_MUST_CHECK int ln_class_weights(const char *what, const struct ln_dataset *ds, float **weights);

/* Sets *spelt to a `what` with the same weights that names no file, for args.json: a run may be resumed from another folder, or
 * after the file was changed. *spelt is NULL, or the caller's: ln_free it. Errors as of ln_class_weights. */
LN_MUST_CHECK int ln_class_weights_spell(const char *what, const struct ln_dataset *ds, char **spelt);

#endif
