/* A network with random weights, run in fp32 and then in 8 bits; the value of every layer is kept. */
#ifndef TESTS_UNIT_GRAPH_INT8_PROBLEM_H
#define TESTS_UNIT_GRAPH_INT8_PROBLEM_H

#include "unit/graph/nets.h"

#include "base/alloc.h"
#include "graph/plan_impl.h"

#include <math.h>

enum { BATCH = 3, NODES_MAX = 64 };

struct shown {
    float *value[NODES_MAX];
    size_t count[NODES_MAX];
};

static inline int keep(void *user, int layer, const float *values, size_t count) {
    struct shown *s = user;
    assert_true(layer < NODES_MAX);
    ln_free(s->value[layer]);
    s->value[layer] = ln_alloc(count * sizeof *values);
    assert_non_null(s->value[layer]);
    memcpy(s->value[layer], values, count * sizeof *values);
    s->count[layer] = count;
    return LINNET_OK;
}

static inline void shown_fini(struct shown *s) {
    for (int i = 0; i < NODES_MAX; i++) ln_free(s->value[i]);
}

/* The value of a layer; for a view, that of the layer that it views. */
static inline const float *value_of(const struct shown *s, const struct ln_plan *plan, int id) {
    while (!s->value[id]) id = plan->nodes[id].node.in[0];
    return s->value[id];
}

static inline float *images_of(const struct ln_net *net) {
    size_t count = 0;
    assert_true(ln_shape_count(&net->nodes[0].out, &count));
    float *images = ln_alloc(count * BATCH * sizeof *images);
    struct ln_rng rng;
    ln_rng_init(&rng, 5, LN_RNG_DATA, 0, 0);
    for (size_t i = 0; images && i < count * BATCH; i++) images[i] = 4 * ln_rng_float(&rng) - 2;
    assert_non_null(images);
    return images;
}

static inline struct ln_plan *plan_of(const struct ln_net *net, const struct ln_quant *quant) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(
        &plan, net, &(struct ln_plan_opts){.batch = BATCH, .quant = quant, .watched = true, .poison = true}));
    return plan;
}

/* Random parameters; each normalisation has one negative and one zero scale. */
static inline void fill(const struct ln_net *net, size_t i, float *plain) {
    const struct ln_net_param *p = &net->params[i];
    const size_t count = ln_net_param_size(net, i);
    ln_net_init_param(net, i, 17, plain);
    struct ln_rng rng;
    ln_rng_init(&rng, 6, LN_RNG_DATA, (uint32_t)i, 0);
    const bool norm = strstr(p->name, "n1.") || strstr(p->name, "n2.") || strstr(p->name, "n3.");
    for (size_t k = 0; norm && k < count; k++) plain[k] = 0.5F + ln_rng_float(&rng);
    if (norm && strstr(p->name, ".weight")) {
        plain[1] = -plain[1];
        plain[2] = 0;
    }
    if (norm && strstr(p->name, "tracked")) plain[0] = 1;
}

static inline float **params_of(const struct ln_net *net) {
    float **params = ln_calloc(net->param_count, sizeof *params);
    for (size_t i = 0; i < net->param_count; i++) {
        params[i] = ln_alloc(ln_net_param_size(net, i) * sizeof **params);
        fill(net, i, params[i]);
    }
    return params;
}

static inline void set_params(struct ln_plan *plan, float *const *params) {
    for (size_t i = 0; i < ln_plan_net(plan)->param_count; i++)
        nets_ok(ln_plan_set_param(plan, i, params[i]));
}

/* Scales from the values of the fp32 network; the values of a group share the largest. */
static inline void calibrate(struct ln_quant *q, const struct ln_net *net, const struct shown *s) {
    float most[NODES_MAX] = {0};
    bool negative[NODES_MAX] = {false};
    int share[NODES_MAX];
    ln_quant_groups(net, share);
    for (size_t i = 0; i < net->count; i++)
        for (size_t k = 0; k < s->count[i]; k++) {
            const float x = s->value[i][k];
            if (fabsf(x) > most[share[i]]) most[share[i]] = fabsf(x);
            negative[share[i]] |= x < 0;
        }
    for (size_t i = 0; i < net->count; i++) {
        q->value[i].is_signed = negative[share[i]];
        /* a little too small, so that some numbers saturate */
        q->value[i].scale = 0.9F * most[share[i]] / (negative[share[i]] ? 127 : 255);
    }
}

/* The input of a layer: 8-bit numbers, or fp32 numbers rounded as the plan rounds them. */
static inline float *rounded(const struct ln_quant_value *v, const float *x, size_t count) {
    float *copy = ln_alloc(count * sizeof *copy);
    const float low = v->is_signed ? -128 : 0, high = v->is_signed ? 127 : 255;
    for (size_t i = 0; i < count; i++)
        copy[i] = fminf(fmaxf(rintf(x[i] * (1 / v->scale)), low), high) * v->scale;
    return copy;
}

static inline size_t numbers_in(const struct ln_layout *layout) {
    size_t count = 0;
    assert_true(ln_shape_count(&layout->shape, &count));
    return count;
}

static inline void put_weights(struct ln_quant *q, const struct ln_net *net, float **params,
                               const char *but) {
    for (size_t i = 0; i < net->param_count; i++)
        if (ln_quant_can(net, i) && !(but && strstr(but, net->params[i].name)))
            nets_ok(ln_quant_weights(q, net, i, params[i]));
}

struct problem {
    struct ln_net *net;
    struct ln_quant *q;
    float **params, *images;
    struct shown f32, int8;
    struct ln_plan *plan;
};

/* Runs the network in fp32, then in 8 bits except for the layers whose weights `but` names. */
static inline void run(struct problem *p, const char *text, const char *but) {
    *p = (struct problem){.net = net_of(text)};
    p->params = params_of(p->net);
    p->images = images_of(p->net);
    nets_ok(ln_quant_create(&p->q, p->net));
    struct ln_plan *plan = plan_of(p->net, NULL);
    set_params(plan, p->params);
    ln_plan_watch(plan, &(struct ln_plan_watch){keep, &p->f32});
    nets_ok(ln_plan_forward(plan, p->images, NULL, 0));
    ln_plan_destroy(plan);
    calibrate(p->q, p->net, &p->f32);
    put_weights(p->q, p->net, p->params, but);
    p->plan = plan_of(p->net, p->q);
    set_params(p->plan, p->params);
    ln_plan_watch(p->plan, &(struct ln_plan_watch){keep, &p->int8});
    nets_ok(ln_plan_forward(p->plan, p->images, NULL, 0));
}

static inline void problem_fini(struct problem *p) {
    ln_plan_destroy(p->plan);
    shown_fini(&p->f32);
    shown_fini(&p->int8);
    for (size_t i = 0; i < p->net->param_count; i++) ln_free(p->params[i]);
    ln_free(p->params);
    ln_free(p->images);
    ln_quant_destroy(p->q);
    ln_net_destroy(p->net);
}

static inline enum ln_dtype type_of(const struct ln_plan *plan, const char *name) {
    for (size_t i = 1; i < plan->node_count; i++)
        if (plan->nodes[i].graph.active && strcmp(plan->net->nodes[i].name, name) == 0)
            return plan->nodes[i].value.layout->dtype;
    fail_msg("no layer %s in the plan", name);
    return LN_F32;
}

#endif
