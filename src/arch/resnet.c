/* ResNet: He, Zhang, Ren, Sun, "Deep residual learning for image recognition" (2015), table 1: stages of
 * blocks that add their result to their input.
 *
 * As in torchvision ("v1.5"), a bottleneck that halves the map has its stride in the 3x3 convolution.
 * Shortcuts are option B of section 3.3: a projection if the shapes differ, otherwise the identity. Any input
 * size.
 */
#include "arch/arch.h"

/* A column of table 1. */
struct resnet {
    int blocks[4]; /* in stages conv2_x .. conv5_x */
    bool bottleneck;
    int width; /* channels of conv1 */
};

static struct ln_value convolve(struct ln_net *net, const char *name, struct ln_value x, int out, int kernel,
                                int stride) {
    return ln_layer(net, conv, name, x, .out = out, .kernel = {kernel}, .stride = {stride},
                    .padding = {kernel / 2}, .no_bias = true);
}

/* Option B: the identity if the shapes match, otherwise a projection. */
static struct ln_value shortcut(struct ln_net *net, struct ln_value x, int out, int stride) {
    if (stride == 1 && ln_channels(net, x) == out) return x;
    ln_scope_begin(net, "downsample");
    x = convolve(net, "0", x, out, 1, stride);
    x = ln_layer(net, batchnorm, "1", x);
    ln_scope_end(net);
    return x;
}

static struct ln_value add_relu(struct ln_net *net, struct ln_value residual, struct ln_value x) {
    x = ln_join(net, add, "add", ((struct ln_value[]){residual, x}), 2);
    return ln_layer(net, relu, NULL, x);
}

/* Figure 5, left. */
static struct ln_value basic(struct ln_net *net, struct ln_value x, int channels, int stride,
                             bool zero_init) {
    struct ln_value y = convolve(net, "conv1", x, channels, 3, stride);
    y = ln_layer(net, batchnorm, "bn1", y);
    y = ln_layer(net, relu, NULL, y);
    y = convolve(net, "conv2", y, channels, 3, 1);
    y = ln_layer(net, batchnorm, "bn2", y, .zero_init = zero_init);
    return add_relu(net, y, shortcut(net, x, channels, stride));
}

/* Figure 5, right. */
static struct ln_value bottleneck(struct ln_net *net, struct ln_value x, int channels, int stride,
                                  bool zero_init) {
    struct ln_value y = convolve(net, "conv1", x, channels, 1, 1);
    y = ln_layer(net, batchnorm, "bn1", y);
    y = ln_layer(net, relu, NULL, y);
    y = convolve(net, "conv2", y, channels, 3, stride);
    y = ln_layer(net, batchnorm, "bn2", y);
    y = ln_layer(net, relu, NULL, y);
    y = convolve(net, "conv3", y, 4 * channels, 1, 1);
    y = ln_layer(net, batchnorm, "bn3", y, .zero_init = zero_init);
    return add_relu(net, y, shortcut(net, x, 4 * channels, stride));
}

static struct ln_value stage(struct ln_net *net, struct ln_value x, const struct resnet *r, int number,
                             bool zero_init) {
    int channels = r->width << number;
    for (int i = 0; i < r->blocks[number]; i++) {
        int stride = i == 0 && number > 0 ? 2 : 1;
        ln_scope_begin(net, "layer%d.%d", number + 1, i);
        x = (r->bottleneck ? bottleneck : basic)(net, x, channels, stride, zero_init);
        ln_scope_end(net);
    }
    return x;
}

static void build(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    const struct resnet *r = config;
    struct ln_value x = ln_input(net); /* at 224 px and width 64, channels times 4 in bottlenecks: */
    x = convolve(net, "conv1", x, r->width, 7, 2); /* 64 @ 112x112 */
    x = ln_layer(net, batchnorm, "bn1", x);
    x = ln_layer(net, relu, "relu", x);
    x = ln_layer(net, maxpool, "maxpool", x, .kernel = {3}, .stride = {2}, .padding = {1});
    x = stage(net, x, r, 0, o->zero_init); /* 64 @ 56x56 */
    x = stage(net, x, r, 1, o->zero_init); /* 128 @ 28x28 */
    x = stage(net, x, r, 2, o->zero_init); /* 256 @ 14x14 */
    x = stage(net, x, r, 3, o->zero_init); /* 512 @ 7x7 */
    x = ln_layer(net, adaptive_avgpool, "avgpool", x, .out = {1});
    x = ln_layer(net, flatten, NULL, x);
    x = ln_layer(net, linear, "fc", x, .out = o->classes);
    ln_output(net, x);

    ln_init_all(net, conv, "weight", LN_INIT_KAIMING_FAN_OUT, 0); /* as in torchvision */
}

static const struct resnet r18 = {{2, 2, 2, 2}, false, 64}, r34 = {{3, 4, 6, 3}, false, 64},
                           r50 = {{3, 4, 6, 3}, true, 64}, r101 = {{3, 4, 23, 3}, true, 64},
                           r152 = {{3, 8, 36, 3}, true, 64};
/* Not in the paper: half the channels, a quarter of the work, for photos that are trained on from scratch in little
 * time (docs/recipes.md). */
static const struct resnet r18_half = {{2, 2, 2, 2}, false, 32};

#define PAPER "He et al. 2015, Deep residual learning, table 1"
static const struct ln_arch_variant variants[] = {
    {"resnet18_half", 2015, 1000, 3, 224, 0, PAPER ", with half the channels", build, &r18_half},
    {"resnet18", 2015, 1000, 3, 224, 0, PAPER, build, &r18},
    {"resnet34", 2015, 1000, 3, 224, 0, PAPER, build, &r34},
    {"resnet50", 2015, 1000, 3, 224, 0, PAPER, build, &r50},
    {"resnet101", 2015, 1000, 3, 224, 0, PAPER, build, &r101},
    {"resnet152", 2015, 1000, 3, 224, 0, PAPER, build, &r152},
    {NULL},
};

const struct ln_arch_family ln_arch_resnet = {variants};
