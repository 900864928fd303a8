/* linnet_clean: checks, then one call. The public result is the first member of the library's own (struct
 * ln_suspects), which keeps the memory that it points to; linnet_suspects_free finds that through the same
 * address. */
#include "train/clean.h"
#include "api/handles.h"
#include "base/alloc.h"
#include "base/option.h"

/* opts->model and ->train point to the caller's structs, which may be of another header: the call gets copies. */
static int clean(struct ln_suspects *own, const linnet_data *data, struct linnet_clean_opts *opts) {
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    LN_TRY(LN_TAKE_OPTS(model, opts->model, &model));
    LN_TRY(LN_TAKE_OPTS(train, opts->train, &train));
    opts->model = &model;
    opts->train = &train;
    return ln_clean(own, data->ds, opts);
}

int linnet_clean(struct linnet_suspects **suspects, const linnet_data *data,
                 const struct linnet_clean_opts *given) {
    struct linnet_clean_opts opts;
    ln_api_begin();
    LN_NEED(suspects);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(clean, given, &opts));
    LN_TRY(ln_options_check(linnet_clean_options, &opts));
    ln_options_default(linnet_clean_options, &opts);
    struct ln_suspects *own = ln_calloc(1, sizeof *own);
    if (!own) return LINNET_ERR_LIMIT;
    int status = clean(own, data, &opts);
    if (status == LINNET_OK)
        *suspects = &own->shown;
    else
        linnet_suspects_free(&own->shown);
    return status;
}

void linnet_suspects_free(struct linnet_suspects *suspects) {
    struct ln_suspects *own = (struct ln_suspects *)suspects;
    if (!own) return;
    ln_suspects_fini(own);
    ln_free(own);
}
