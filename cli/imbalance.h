/* Classes of unequal size. */
#ifndef CLI_IMBALANCE_H
#define CLI_IMBALANCE_H

#include <linnet/linnet.h>

/* Prints a hint if the largest class of the training part is more than three times as large as the smallest
 * one that has images, unless the options already make up for it. */
void cli_imbalance_hint(const linnet_data *data, const struct linnet_train_opts *opts);

#endif
