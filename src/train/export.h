/* Exports of a model in the file formats of other programs, chosen by the ending of the path. */
#ifndef LN_TRAIN_EXPORT_H
#define LN_TRAIN_EXPORT_H

#include "model/model.h"

/* linnet_model_export. *result is filled. */
LN_MUST_CHECK int ln_export(const struct ln_model *model, const char *path,
                            const struct linnet_export_opts *opts, struct linnet_export_result *result);

#endif
