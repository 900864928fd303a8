/* How parameters start: each by its own rule and its own stream of random numbers, whatever the plan and its
 * layouts.
 */
#include "base/rng.h"
#include "graph/net.h"

#include <math.h>

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

void ln_net_init_param(const struct ln_net *net, size_t i, uint64_t seed, float *plain) {
    const struct ln_param_spec *spec = &net->params[i].spec;
    size_t count = ln_net_param_size(net, i);
    struct ln_rng rng;
    ln_rng_init(&rng, seed, LN_RNG_INIT, 0, (uint32_t)i);
    float bound = spec->fan_in > 0 ? 1.0F / sqrtf((float)spec->fan_in) : 0;
    for (size_t j = 0; j < count; j++) switch (spec->init) {
        case LN_INIT_ZERO: plain[j] = 0; break;
        case LN_INIT_ONE: plain[j] = 1; break;
        case LN_INIT_UNIFORM_FAN_IN: plain[j] = bound * (2 * ln_rng_float(&rng) - 1); break;
        }
}
