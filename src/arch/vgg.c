/* VGG: Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014),
 * table 1. Only 3x3 convolutions, in five blocks that each end with 2x2 pooling; the variants differ in
 * depth.
 *
 * The _bn networks have batch normalisation after each convolution. As in torchvision, adaptive pooling to
 * 7x7 allows images from 32 pixels on, and layers are numbered: "features.0", "features.1" ...
 */
#include "arch/arch.h"

#include <stdio.h>

/* A column of table 1: the number of 3x3 convolutions in each block, with 64, 128, 256, 512, 512 channels. */
struct vgg {
    int convolutions[5];
    bool batchnorm;
};

/* Returns "0", "1", "2" ... in turn. */
static const char *next(int *number, char name[12]) {
    snprintf(name, 12, "%d", (*number)++);
    return name;
}

static struct ln_value features(struct ln_net *net, struct ln_value x, const struct vgg *vgg) {
    static const int channels[5] = {64, 128, 256, 512, 512};
    char name[12];
    int n = 0;
    for (int block = 0; block < 5; block++) {
        for (int i = 0; i < vgg->convolutions[block]; i++) {
            x = ln_layer(net, conv, next(&n, name), x, .out = channels[block], .kernel = {3}, .padding = {1});
            if (vgg->batchnorm) x = ln_layer(net, batchnorm, next(&n, name), x);
            x = ln_layer(net, relu, next(&n, name), x);
        }
        x = ln_layer(net, maxpool, next(&n, name), x, .kernel = {2});
    }
    return x;
}

static struct ln_value classifier(struct ln_net *net, struct ln_value x, const struct ln_arch_opts *o) {
    x = ln_layer(net, linear, "0", x, .out = 4096);
    x = ln_layer(net, relu, "1", x);
    x = ln_layer(net, dropout, "2", x, .p = o->dropout);
    x = ln_layer(net, linear, "3", x, .out = 4096);
    x = ln_layer(net, relu, "4", x);
    x = ln_layer(net, dropout, "5", x, .p = o->dropout);
    return ln_layer(net, linear, "6", x, .out = o->classes);
}

static void build(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    struct ln_value x = ln_input(net); /* at 224 px: */
    ln_scope_begin(net, "features");
    x = features(net, x, config); /* 512 @ 7x7 */
    ln_scope_end(net);
    x = ln_layer(net, adaptive_avgpool, "avgpool", x, .out = {7});
    x = ln_layer(net, flatten, NULL, x); /* 25,088 */
    ln_scope_begin(net, "classifier");
    x = classifier(net, x, o);
    ln_scope_end(net);
    ln_output(net, x);

    /* As in torchvision. The paper initialised its deeper networks with layers of a trained shallow one. */
    ln_init_all(net, conv, "weight", LN_INIT_KAIMING_FAN_OUT, 0);
    ln_init_all(net, conv, "bias", LN_INIT_ZERO, 0);
    ln_init_all(net, linear, "weight", LN_INIT_NORMAL, 0.01);
    ln_init_all(net, linear, "bias", LN_INIT_ZERO, 0);
}

/* The columns of table 1, without C: its 1x1 convolutions never caught on. */
static const struct vgg a = {{1, 1, 2, 2, 2}, false}, a_bn = {{1, 1, 2, 2, 2}, true},
                        b = {{2, 2, 2, 2, 2}, false}, b_bn = {{2, 2, 2, 2, 2}, true},
                        d = {{2, 2, 3, 3, 3}, false}, d_bn = {{2, 2, 3, 3, 3}, true},
                        e = {{2, 2, 4, 4, 4}, false}, e_bn = {{2, 2, 4, 4, 4}, true};

#define PAPER "Simonyan, Zisserman 2014, Very deep convolutional networks, table 1, "
static const struct ln_arch_variant variants[] = {
    {"vgg11", 2014, 1000, 3, 224, 0, PAPER "A", build, &a},
    {"vgg13", 2014, 1000, 3, 224, 0, PAPER "B", build, &b},
    {"vgg16", 2014, 1000, 3, 224, 0, PAPER "D", build, &d},
    {"vgg19", 2014, 1000, 3, 224, 0, PAPER "E", build, &e},
    {"vgg11_bn", 2014, 1000, 3, 224, 0, PAPER "A, with batch norm", build, &a_bn},
    {"vgg13_bn", 2014, 1000, 3, 224, 0, PAPER "B, with batch norm", build, &b_bn},
    {"vgg16_bn", 2014, 1000, 3, 224, 0, PAPER "D, with batch norm", build, &d_bn},
    {"vgg19_bn", 2014, 1000, 3, 224, 0, PAPER "E, with batch norm", build, &e_bn},
    {NULL},
};

const struct ln_arch_family ln_arch_vgg = {variants};
