/* Training, shown as it goes: what train and resume share. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include <linnet/linnet.h>

/* opts: settled, with their folder; quiet: only the result; json: for programs. */
int cli_training_run(linnet_model *model, linnet_data *data, struct linnet_train_opts *opts, bool quiet,
                     bool json);

#endif
