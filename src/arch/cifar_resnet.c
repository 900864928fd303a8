/* The networks that motivate residual connections: He, Zhang, Ren, Sun, "Deep residual learning for image
 * recognition" (2015), section 4.2. They have 6n + 2 layers for 32x32 pictures: a 3x3 convolution, three
 * stages of n blocks of two 3x3 convolutions with 16, 32 and 64 channels, global average pooling and one
 * linear layer.
 *
 * plainN is the same network without shortcuts: with 56 layers it is worse than with 20, while the residual
 * one is better. Shortcuts are option A of section 3.3, which has no parameters, so both have equally many.
 * Any input size.
 */
#include "arch/arch.h"

#include <stdio.h>

struct cifar {
    int n; /* blocks per stage: depth 6n + 2 */
    bool plain;
};

static struct ln_value conv_bn(struct ln_net *net, const char *number, struct ln_value x, int out,
                               int stride) {
    char name[8];
    snprintf(name, sizeof name, "conv%s", number);
    x = ln_layer(net, conv, name, x, .out = out, .kernel = {3}, .stride = {stride}, .padding = {1},
                 .no_bias = true);
    snprintf(name, sizeof name, "bn%s", number);
    return ln_layer(net, batchnorm, name, x);
}

/* The identity, as in figure 2; if the shapes differ, option A of section 3.3. */
static struct ln_value shortcut(struct ln_net *net, struct ln_value x, int out, int stride) {
    if (stride == 1 && ln_channels(net, x) == out) return x;
    return ln_layer(net, pad_shortcut, "shortcut", x, .out = out, .stride = {stride});
}

static struct ln_value block(struct ln_net *net, struct ln_value x, int channels, int stride, bool plain) {
    struct ln_value y = conv_bn(net, "1", x, channels, stride);
    y = ln_layer(net, relu, NULL, y);
    y = conv_bn(net, "2", y, channels, 1);
    if (!plain) y = ln_join(net, add, "add", ((struct ln_value[]){y, shortcut(net, x, channels, stride)}), 2);
    return ln_layer(net, relu, NULL, y);
}

static struct ln_value stage(struct ln_net *net, struct ln_value x, const struct cifar *c, int number) {
    for (int i = 0; i < c->n; i++) {
        ln_scope_begin(net, "layer%d.%d", number + 1, i);
        x = block(net, x, 16 << number, number > 0 && i == 0 ? 2 : 1, c->plain);
        ln_scope_end(net);
    }
    return x;
}

static void build(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    struct ln_value x = ln_input(net); /* 32x32 */
    x = conv_bn(net, "1", x, 16, 1);
    x = ln_layer(net, relu, NULL, x);
    x = stage(net, x, config, 0); /* 16 @ 32x32 */
    x = stage(net, x, config, 1); /* 32 @ 16x16 */
    x = stage(net, x, config, 2); /* 64 @ 8x8 */
    x = ln_layer(net, adaptive_avgpool, "avgpool", x, .out = {1});
    x = ln_layer(net, flatten, NULL, x);
    x = ln_layer(net, linear, "fc", x, .out = o->classes);
    ln_output(net, x);

    ln_init_all(net, conv, "weight", LN_INIT_KAIMING_FAN_IN,
                0); /* section 4.2: "the initialization in [13]" */
}

static const struct cifar r20 = {3, false}, r32 = {5, false}, r44 = {7, false}, r56 = {9, false},
                          r110 = {18, false};
static const struct cifar p20 = {3, true}, p32 = {5, true}, p44 = {7, true}, p56 = {9, true};

#define PAPER "He et al. 2015, Deep residual learning, section 4.2"
static const struct ln_arch_variant variants[] = {
    {"cifar_resnet20", 2015, 10, 3, 32, 0, PAPER, build, &r20},
    {"cifar_resnet32", 2015, 10, 3, 32, 0, PAPER, build, &r32},
    {"cifar_resnet44", 2015, 10, 3, 32, 0, PAPER, build, &r44},
    {"cifar_resnet56", 2015, 10, 3, 32, 0, PAPER, build, &r56},
    {"cifar_resnet110", 2015, 10, 3, 32, 0, PAPER, build, &r110},
    {"plain20", 2015, 10, 3, 32, 0, PAPER, build, &p20},
    {"plain32", 2015, 10, 3, 32, 0, PAPER, build, &p32},
    {"plain44", 2015, 10, 3, 32, 0, PAPER, build, &p44},
    {"plain56", 2015, 10, 3, 32, 0, PAPER, build, &p56},
    {NULL},
};

const struct ln_arch_family ln_arch_cifar_resnet = {variants};
