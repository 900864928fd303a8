/* Creates, runs and trains an architecture on given numbers, for comparison with another library.
 *
 *     arch_run make ARCH CHANNELS IMGSZ CLASSES FILE           random weights, no dropout, as a model file
 *     arch_run infer FILE BATCH FOLDER                         images -> logits
 *     arch_run train FILE BATCH STEPS LR MOMENTUM DECAY FOLDER
 *                                                   images, labels -> losses, grads, trained.safetensors
 *
 * Raw little-endian files in FOLDER: images (f32, [steps][batch][c][h][w]), labels (i32, [steps][batch]),
 * logits (f32, [batch][classes]), losses (f64, one per step), grads (f32, of the first step, one parameter
 * after the other). train prints the parameters' names in that order.
 */
#include "arrays.h"

#include "model/model.h"
#include "optim/optim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const char *folder;
    int batch, steps;
    double lr, momentum, decay;
    struct ln_model *model;
    struct ln_plan *plan;
    struct ln_optim *optim;
    float *images; /* as read */
    int32_t *labels;
};

static size_t image_size(const struct run *r) {
    size_t count = 0;
    return ln_shape_count(&r->model->net->nodes[0].out, &count) ? count : 0;
}

static int prepare(struct run *r, const char *file, bool train) {
    LN_TRY(ln_model_open(&r->model, file));
    LN_TRY(array_read(r->folder, "images", (size_t)(r->steps * r->batch) * image_size(r) * sizeof(float),
                      &r->images));
    LN_TRY(ln_plan_create(&r->plan, r->model->net,
                          &(struct ln_plan_opts){.batch = r->batch, .train = train, .poison = true}));
    return ln_model_to_plan(r->model, r->plan);
}

static int infer(struct run *r, const char *file) {
    LN_TRY(prepare(r, file, false));
    LN_TRY(ln_plan_forward(r->plan, r->images, NULL, 0));
    return array_write(r->folder, "logits", ln_plan_logits(r->plan),
                       (size_t)(r->batch * r->model->classes) * sizeof(float));
}

static int gradients_write(const struct run *r) {
    const struct ln_net *net = r->model->net;
    float *all = ln_alloc((size_t)ln_net_parameters(net) * sizeof *all), *at = all;
    int status = all ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; i < net->param_count && status == LINNET_OK; i++) {
        if (net->params[i].spec.buffer) continue;
        printf("%s\n", net->params[i].name);
        status = ln_plan_get_grad(r->plan, i, at);
        at += ln_net_param_size(net, i);
    }
    if (status == LINNET_OK) status = array_write(r->folder, "grads", all, (size_t)(at - all) * sizeof *all);
    ln_free(all);
    return status;
}

static int steps_run(struct run *r, double *losses) {
    size_t image = image_size(r), batch = (size_t)r->batch, count;
    for (size_t step = 0; step < (size_t)r->steps; step++) {
        LN_TRY(ln_plan_forward(r->plan, r->images + step * batch * image, r->labels + step * batch,
                               (uint32_t)step));
        LN_TRY(ln_plan_backward(r->plan));
        losses[step] = ln_plan_loss(r->plan);
        if (step == 0) LN_TRY(gradients_write(r));
        float *values = ln_plan_values(r->plan, &count);
        ln_optim_apply(r->optim, r->lr, values, ln_plan_grads(r->plan));
    }
    return array_write(r->folder, "losses", losses, (size_t)r->steps * sizeof *losses);
}

static int train(struct run *r, const char *file) {
    size_t count;
    LN_TRY(prepare(r, file, true));
    LN_TRY(array_read(r->folder, "labels", (size_t)(r->steps * r->batch) * sizeof(int32_t), &r->labels));
    ln_plan_values(r->plan, &count);
    LN_TRY(ln_optim_create(&r->optim, "sgd", count,
                           &(struct ln_optim_opts){.momentum = r->momentum, .weight_decay = r->decay}));
    double *losses = ln_calloc((size_t)r->steps, sizeof *losses);
    if (!losses) return LINNET_ERR_LIMIT;
    int status = steps_run(r, losses);
    ln_free(losses);
    char *path = ln_file_join(r->folder, "trained.safetensors");
    if (status == LINNET_OK) status = path ? ln_model_save(r->model, r->plan, path) : LINNET_ERR_LIMIT;
    ln_free(path);
    return status;
}

static int make(char **words) {
    struct ln_arch_opts opts = {.channels = atoi(words[1]),
                                .imgsz = atoi(words[2]),
                                .classes = atoi(words[3]),
                                .dropout = LINNET_NONE};
    struct ln_net *net;
    struct ln_model *model;
    LN_TRY(ln_arch_build(words[0], &opts, &net));
    LN_TRY(ln_model_create(&model, words[0], net, 1));
    int status = ln_model_save(model, NULL, words[4]);
    ln_model_destroy(model);
    return status;
}

static int run_command(struct run *r, int argc, char **argv) {
    if (argc == 7 && strcmp(argv[1], "make") == 0) return make(argv + 2);
    if (argc == 5 && strcmp(argv[1], "infer") == 0) {
        *r = (struct run){.folder = argv[4], .batch = atoi(argv[3]), .steps = 1};
        return infer(r, argv[2]);
    }
    if (argc == 9 && strcmp(argv[1], "train") == 0) {
        *r = (struct run){.folder = argv[8],
                          .batch = atoi(argv[3]),
                          .steps = atoi(argv[4]),
                          .lr = atof(argv[5]),
                          .momentum = atof(argv[6]),
                          .decay = atof(argv[7])};
        return train(r, argv[2]);
    }
    return ln_fail(LINNET_ERR_USAGE, "run-usage", "see the head of arch_run.c");
}

int main(int argc, char **argv) {
    struct run r = {0};
    int status = run_command(&r, argc, argv);
    if (status != LINNET_OK) fprintf(stderr, "arch_run: %s\n", ln_error_line());
    ln_optim_destroy(r.optim);
    ln_plan_destroy(r.plan);
    ln_model_destroy(r.model);
    ln_free(r.images);
    ln_free(r.labels);
    return status != LINNET_OK;
}
