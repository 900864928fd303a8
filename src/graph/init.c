/* Initial values of parameters. Each parameter has its own rule and its own stream of random numbers,
 * independent of plans and layouts. */
#include "base/rng.h"
#include "base/simd.h"
#include "graph/net.h"

#include <math.h>
#include <string.h>

size_t ln_net_param_size(const struct ln_net *net, size_t i) {
    size_t count = 0;
    return ln_shape_count(&net->params[i].spec.shape, &count) ? count : 0;
}

size_t ln_net_largest_param(const struct ln_net *net) {
    size_t most = 1;
    for (size_t i = 0; i < net->param_count; i++)
        if (ln_net_param_size(net, i) > most) most = ln_net_param_size(net, i);
    return most;
}

/* ---- rules --------------------------------------------------------------------------------------------- */

void ln_net_init_one(struct ln_net *net, struct ln_value layer, const char *param, enum ln_init init,
                     double value) {
    for (size_t i = 0; i < net->param_count; i++)
        if (net->params[i].node == layer.id && strcmp(net->params[i].spec.name, param) == 0) {
            net->params[i].spec.init = init;
            net->params[i].spec.value = value;
        }
}

void ln_net_init_all(struct ln_net *net, const struct ln_op *op, const char *param, enum ln_init init,
                     double value) {
    for (size_t i = 0; i < net->count; i++)
        if (net->nodes[i].op == op) ln_net_init_one(net, (struct ln_value){(int)i}, param, init, value);
}

/* ---- values -------------------------------------------------------------------------------------------- */

/* Elements that a thread takes at a time; a multiple of the four words that one call of Philox returns. */
enum { PART = 4096 };

struct stream {
    uint32_t key[2], counter[4]; /* counter[0] counts groups of four words */
};

/* Elements from .. from+n-1 are computed from the words of the same numbers. */
LN_KERNEL(void, uniform, (const struct stream *s, float bound, float *out, size_t from, size_t n),
          (s, bound, out, from, n)) {
    for (size_t i = 0; i < n; i += 4) {
        uint32_t counter[4] = {(uint32_t)((from + i) / 4), s->counter[1], s->counter[2], s->counter[3]},
                 word[4];
        ln_philox(s->key, counter, word);
        for (size_t j = 0; j < 4 && i + j < n; j++)
            out[i + j] = bound * (2 * ((float)(word[j] >> 8) * 0x1p-24F) - 1);
    }
}

/* Two words give two numbers: Box and Muller, "A note on the generation of random normal deviates" (1958). */
static void normal(const struct stream *s, float deviation, float *out, size_t from, size_t n) {
    for (size_t i = 0; i < n; i += 4) {
        uint32_t counter[4] = {(uint32_t)((from + i) / 4), s->counter[1], s->counter[2], s->counter[3]},
                 word[4];
        float four[4];
        ln_philox(s->key, counter, word);
        for (size_t j = 0; j < 4; j += 2) {
            float radius = sqrtf(-2 * logf(((float)(word[j] >> 8) + 1) * 0x1p-24F)); /* from (0, 1] */
            float angle = (float)(word[j + 1] >> 8) * (0x1p-23F * (float)M_PI);
            four[j] = deviation * radius * cosf(angle);
            four[j + 1] = deviation * radius * sinf(angle);
        }
        memcpy(out + i, four, (n - i < 4 ? n - i : 4) * sizeof *out);
    }
}

static void constant(const struct stream *s, float value, float *out, size_t from, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = value;
}

typedef void fill_fn(const struct stream *s, float value, float *out, size_t from, size_t n);

/* Output channels times the cells of the window, as in PyTorch; a matrix has a window of one cell. */
static double fan_out(const struct ln_shape *shape) {
    double fan = (double)shape->dim[0];
    for (int i = 2; i < shape->rank; i++) fan *= (double)shape->dim[i];
    return fan;
}

static fill_fn *rule_of(const struct ln_param_spec *spec, float *value) {
    double fan_in = spec->fan_in > 0 ? (double)spec->fan_in : 1;
    *value = (float)spec->value;
    switch (spec->init) {
    case LN_INIT_ZERO: *value = 0; return constant;
    case LN_INIT_ONE: *value = 1; return constant;
    case LN_INIT_CONSTANT: return constant;
    case LN_INIT_NORMAL: return normal;
    case LN_INIT_UNIFORM_FAN_IN: *value = 1.0F / sqrtf((float)fan_in); return uniform;
    case LN_INIT_KAIMING_FAN_IN: *value = (float)sqrt(2 / fan_in); return normal;
    case LN_INIT_KAIMING_FAN_OUT: *value = (float)sqrt(2 / fan_out(&spec->shape)); return normal;
    }
    return constant;
}

void ln_net_init_param(const struct ln_net *net, size_t i, uint64_t seed, float *plain) {
    size_t count = ln_net_param_size(net, i);
    struct ln_rng rng;
    float value;
    fill_fn *fill = rule_of(&net->params[i].spec, &value);
    ln_rng_init(&rng, seed, LN_RNG_INIT, 0, (uint32_t)i);
    struct stream s;
    memcpy(s.key, rng.key, sizeof s.key);
    memcpy(s.counter, rng.counter, sizeof s.counter);
#pragma omp parallel for schedule(static) if (count > 16 * PART)
    for (size_t from = 0; from < count; from += PART)
        fill(&s, value, plain + from, from, count - from < PART ? count - from : PART);
}
