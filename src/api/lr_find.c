/* linnet_lr_find: checks, the test, the picture.
 *
 *     from 1e-7 to 10 in 100 steps: the rate of step i is 1e-7 * (1e8)^(i / 99)
 */
#include "train/lr_find.h"
#include "api/handles.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/option.h"
#include "base/text.h"
#include "draw/draw.h"

#include <stdio.h>

/* The picture needs arrays, the curve has structs: losses first, then the smoothed ones, in one block. */
static int draw(const struct ln_lr_curve *curve, const struct ln_model *model, const struct ln_dataset *ds,
                const char *path) {
    const struct linnet_lr_curve *c = &curve->shown;
    char title[256];
    double *values = ln_calloc((size_t)c->count, 2 * sizeof *values);
    if (c->count && !values) return LINNET_ERR_LIMIT;
    struct ln_rates rates = {
        .title = title, .count = c->count, .losses = values, .smooth = values + c->count};
    for (int i = 0; i < c->count; i++) {
        values[i] = c->points[i].loss;
        values[c->count + i] = c->points[i].smooth;
        if (c->points[i].lr == c->suggestion) rates.suggested = i + 1;
    }
    /* The rates grow by a constant factor, so the picture needs only the first one and the factor. There are
     * at least two points: ln_lr_find fails with fewer. */
    rates.first = c->points[0].lr;
    rates.ratio = c->points[1].lr / c->points[0].lr;
    snprintf(title, sizeof title, "%s on %s, %s", model->arch, ln_file_name(ds->path), c->opt);
    int status = ln_draw_rates(path, &rates);
    ln_free(values);
    return status;
}

/* Options are checked before the test, which may take minutes. A rate that does not grow would test
 * nothing. */
static int find(struct ln_lr_curve *curve, linnet_model *model, const linnet_data *data,
                const struct linnet_lr_find_opts *given) {
    struct linnet_lr_find_opts opts = *given;
    struct linnet_train_opts train;
    LN_TRY(LN_TAKE_OPTS(train, given->train, &train));
    opts.train = &train;
    LN_TRY(ln_options_check(linnet_lr_find_options, &opts));
    ln_options_default(linnet_lr_find_options, &opts);
    if (!(opts.from < opts.to))
        return ln_fail(LINNET_ERR_USAGE, "lr-find-range", "the rate must grow: from %g to %g does not",
                       opts.from, opts.to);
    LN_TRY(ln_lr_find(curve, model->model, data->ds, &opts));
    return opts.plot ? draw(curve, model->model, data->ds, opts.plot) : LINNET_OK;
}

int linnet_lr_find(struct linnet_lr_curve **curve, linnet_model *model, linnet_data *data,
                   const struct linnet_lr_find_opts *given) {
    struct linnet_lr_find_opts opts;
    ln_api_begin();
    LN_NEED(curve);
    LN_NEED(model);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(lr_find, given, &opts));
    struct ln_lr_curve *own = ln_calloc(1, sizeof *own);
    if (!own) return LINNET_ERR_LIMIT;
    int status = find(own, model, data, &opts);
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
