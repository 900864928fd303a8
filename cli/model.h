/* MODEL on the command line: an architecture's name, a model file or a run folder. */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include <linnet/linnet.h>
#include <stdbool.h>

bool cli_model_is_arch(const char *name);
/* True where `name` may be loaded: it is an architecture's, or something is there. */
bool cli_model_exists(const char *name);
/* True where `name` is a run folder or a file in one. */
bool cli_model_is_run(const char *name);
/* A network by its architecture's name. opts.weights may be "imagenet" too: fetched where they are not in the
 * cache yet. Failures are told on stderr. */
int cli_model_create(linnet_model **model, const char *name, const linnet_data *data,
                     const struct linnet_model_opts *opts);
/* Failures are told on stderr. opts and data are for an architecture's name; with a file, a field of opts
 * that is not zero is refused, since the file says it. */
int cli_model_load(linnet_model **model, const char *name, const linnet_data *data,
                   const struct linnet_model_opts *opts);

/* "28 x 28 grey" or "224 x 224 RGB". */
const char *cli_model_input(const linnet_model *model, char out[32]);

#endif
