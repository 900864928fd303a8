/* ResNet: He, Zhang, Ren, Sun, "Deep residual learning for image recognition" (2015), table 1: stages of
 * blocks that add their result to their input.
 *
 * As in torchvision ("v1.5"), a bottleneck that halves the map has its stride in the 3x3 convolution.
 * Shortcuts are option B of section 3.3: a projection if the shapes differ, otherwise the identity. Any input
 * size.
 *
 * ResNet-D: T. He, Zhang, Zhang, Zhang, Xie, Li, "Bag of tricks for image classification with convolutional neural
 * networks" (2018), section 4, figure 2: three 3x3 convolutions in place of the 7x7 one, and projections that see every
 * pixel, because the mean of 2x2 pixels halves the map before them. Layers have timm's names.
 */
#include "arch/arch.h"

/* A column of table 1. */
struct resnet {
    int blocks[4]; /* in stages conv2_x .. conv5_x */
    bool bottleneck;
    int width; /* channels of conv1 */
    bool d;    /* ResNet-D */
};

struct block {
    int channels, stride;
    bool zero_init, d;
};

static struct ln_value convolve(struct ln_net *net, const char *name, struct ln_value x, int out, int kernel,
                                int stride) {
    return ln_layer(net, conv, name, x, .out = out, .kernel = {kernel}, .stride = {stride},
                    .padding = {kernel / 2}, .no_bias = true);
}

/* As in timm: the last window of an odd side reaches beyond the map, and its mean is that of the pixels inside. */
static struct ln_value halve(struct ln_net *net, struct ln_value x) {
    return ln_layer(net, avgpool, "0", x, .kernel = {2}, .stride = {2}, .ceil = true, .exclude_pad = true);
}

static struct ln_value project(struct ln_net *net, struct ln_value x, int out, const struct block *b) {
    const bool halved = b->d && b->stride == 2;
    if (halved) x = halve(net, x);
    x = convolve(net, b->d ? "1" : "0", x, out, 1, halved ? 1 : b->stride);
    return ln_layer(net, batchnorm, b->d ? "2" : "1", x);
}

/* Option B: the identity if the shapes match, otherwise a projection. */
static struct ln_value shortcut(struct ln_net *net, struct ln_value x, int out, const struct block *b) {
    if (b->stride == 1 && ln_channels(net, x) == out) return x;
    ln_scope_begin(net, "downsample");
    x = project(net, x, out, b);
    ln_scope_end(net);
    return x;
}

static struct ln_value add_relu(struct ln_net *net, struct ln_value residual, struct ln_value x) {
    x = ln_join(net, add, "add", ((struct ln_value[]){residual, x}), 2);
    return ln_layer(net, relu, NULL, x);
}

/* Figure 5, left. */
static struct ln_value basic(struct ln_net *net, struct ln_value x, const struct block *b) {
    struct ln_value y = convolve(net, "conv1", x, b->channels, 3, b->stride);
    y = ln_layer(net, batchnorm, "bn1", y);
    y = ln_layer(net, relu, NULL, y);
    y = convolve(net, "conv2", y, b->channels, 3, 1);
    y = ln_layer(net, batchnorm, "bn2", y, .zero_init = b->zero_init);
    return add_relu(net, y, shortcut(net, x, b->channels, b));
}

/* Figure 5, right. */
static struct ln_value bottleneck(struct ln_net *net, struct ln_value x, const struct block *b) {
    struct ln_value y = convolve(net, "conv1", x, b->channels, 1, 1);
    y = ln_layer(net, batchnorm, "bn1", y);
    y = ln_layer(net, relu, NULL, y);
    y = convolve(net, "conv2", y, b->channels, 3, b->stride);
    y = ln_layer(net, batchnorm, "bn2", y);
    y = ln_layer(net, relu, NULL, y);
    y = convolve(net, "conv3", y, 4 * b->channels, 1, 1);
    y = ln_layer(net, batchnorm, "bn3", y, .zero_init = b->zero_init);
    return add_relu(net, y, shortcut(net, x, 4 * b->channels, b));
}

static struct ln_value stage(struct ln_net *net, struct ln_value x, const struct resnet *r, int number,
                             bool zero_init) {
    struct block b = {.channels = r->width << number, .zero_init = zero_init, .d = r->d};
    for (int i = 0; i < r->blocks[number]; i++) {
        b.stride = i == 0 && number > 0 ? 2 : 1;
        ln_scope_begin(net, "layer%d.%d", number + 1, i);
        x = (r->bottleneck ? bottleneck : basic)(net, x, &b);
        ln_scope_end(net);
    }
    return x;
}

/* ResNet-D's conv1. */
static struct ln_value three_convolutions(struct ln_net *net, struct ln_value x, int width) {
    ln_scope_begin(net, "conv1");
    x = convolve(net, "0", x, width / 2, 3, 2);
    x = ln_layer(net, batchnorm, "1", x);
    x = ln_layer(net, relu, "2", x);
    x = convolve(net, "3", x, width / 2, 3, 1);
    x = ln_layer(net, batchnorm, "4", x);
    x = ln_layer(net, relu, "5", x);
    x = convolve(net, "6", x, width, 3, 1);
    ln_scope_end(net);
    return x;
}

static void build(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    const struct resnet *r = config;
    struct ln_value x = ln_input(net); /* at 224 px and width 64, channels times 4 in bottlenecks: */
    x = r->d ? three_convolutions(net, x, r->width) /* 64 @ 112x112 */
             : convolve(net, "conv1", x, r->width, 7, 2);
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
                           r152 = {{3, 8, 36, 3}, true, 64}, r18d = {{2, 2, 2, 2}, false, 64, .d = true};
/* Not in the paper: half the channels, a quarter of the work, for training on photos from scratch in little time
 * (docs/recipes.md). */
static const struct resnet r18d_half = {{2, 2, 2, 2}, false, 32, .d = true};

#define PAPER "He et al. 2015, Deep residual learning, table 1"
#define BAG   "He et al. 2018, Bag of tricks, figure 2"
static const struct ln_arch_variant variants[] = {
    {"resnet18", 2015, 1000, 3, 224, 0, PAPER, build, &r18},
    {"resnet34", 2015, 1000, 3, 224, 0, PAPER, build, &r34},
    {"resnet50", 2015, 1000, 3, 224, 0, PAPER, build, &r50},
    {"resnet101", 2015, 1000, 3, 224, 0, PAPER, build, &r101},
    {"resnet152", 2015, 1000, 3, 224, 0, PAPER, build, &r152},
    {"resnet18d", 2018, 1000, 3, 224, 0, BAG, build, &r18d},
    {"resnet18d_half", 2018, 1000, 3, 224, 0, BAG ", with half the channels", build, &r18d_half},
    {NULL},
};

const struct ln_arch_family ln_arch_resnet = {variants};
