/* linnet_lr_find: checks and the test. */
#include "train/lr_find.h"
#include "api/handles.h"
#include "base/alloc.h"
#include "base/option.h"

/* Options are checked before the test, which may take minutes. A rate that does not grow would test
 * nothing. */
static int check(struct linnet_lr_find_opts *opts) {
    LN_TRY(ln_options_check(linnet_lr_find_options, opts));
    ln_options_default(linnet_lr_find_options, opts);
    if (opts->from < opts->to) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "lr-find-range",
                   "the last learning rate must be larger than the first: from %g to %g", opts->from,
                   opts->to);
}

int linnet_lr_find(struct linnet_lr_curve **curve, linnet_model *model, linnet_data *data,
                   const struct linnet_lr_find_opts *given) {
    struct linnet_lr_find_opts opts;
    struct linnet_train_opts train;
    ln_api_begin();
    LN_NEED(curve);
    LN_NEED(model);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(lr_find, given, &opts));
    LN_TRY(LN_TAKE_OPTS(train, opts.train, &train));
    opts.train = &train;
    LN_TRY(check(&opts));
    struct ln_lr_curve *own = ln_calloc(1, sizeof *own);
    if (!own) return LINNET_ERR_LIMIT;
    int status = ln_lr_find(own, model->model, data->ds, &opts);
    if (status == LINNET_OK)
        *curve = &own->shown;
    else
        linnet_lr_curve_free(&own->shown);
    return status;
}

void linnet_lr_curve_free(struct linnet_lr_curve *curve) {
    struct ln_lr_curve *own = (struct ln_lr_curve *)curve;
    if (own) ln_lr_curve_fini(own);
    ln_free(own);
}
