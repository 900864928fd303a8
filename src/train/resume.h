/* Opens an interrupted run from its folder, for linnet_resume_open. */
#ifndef LN_TRAIN_RESUME_H
#define LN_TRAIN_RESUME_H

#include "model/model.h"
#include "train/open_data.h"

struct ln_resumed {
    struct ln_model *model;
    linnet_data *data;
    struct linnet_train_opts *opts; /* the caller may change them */
};

/* LINNET_ERR_INPUT "resume-none" without a checkpoint, and the errors of opening its files. The caller owns
 * the model and the data, and frees the options with ln_resume_close_opts. After a failure all are NULL. */
LN_MUST_CHECK int ln_resume_open(struct ln_resumed *run, const char *dir);
void ln_resume_close_opts(struct linnet_train_opts *opts); /* NULL is fine */

#endif
