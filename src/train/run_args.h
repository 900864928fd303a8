/* args.json: the options of a run, resolved. */
#ifndef LN_TRAIN_RUN_ARGS_H
#define LN_TRAIN_RUN_ARGS_H

#include "data/dataset.h"
#include "model/json.h"
#include "model/model.h"

/* train: resolved, see ln_train_resolve(). */
LN_MUST_CHECK int ln_run_args_write(const char *dir, const struct ln_model *model,
                                    const struct ln_dataset *ds, const struct linnet_data_opts *data,
                                    const struct linnet_train_opts *train);

/* Parses the file; the caller frees *json with json_decref(). LINNET_ERR_INPUT "run-args" if it is not JSON. */
LN_MUST_CHECK int ln_run_args_open(const char *path, json_t **json);
/* Reads the options of training from a run's args.json. They must be checked and resolved, because a user may
 * have edited the file. Strings are copies; call ln_run_args_free also after a failure. LINNET_ERR_INPUT
 * "run-args" for a file that is not JSON, or a value of the wrong type. */
LN_MUST_CHECK int ln_run_args_read(const char *dir, struct linnet_train_opts *train);
void ln_run_args_free(struct linnet_train_opts *train);

#endif
