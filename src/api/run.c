/* Training, evaluation, benchmarks: checks, then one call. Results are filled in a struct of this library
 * first and then given to the caller's (LN_GIVE), whose struct may be shorter. */
#include "api/handles.h"
#include "base/alloc.h"
#include "base/option.h"
#include "train/metrics.h"
#include "train/train.h"

/* The three structs are read and written, so each is taken and given back; a failure gives nothing back and
 * leaves all three as they were. */
int linnet_recipe_apply(const char *name, struct linnet_data_opts *data, struct linnet_model_opts *model,
                        struct linnet_train_opts *train) {
    struct linnet_data_opts own_data;
    struct linnet_model_opts own_model;
    struct linnet_train_opts own_train;
    ln_api_begin();
    LN_NEED(name);
    LN_NEED(data);
    LN_NEED(model);
    LN_NEED(train);
    LN_TRY(LN_TAKE_OPTS(data, data, &own_data));
    LN_TRY(LN_TAKE_OPTS(model, model, &own_model));
    LN_TRY(LN_TAKE_OPTS(train, train, &own_train));
    LN_TRY(ln_recipe_apply(name, &own_data, &own_model, &own_train));
    LN_GIVE(&own_data, data);
    LN_GIVE(&own_model, model);
    LN_GIVE(&own_train, train);
    return LINNET_OK;
}

int linnet_recipe_fit(const char **arch, const linnet_data *data, struct linnet_model_opts *model,
                      struct linnet_train_opts *train, double *seconds) {
    struct linnet_model_opts own_model;
    struct linnet_train_opts own_train;
    ln_api_begin();
    LN_NEED(arch);
    LN_NEED(data);
    LN_NEED(model);
    LN_NEED(train);
    LN_NEED(seconds);
    LN_TRY(LN_TAKE_OPTS(model, model, &own_model));
    LN_TRY(LN_TAKE_OPTS(train, train, &own_train));
    LN_TRY(ln_recipe_fit(arch, data->ds, &own_model, &own_train, seconds));
    LN_GIVE(&own_model, model);
    LN_GIVE(&own_train, train);
    return LINNET_OK;
}

int linnet_train_opts_resolve(struct linnet_train_opts *opts, const linnet_model *model) {
    struct linnet_train_opts own;
    ln_api_begin();
    LN_NEED(opts);
    LN_NEED(model);
    LN_TRY(LN_TAKE_OPTS(train, opts, &own));
    LN_TRY(ln_train_resolve(&own, model->model));
    LN_GIVE(&own, opts);
    return LINNET_OK;
}

int linnet_train_memory(linnet_model *model, const linnet_data *data, const struct linnet_train_opts *given,
                        struct linnet_train_memory *memory) {
    struct linnet_train_opts opts;
    struct linnet_train_memory own;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(train, given, &opts));
    LN_TRY(LN_CHECK_RESULT(memory));
    LN_TRY(ln_train_memory(model->model, data->ds, &opts, &own));
    LN_GIVE(&own, memory);
    return LINNET_OK;
}

/* Passes the data's options too, because args.json records how the data was divided. */
int linnet_train(linnet_model *model, linnet_data *data, const struct linnet_train_opts *given,
                 struct linnet_result *result) {
    struct linnet_train_opts opts;
    struct linnet_result own;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(train, given, &opts));
    /* Checked before the training, not after hours. */
    if (result) LN_TRY(LN_CHECK_RESULT(result));
    int status = ln_train(model->model, data->ds, &data->opts, &opts, &own);
    if (result) LN_GIVE(&own, result); /* an interrupted run has results too */
    return status;
}

int linnet_evaluate(linnet_model *model, linnet_data *data, const struct linnet_eval_opts *given,
                    struct linnet_metrics *metrics) {
    struct linnet_eval_opts opts;
    struct linnet_metrics own;
    ln_api_begin();
    LN_NEED(model);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(eval, given, &opts));
    LN_TRY(ln_options_check(linnet_eval_options, &opts));
    LN_TRY(LN_CHECK_RESULT(metrics));
    /* The confusion matrix of an earlier evaluation ends here, as linnet.h says of struct linnet_metrics. */
    size_t classes = (size_t)model->model->classes;
    ln_free(model->confusion);
    model->confusion = ln_calloc(classes * classes, sizeof *model->confusion);
    if (!model->confusion) return LINNET_ERR_LIMIT;
    LN_TRY(ln_evaluate_against(model->model, data->ds, &opts, opts.reference ? opts.reference->model : NULL,
                               &own, model->confusion));
    LN_GIVE(&own, metrics);
    return LINNET_OK;
}

/* Computed from the confusion matrix at each call: storing it would need memory for every class in a struct
 * of fixed size. */
struct linnet_class_metrics linnet_metrics_class(const struct linnet_metrics *metrics, int label) {
    LN_NEED_OR((struct linnet_class_metrics){0}, metrics);
    if (label < 0 || label >= metrics->classes) return (struct linnet_class_metrics){0};
    return ln_class_metrics(metrics, label);
}

int linnet_bench_loader(linnet_data *data, const struct linnet_bench_loader_opts *given,
                        struct linnet_bench_loader_result *result) {
    struct linnet_bench_loader_opts opts;
    struct linnet_bench_loader_result own;
    ln_api_begin();
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(bench_loader, given, &opts));
    LN_TRY(ln_options_check(linnet_bench_loader_options, &opts));
    LN_TRY(LN_CHECK_RESULT(result));
    LN_TRY(ln_bench_loader(data->ds, &opts, &own));
    LN_GIVE(&own, result);
    return LINNET_OK;
}

/* The model is const: training steps of a benchmark change a plan's copy of the weights. */
int linnet_bench(const linnet_model *model, const struct linnet_bench_opts *given,
                 struct linnet_bench_result *result) {
    struct linnet_bench_opts opts;
    struct linnet_bench_result own;
    ln_api_begin();
    LN_NEED(model);
    LN_TRY(LN_TAKE_OPTS(bench, given, &opts));
    LN_TRY(ln_options_check(linnet_bench_options, &opts));
    LN_TRY(LN_CHECK_RESULT(result));
    LN_TRY(ln_bench(model->model, &opts, &own));
    LN_GIVE(&own, result);
    return LINNET_OK;
}
