/* Prediction of files and folders, with a predictor that is created for one call. */
#include "base/alloc.h"
#include "train/alike.h"
#include "train/paths.h"
#include "train/predict_ranks.h"
#include "train/predictor.h"
#include "train/train.h"

/* A batch is never larger than the number of files: a plan for 16 images would be wasted on one. */
static int predict(const struct ln_model *model, const struct ln_paths *files,
                   const struct linnet_predict_opts *given, linnet_prediction_fn *on_prediction, void *user) {
    struct linnet_predict_opts opts = *given;
    const struct ln_predictor_files described = {files->count, ln_paths_peak(files).bytes};
    linnet_predictor *predictor = NULL;
    if (files->count == 0) return LINNET_OK;
    struct linnet_input *inputs = ln_calloc(files->count, sizeof *inputs);
    for (size_t i = 0; inputs && i < files->count; i++) inputs[i].path = files->items[i];
    if (!opts.batch) opts.batch = LN_PREDICT_BATCH;
    if ((size_t)opts.batch > files->count && opts.batch > 0) opts.batch = (int)files->count;
    int status = inputs ? ln_predictor_create(&predictor, model, &opts, &described) : LINNET_ERR_LIMIT;
    status = ln_comm_agree(opts.ranks, status);
    if (status == LINNET_OK)
        status = ln_predict_on_ranks(&(struct ln_predict_job){.predictor = predictor,
                                                              .inputs = inputs,
                                                              .count = files->count,
                                                              .opts = &opts,
                                                              .on_prediction = on_prediction,
                                                              .user = user});
    ln_predictor_destroy(predictor);
    ln_free(inputs);
    return status;
}

int ln_predict(const struct ln_model *model, const char *const *paths, size_t count,
               const struct linnet_predict_opts *opts, linnet_prediction_fn *on_prediction, void *user) {
    struct ln_paths files = {0};
    int status = ln_comm_agree(opts->ranks, ln_paths_expand(&files, paths, count));
    if (status == LINNET_OK) status = ln_alike_paths(opts->ranks, &files);
    if (status == LINNET_OK) status = ln_alike_model(opts->ranks, model);
    if (status == LINNET_OK) status = predict(model, &files, opts, on_prediction, user);
    ln_paths_fini(&files);
    return status;
}
