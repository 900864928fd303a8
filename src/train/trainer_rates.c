/* Learning rates of layers and of phases, for training that begins with the weights of other data, as in fine_tune
 * of fastai 2: the last layer alone at a rate that rises to lr; then all layers, by the schedule from
 * lr / 2, with rates that fall towards the input: Howard and Ruder, "Universal language model fine-tuning for text
 * classification" (2018), section 3.2.
 *
 *   rate of the layer at depth d, 1 next to the input and D for the last = rate * spread ^ (d / D - 1)
 *
 * Every parameter is a part of the optimiser's flat memory. The parts of the last layer come last.
 */
#include "base/alloc.h"
#include "train/trainer.h"

#include <math.h>

/* Convolutions and linear layers count; a normalisation has the depth of the layer before it. */
static int depth_after(const struct ln_net *net, size_t param, int depth) {
    const struct ln_net_param *p = &net->params[param];
    const bool begins = param == 0 || net->params[param - 1].node != p->node;
    return depth + (begins && p->spec.shape.rank > 1 ? 1 : 0);
}

static int depth_of_head(const struct ln_net *net, int head) {
    int depth = 0;
    for (size_t i = 0; i < net->param_count && net->params[i].node <= head; i++)
        depth = depth_after(net, i, depth);
    return depth;
}

/* Adds the parts of the head, or of all other layers. */
static void add_parts(struct ln_trainer *t, int head, bool of_head) {
    const struct ln_net *net = t->model->net;
    const double spread = t->opts.lr_spread > 1 ? t->opts.lr_spread : 1;
    const int deepest = depth_of_head(net, head);
    int depth = 0;
    for (size_t i = 0; i < net->param_count; i++) {
        const struct ln_net_param *p = &net->params[i];
        depth = depth_after(net, i, depth);
        if (!ln_plan_is_trained(t->plan, i) || (p->node == head) != of_head) continue;
        struct ln_optim_part *part = &t->parts[t->part_count++];
        part->from = ln_plan_param_place(t->plan, i, &part->count);
        part->rate = pow(spread, fmin((double)depth / deepest, 1) - 1);
        part->decayed = !t->opts.decay_weights || p->spec.shape.rank > 1;
    }
}

/* NULL, one rate for all weights, is the usual case and the fastest: the optimiser is then one pass over flat
 * memory. */
static int make_parts(struct ln_trainer *t) {
    const int head = ln_net_head(t->model->net, 0);
    if (!(t->opts.lr_spread > 1) && t->opts.freeze_epochs <= 0) return LINNET_OK;
    t->parts = ln_calloc(t->model->net->param_count, sizeof *t->parts);
    if (!t->parts) return LINNET_ERR_LIMIT;
    add_parts(t, head, false);
    t->head_part = t->part_count;
    add_parts(t, head, true);
    return LINNET_OK;
}

int ln_trainer_rates(struct ln_trainer *t) {
    const struct linnet_train_opts *o = &t->opts;
    const double steps = t->pace.opts.steps;
    const bool two_phases = o->freeze_epochs > 0;
    const int frozen = !two_phases ? 0 : o->freeze_epochs < t->epochs ? o->freeze_epochs : t->epochs;
    t->head_steps = frozen * steps;
    t->schedule = (struct ln_schedule){.kind = ln_schedule_find(o->lr_scheduler),
                                       .lr = two_phases ? o->lr / 2 : o->lr,
                                       .warmup = o->warmup_epochs * steps,
                                       .total = (t->epochs - frozen) * steps,
                                       .step_size = o->step_epochs * steps};
    return make_parts(t);
}

double ln_trainer_rate(const struct ln_trainer *t, uint64_t step) {
    const double at = (double)step;
    if (t->head_steps == 0) return ln_schedule_lr(&t->schedule, step);
    if (t->stages[t->stage].frozen) return t->opts.lr * fmin((at + 1) / t->head_steps, 1);
    return ln_schedule_lr(&t->schedule, at > t->head_steps ? step - (uint64_t)t->head_steps : 0);
}
