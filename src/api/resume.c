/* linnet_resumed: a stopped run as a model, its data and its options, ready for linnet_train.
 *
 * The three are opened together, because they must belong together. After a failure all are NULL, so the
 * caller may close the struct in any case.
 */
#include "train/resume.h"
#include "api/handles.h"

int linnet_resume_open(struct linnet_resumed *run, const char *dir) {
    struct linnet_resumed own = {.size = sizeof own};
    struct ln_resumed resumed;
    ln_api_begin();
    LN_TRY(LN_CHECK_RESULT(run));
    LN_NEED(dir);
    int status = ln_resume_open(&resumed, dir);
    own.data = resumed.data;
    own.opts = resumed.opts;
    if (status == LINNET_OK) status = ln_api_model(resumed.model, NULL, &own.model);
    if (status != LINNET_OK) linnet_resume_close(&own);
    /* Also after a failure: the caller's struct then has NULL in all its fields. */
    LN_GIVE(&own, run);
    return status;
}

/* The pointers are set to NULL, so that closing a second time does nothing. */
void linnet_resume_close(struct linnet_resumed *run) {
    if (!run) return;
    linnet_model_destroy(run->model);
    linnet_data_close(run->data);
    ln_resume_close_opts(run->opts);
    run->model = NULL;
    run->data = NULL;
    run->opts = NULL;
}
