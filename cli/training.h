/* Training with a report of its progress, shared by `train` and `resume`. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "args.h"

struct cli_training_opts {
    const struct cli_verbosity *verbosity;
    int serve;      /* the port of the page that shows the run; 0: none, LINNET_NONE: a free one */
    double seconds; /* that training will take, if the recipe measured it; nan: unknown */
};

/* train: resolved, with .dir set to the folder of the run. */
int cli_training_run(linnet_model *model, linnet_data *data, struct linnet_train_opts *train,
                     const struct cli_training_opts *opts);
/* Prints what would be trained, and trains nothing. */
int cli_training_show(linnet_model *model, linnet_data *data, const struct linnet_train_opts *train,
                      const struct cli_training_opts *opts);

#endif
