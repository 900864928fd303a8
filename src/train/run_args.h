/* args.json: what a run was asked for, and what was settled where nothing was said. */
#ifndef LN_TRAIN_RUN_ARGS_H
#define LN_TRAIN_RUN_ARGS_H

#include "data/dataset.h"
#include "model/json.h"
#include "model/model.h"

/* train: settled. */
LN_MUST_CHECK int ln_run_args_write(const char *dir, const struct ln_model *model,
                                    const struct ln_dataset *ds, const struct linnet_data_opts *data,
                                    const struct linnet_train_opts *train);

/* The file as JSON; json_decref it. "run-args" for what is none. */
LN_MUST_CHECK int ln_run_args_open(const char *path, json_t **json);
/* The options of training from a run's args.json: settled again, as a person may have changed it. Their
 * strings are copies; ln_run_args_free them in any case. "run-args" for a file that is no such JSON. */
LN_MUST_CHECK int ln_run_args_read(const char *dir, struct linnet_train_opts *train);
void ln_run_args_free(struct linnet_train_opts *train);

#endif
