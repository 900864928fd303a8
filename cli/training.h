/* Training with a report of its progress, shared by `train` and `resume`. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "args.h"

/* opts: resolved, with .dir set to the folder of the run. */
int cli_training_run(linnet_model *model, linnet_data *data, struct linnet_train_opts *opts,
                     const struct cli_verbosity *verbosity);

#endif
