/* A network as a table of layers, a graph, or the steps of its plan. */
#include "base/option.h"
#include "base/threads.h"
#include "train/train.h"

/* Compiles the plan and prints it, so the table shows what would run with this oneDNN and processor. */
static int print_plan(const struct ln_model *model, struct linnet_summary_opts *o, int batch, char **text) {
    struct ln_plan *plan;
    struct ln_plan_opts opts = {.batch = batch, .train = o->train};
    LN_TRY(o->train ? ln_dtype_resolve(&o->dtype, model->net, &opts.dtype)
                    : ln_dtype_infer(&o->dtype, model, &opts.dtype, &opts.quant));
    LN_TRY(ln_conv_resolve(o->conv, &opts.direct));
    ln_threads_start(o->threads);
    LN_TRY(ln_plan_create(&plan, model->net, &opts));
    int status = ln_plan_print(plan, o->json, text);
    ln_plan_destroy(plan);
    return status;
}

int ln_summary(const struct ln_model *model, const struct linnet_summary_opts *given, char **text) {
    struct linnet_summary_opts o = *given;
    const int batch = o.batch ? o.batch : 1;
    LN_TRY(ln_options_check(linnet_summary_options, &o));
    if (o.dot) return ln_net_dot(model->net, text);
    return o.plan ? print_plan(model, &o, batch, text) : ln_net_summary(model->net, batch, o.json, text);
}
