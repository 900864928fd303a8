/* Trains a network for a few steps on given numbers, for comparison with another library.
 *
 *     net_run ARCH CHANNELS IMGSZ CLASSES BATCH STEPS LR MOMENTUM DECAY SMOOTHING FOLDER
 *
 * Raw little-endian files in FOLDER. Read: weights (f32, parameters in the network's order), images (f32,
 * [steps][batch][c][h][w]), labels (i32, [steps][batch]). Written: logits and grads (f32, of the first step),
 * losses (f64, one per step), trained (f32, the weights afterwards). Prints the parameters' names and shapes.
 */
#include "arrays.h"

#include "arch/arch.h"
#include "graph/plan.h"
#include "optim/optim.h"

#include <stdio.h>
#include <stdlib.h>

struct setting {
    const char *arch, *folder;
    int channels, imgsz, classes, batch, steps;
    double lr, momentum, decay, smoothing;
};

struct run {
    const struct setting *set;
    struct ln_net *net;
    struct ln_plan *plan;
    struct ln_optim *optim;
    float *weights, *images; /* as read */
    int32_t *labels;
    double *losses;
};

static size_t parameters_bytes(const struct run *r) {
    return (size_t)ln_net_parameters(r->net) * sizeof(float);
}

static int weights_set(struct run *r) {
    const float *at = r->weights;
    for (size_t i = 0; i < r->net->param_count; i++) {
        char shape[64];
        const struct ln_net_param *p = &r->net->params[i];
        printf("%s %s\n", p->name, ln_shape_text(&p->spec.shape, shape, sizeof shape));
        LN_TRY(ln_plan_set_param(r->plan, i, at));
        at += ln_net_param_size(r->net, i);
    }
    return LINNET_OK;
}

typedef int get_fn(const struct ln_plan *plan, size_t i, float *plain);

static int params_write(struct run *r, const char *name, get_fn *get) {
    float *all = ln_alloc(parameters_bytes(r)), *at = all;
    int status = all ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; i < r->net->param_count && status == LINNET_OK; i++) {
        status = get(r->plan, i, at);
        at += ln_net_param_size(r->net, i);
    }
    if (status == LINNET_OK) status = array_write(r->set->folder, name, all, parameters_bytes(r));
    ln_free(all);
    return status;
}

static int prepare(struct run *r) {
    const struct setting *s = r->set;
    size_t image = (size_t)s->channels * (size_t)s->imgsz * (size_t)s->imgsz,
           images = (size_t)(s->steps * s->batch);
    size_t count;
    LN_TRY(ln_arch_build(
        s->arch, &(struct ln_arch_opts){.channels = s->channels, .imgsz = s->imgsz, .classes = s->classes},
        &r->net));
    LN_TRY(ln_plan_create(
        &r->plan, r->net,
        &(struct ln_plan_opts){.batch = s->batch, .train = true, .label_smoothing = s->smoothing}));
    LN_TRY(array_read(r->set->folder, "weights", parameters_bytes(r), &r->weights));
    LN_TRY(array_read(r->set->folder, "images", images * image * sizeof(float), &r->images));
    LN_TRY(array_read(r->set->folder, "labels", images * sizeof(int32_t), &r->labels));
    r->losses = ln_calloc((size_t)s->steps, sizeof *r->losses);
    if (!r->losses) return LINNET_ERR_LIMIT;
    LN_TRY(weights_set(r));
    ln_plan_values(r->plan, &count);
    return ln_optim_create(&r->optim, "sgd", count,
                           &(struct ln_optim_opts){.momentum = s->momentum, .weight_decay = s->decay});
}

static int train(struct run *r) {
    const struct setting *s = r->set;
    size_t image = (size_t)s->channels * (size_t)s->imgsz * (size_t)s->imgsz, batch = (size_t)s->batch, count;
    for (size_t step = 0; step < (size_t)s->steps; step++) {
        LN_TRY(ln_plan_forward(r->plan, r->images + step * batch * image, r->labels + step * batch,
                               (uint32_t)step));
        LN_TRY(ln_plan_backward(r->plan));
        r->losses[step] = ln_plan_loss(r->plan);
        if (step == 0) {
            LN_TRY(array_write(r->set->folder, "logits", ln_plan_logits(r->plan),
                               batch * (size_t)s->classes * sizeof(float)));
            LN_TRY(params_write(r, "grads", ln_plan_get_grad));
        }
        ln_optim_apply(r->optim, s->lr, ln_plan_values(r->plan, &count), ln_plan_grads(r->plan));
    }
    LN_TRY(array_write(r->set->folder, "losses", r->losses, (size_t)s->steps * sizeof *r->losses));
    return params_write(r, "trained", ln_plan_get_param);
}

int main(int argc, char **argv) {
    if (argc != 12) {
        fprintf(
            stderr,
            "usage: net_run ARCH CHANNELS IMGSZ CLASSES BATCH STEPS LR MOMENTUM DECAY SMOOTHING FOLDER\n");
        return 2;
    }
    struct setting set = {.arch = argv[1],
                          .channels = atoi(argv[2]),
                          .imgsz = atoi(argv[3]),
                          .classes = atoi(argv[4]),
                          .batch = atoi(argv[5]),
                          .steps = atoi(argv[6]),
                          .lr = atof(argv[7]),
                          .momentum = atof(argv[8]),
                          .decay = atof(argv[9]),
                          .smoothing = atof(argv[10]),
                          .folder = argv[11]};
    struct run r = {.set = &set};
    int status = prepare(&r);
    if (status == LINNET_OK) status = train(&r);
    if (status != LINNET_OK) fprintf(stderr, "net_run: %s\n", ln_error_line());
    ln_optim_destroy(r.optim);
    ln_plan_destroy(r.plan);
    ln_net_destroy(r.net);
    ln_free(r.weights);
    ln_free(r.images);
    ln_free(r.labels);
    ln_free(r.losses);
    return status != LINNET_OK;
}
