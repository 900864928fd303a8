/* Training with its progress shown: what train and resume share. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "args.h"

/* opts: resolved, with the run's folder. */
int cli_training_run(linnet_model *model, linnet_data *data, struct linnet_train_opts *opts,
                     const struct cli_verbosity *verbosity);

#endif
