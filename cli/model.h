/* The argument MODEL: an architecture's name, a model file or a run folder. */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include <linnet/linnet.h>
#include <stdbool.h>

bool cli_model_is_arch(const char *name);
/* True if `name` is an architecture, or a file or folder of that name exists. */
bool cli_model_exists(const char *name);
/* True if `name` is a run folder or a file in one. */
bool cli_model_is_run(const char *name);
/* Creates a network by its architecture's name. If opts.weights is "imagenet", the weights are downloaded unless the cache
 * has them. A failure is reported on stderr. */
int cli_model_create(linnet_model **model, const char *name, const linnet_data *data,
                     const struct linnet_model_opts *opts);
/* A network by its architecture's name, or from a model file or run folder. opts and data apply only to a name; with a
 * file, a field of opts that is set is refused, because the file has its own. A failure is reported on stderr. */
int cli_model_load(linnet_model **model, const char *name, const linnet_data *data,
                   const struct linnet_model_opts *opts);

/* Opens the data of a command that takes MODEL [DATA]. A run folder records its data and its split; `path` then only gives
 * another location of the same photos. Any other MODEL requires `path`. usage: the command's, for the message that DATA is
 * missing. A failure is reported on stderr. */
int cli_model_open_data(linnet_data **data, const char *model, const char *path,
                        const struct linnet_data_opts *opts, const char *usage);

/* Warns if `name` is an architecture without weights: its `what`, such as "predictions", mean nothing. */
void cli_model_warn_untrained(const char *name, const struct linnet_model_opts *opts, const char *what);
/* Refuses --unknown, before the first picture, for a model without a threshold: no picture would be called unknown, and the
 * user would believe that all are of the known kind. A failure is reported on stderr. */
int cli_model_check_unknown(const linnet_model *model, const char *name);

/* "28 x 28 grey" or "224 x 224 RGB". */
const char *cli_model_input(const linnet_model *model, char out[32]);

#endif
