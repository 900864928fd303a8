/* A model in memory. Its weights are plain fp32 arrays, one for each parameter: the layouts that oneDNN
 * prefers depend on the batch size and the processor, and belong to a plan. Several plans can take the same
 * model's weights. */
#include "model/model.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int number_classes(struct ln_model *m) {
    m->class_names = ln_calloc((size_t)m->classes, sizeof *m->class_names);
    if (!m->class_names) return LINNET_ERR_LIMIT;
    for (int i = 0; i < m->classes; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        if (!(m->class_names[i] = ln_strdup(name))) return LINNET_ERR_LIMIT;
    }
    return LINNET_OK;
}

/* ---- the memory of the weights ------------------------------------------------------------------------- */

struct ln_weights {
    struct ln_arena arena;
    float **params;      /* [parameters] where each lies */
    _Atomic int holders; /* predictors of several threads may share a model */
};

/* No page is touched before it is written to. */
static int weights_create(struct ln_weights **out, const struct ln_net *net) {
    size_t bytes = 0;
    for (size_t i = 0; i < net->param_count; i++)
        bytes += ln_arena_slice_bytes(ln_net_param_size(net, i) * sizeof(float));
    struct ln_weights *w = ln_calloc(1, sizeof *w);
    if (!w) return LINNET_ERR_LIMIT;
    w->holders = 1;
    /* One more than needed, so that the allocation is not empty for a network without parameters. */
    w->params = ln_calloc(net->param_count + 1, sizeof *w->params);
    if (!w->params || ln_arena_reserve(&w->arena, bytes) != LINNET_OK) {
        ln_weights_release(w);
        return LINNET_ERR_LIMIT;
    }
    for (size_t i = 0; i < net->param_count; i++)
        w->params[i] = ln_arena_take(&w->arena, ln_net_param_size(net, i) * sizeof(float));
    *out = w;
    return LINNET_OK;
}

struct ln_weights *ln_weights_hold(const struct ln_model *m) {
    m->weights->holders++;
    return m->weights;
}

void ln_weights_release(struct ln_weights *w) {
    if (!w || --w->holders > 0) return;
    ln_arena_fini(&w->arena);
    ln_free(w->params);
    ln_free(w);
}

int ln_model_own_weights(struct ln_model *m) {
    struct ln_weights *own;
    if (m->weights->holders == 1) return LINNET_OK;
    LN_TRY(weights_create(&own, m->net));
    for (size_t i = 0; i < m->net->param_count; i++)
        memcpy(own->params[i], m->params[i], ln_net_param_size(m->net, i) * sizeof(float));
    ln_weights_release(m->weights);
    m->weights = own;
    m->params = own->params;
    return LINNET_OK;
}

/* ---- create and destroy -------------------------------------------------------------------------------- */

/* Refuses a network whose weights cannot fit before the first array is allocated: Linux grants more memory
 * than there is and ends the process once it is written to. */
static int check_memory(const struct ln_net *net) {
    size_t numbers = 0, have = ln_memory_available();
    for (size_t i = 0; i < net->param_count; i++) numbers += ln_net_param_size(net, i);
    if (numbers * sizeof(float) <= have) return LINNET_OK;
    return ln_fail(LINNET_ERR_LIMIT, "model-memory",
                   "the weights of this network need %zu MB and %zu MB are free",
                   numbers * sizeof(float) >> 20, have >> 20);
}

static int room_for_weights(struct ln_model *m) {
    LN_TRY(check_memory(m->net));
    LN_TRY(weights_create(&m->weights, m->net));
    m->params = m->weights->params;
    return LINNET_OK;
}

static int fill(struct ln_model *m, const char *arch) {
    const struct ln_node *out = &m->net->nodes[m->net->outputs[0].node];
    if (out->out.rank != 2)
        return ln_fail(LINNET_ERR_INPUT, "net-output", "the output %s has %d dimensions; logits need 2",
                       out->name, out->out.rank);
    m->classes = ln_net_classes(m->net);
    if (!(m->arch = ln_strdup(arch))) return LINNET_ERR_LIMIT;
    LN_TRY(ln_net_print(m->net, &m->text));
    LN_TRY(number_classes(m));
    const struct ln_shape *in = &m->net->nodes[0].out;
    /* Mean and std of 0.5 map the bytes 0 to 255 to -1 to 1, which suits any network until the data is
     * known. */
    m->preprocess = (struct ln_preprocess){.channels = (int)in->dim[1],
                                           .height = (int)in->dim[2],
                                           .width = (int)in->dim[3],
                                           .mean = {0.5F, 0.5F, 0.5F},
                                           .std = {0.5F, 0.5F, 0.5F}};
    m->temperature = 1;
    m->unknown_energy = INFINITY;
    return room_for_weights(m);
}

int ln_model_create_blank(struct ln_model **out, const char *arch, struct ln_net *net) {
    struct ln_model *m = ln_calloc(1, sizeof *m);
    if (!m) {
        ln_net_destroy(net);
        return LINNET_ERR_LIMIT;
    }
    m->net = net;
    int status = fill(m, arch);
    if (status == LINNET_OK)
        *out = m;
    else
        ln_model_destroy(m);
    return status;
}

int ln_model_create(struct ln_model **out, const char *arch, struct ln_net *net, uint64_t seed) {
    LN_TRY(ln_model_create_blank(out, arch, net));
    for (size_t i = 0; i < net->param_count; i++) ln_net_init_param(net, i, seed, (*out)->params[i]);
    return LINNET_OK;
}

static void drop_names(struct ln_model *m) {
    for (int i = 0; m->class_names && i < m->classes; i++) ln_free(m->class_names[i]);
    ln_free(m->class_names);
    m->class_names = NULL;
}

void ln_model_destroy(struct ln_model *m) {
    if (!m) return;
    ln_weights_release(m->weights);
    ln_quant_destroy(m->quant);
    drop_names(m);
    ln_net_destroy(m->net);
    ln_free(m->arch);
    ln_free(m->begun_with);
    ln_free(m->text);
    ln_free(m);
}

int ln_model_name_classes(struct ln_model *m, char *const *names, int count) {
    if (count != m->classes)
        return ln_fail(LINNET_ERR_INPUT, "model-classes", "%d class names for %d outputs", count, m->classes);
    char **copies = ln_calloc((size_t)count, sizeof *copies);
    if (!copies) return LINNET_ERR_LIMIT;
    drop_names(m);
    m->class_names = copies;
    for (int i = 0; i < count; i++)
        if (!(copies[i] = ln_strdup(names[i]))) return LINNET_ERR_LIMIT;
    return LINNET_OK;
}

int ln_model_find_class(const struct ln_model *m, const char *word) {
    int64_t number;
    for (int i = 0; i < m->classes; i++)
        if (strcmp(m->class_names[i], word) == 0) return i;
    return ln_text_to_i64(word, 0, m->classes - 1, &number) ? (int)number : -1;
}

int ln_model_to_plan(const struct ln_model *m, struct ln_plan *plan) {
    for (size_t i = 0; i < m->net->param_count; i++) LN_TRY(ln_plan_set_param(plan, i, m->params[i]));
    return LINNET_OK;
}

int ln_model_from_plan(struct ln_model *m, const struct ln_plan *plan) {
    LN_TRY(ln_model_own_weights(m));
    for (size_t i = 0; i < m->net->param_count; i++) LN_TRY(ln_plan_get_param(plan, i, m->params[i]));
    return LINNET_OK;
}
