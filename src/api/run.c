/* Training, evaluation, prediction, measuring: argument checks, then one call. */
#include "api/handles.h"
#include "base/alloc.h"
#include "train/metrics.h"
#include "train/train.h"

int linnet_recipe_apply(const char *name, struct linnet_data_opts *data, struct linnet_model_opts *model,
                        struct linnet_train_opts *train) {
    ln_api_begin();
    return ln_recipe_apply(name, data, model, train);
}

int linnet_train_opts_settle(struct linnet_train_opts *opts, const linnet_model *model) {
    ln_api_begin();
    return ln_train_settle(opts, model->model);
}

int linnet_train(linnet_model *model, linnet_data *data, const struct linnet_train_opts *opts,
                 struct linnet_result *result) {
    static const struct linnet_train_opts defaults;
    struct linnet_result unwanted;
    ln_api_begin();
    return ln_train(model->model, data->ds, &data->opts, opts ? opts : &defaults,
                    result ? result : &unwanted);
}

int linnet_evaluate(linnet_model *model, linnet_data *data, const struct linnet_eval_opts *opts,
                    struct linnet_metrics *metrics) {
    static const struct linnet_eval_opts defaults;
    size_t classes = (size_t)model->model->classes;
    ln_api_begin();
    ln_free(model->confusion);
    model->confusion = ln_calloc(classes * classes, sizeof *model->confusion);
    if (!model->confusion) return LINNET_ERR_LIMIT;
    return ln_evaluate(model->model, data->ds, opts ? opts : &defaults, metrics, model->confusion);
}

struct linnet_class_metrics linnet_metrics_class(const struct linnet_metrics *metrics, int label) {
    return ln_class_metrics(metrics, label);
}

int linnet_predict(linnet_model *model, const char *const *paths, size_t count,
                   const struct linnet_predict_opts *opts,
                   void (*on_prediction)(void *user, const struct linnet_prediction *prediction),
                   void *user) {
    static const struct linnet_predict_opts defaults;
    ln_api_begin();
    return ln_predict(model->model, paths, count, opts ? opts : &defaults, on_prediction, user);
}

int linnet_bench_loader(linnet_data *data, const struct linnet_bench_loader_opts *opts,
                        struct linnet_bench_loader_result *result) {
    static const struct linnet_bench_loader_opts defaults;
    ln_api_begin();
    return ln_bench_loader(data->ds, opts ? opts : &defaults, result);
}

int linnet_bench(const linnet_model *model, const struct linnet_bench_opts *opts,
                 struct linnet_bench_result *result) {
    static const struct linnet_bench_opts defaults;
    ln_api_begin();
    return ln_bench(model->model, opts ? opts : &defaults, result);
}
