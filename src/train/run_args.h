/* args.json: the options of a run, resolved. */
#ifndef LN_TRAIN_RUN_ARGS_H
#define LN_TRAIN_RUN_ARGS_H

#include "data/dataset.h"
#include "model/json.h"
#include "model/model.h"

/* train: resolved. */
LN_MUST_CHECK int ln_run_args_write(const char *dir, const struct ln_model *model,
                                    const struct ln_dataset *ds, const struct linnet_data_opts *data,
                                    const struct linnet_train_opts *train);

/* The file as JSON; json_decref it. "run-args" if it is not JSON. */
LN_MUST_CHECK int ln_run_args_open(const char *path, json_t **json);
/* The options of training from a run's args.json, to be resolved again: a person may have changed the file. Their
 * strings are copies; ln_run_args_free them in any case. "run-args" for a file that is not JSON, or a value of
 * the wrong type. */
LN_MUST_CHECK int ln_run_args_read(const char *dir, struct linnet_train_opts *train);
void ln_run_args_free(struct linnet_train_opts *train);

#endif
