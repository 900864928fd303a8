/* LeNet, the first convolutional networks that read digits.
 *
 * lenet5: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
 * Proceedings of the IEEE 86 (1998), section II.B and figure 2. Simplified as in textbooks: C3 sees all maps
 * of S2, sub-sampling is plain averaging, and the output is a linear layer with softmax instead of radial
 * basis functions.
 *
 * lenet: a textbook variant for photos, with ReLU and max pooling; any input size from 16 pixels on.
 */
#include "arch/arch.h"

static void build_lenet5(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    struct ln_value x = ln_input(net);                           /* 32x32 */
    x = ln_layer(net, conv, "c1", x, .out = 6, .kernel = {5});   /* C1: 6 @ 28x28 */
    x = ln_layer(net, tanh, NULL, x);                            /*               */
    x = ln_layer(net, avgpool, "s2", x, .kernel = {2});          /* S2: 6 @ 14x14 */
    x = ln_layer(net, conv, "c3", x, .out = 16, .kernel = {5});  /* C3: 16 @ 10x10 */
    x = ln_layer(net, tanh, NULL, x);                            /*               */
    x = ln_layer(net, avgpool, "s4", x, .kernel = {2});          /* S4: 16 @ 5x5 */
    x = ln_layer(net, conv, "c5", x, .out = 120, .kernel = {5}); /* C5: 120 @ 1x1 */
    x = ln_layer(net, tanh, NULL, x);
    x = ln_layer(net, flatten, NULL, x);
    x = ln_layer(net, linear, "f6", x, .out = 84);
    x = ln_layer(net, tanh, NULL, x);
    x = ln_layer(net, linear, "output", x, .out = o->classes);
    ln_output(net, x);
}

static void build_lenet(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    struct ln_value x = ln_input(net);                             /* at 224 px: */
    x = ln_layer(net, conv, "conv1", x, .out = 16, .kernel = {5}); /* 16 @ 220x220 */
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, maxpool, NULL, x, .kernel = {2});            /* 16 @ 110x110 */
    x = ln_layer(net, conv, "conv2", x, .out = 32, .kernel = {5}); /* 32 @ 106x106 */
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, maxpool, NULL, x, .kernel = {2}); /* 32 @ 53x53 */
    x = ln_layer(net, flatten, NULL, x);                /* 89,888 */
    x = ln_layer(net, linear, "fc1", x, .out = 512);
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, linear, "fc2", x, .out = o->classes);
    ln_output(net, x);
}

static const struct ln_arch_variant variants[] = {
    {"lenet5", 1998, 10, 1, 32, 32,
     "LeCun et al., Gradient-based learning applied to document recognition, section II.B", build_lenet5},
    {"lenet", 1998, 2, 3, 224, 0, "after LeCun et al. 1998, with ReLU and max pooling", build_lenet},
    {NULL},
};

const struct ln_arch_family ln_arch_lenet = {variants};
