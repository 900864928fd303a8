/* AlexNet, the network that won ImageNet in 2012.
 *
 * alexnet2012: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural
 * networks" (2012), section 3 and figure 2. The second, fourth and fifth convolutions see only the maps of
 * their own GPU (two groups). It has local response normalisation (3.3), overlapping pooling (3.4), dropout
 * (4.2) and the initial weights of section 5. Figure 2 says 224 pixels, but its 55x55 maps need 227.
 *
 * alexnet: a single tower with fewer maps and no normalisation, from Krizhevsky, "One weird trick for
 * parallelizing convolutional neural networks" (2014), as in torchvision. It accepts images from 63 pixels
 * on, because adaptive pooling always gives 6x6.
 */
#include "arch/arch.h"

static void build_alexnet(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    struct ln_value x = ln_input(net); /* at 224 px: */
    ln_scope_begin(net, "features");
    x = ln_layer(net, conv, "0", x, .out = 64, .kernel = {11}, .stride = {4}, .padding = {2});
    x = ln_layer(net, relu, "1", x);                                            /* 64 @ 55x55 */
    x = ln_layer(net, maxpool, "2", x, .kernel = {3}, .stride = {2});           /* 64 @ 27x27 */
    x = ln_layer(net, conv, "3", x, .out = 192, .kernel = {5}, .padding = {2}); /* 192 @ 27x27 */
    x = ln_layer(net, relu, "4", x);
    x = ln_layer(net, maxpool, "5", x, .kernel = {3}, .stride = {2}); /* 192 @ 13x13 */
    x = ln_layer(net, conv, "6", x, .out = 384, .kernel = {3}, .padding = {1});
    x = ln_layer(net, relu, "7", x); /* 384 @ 13x13 */
    x = ln_layer(net, conv, "8", x, .out = 256, .kernel = {3}, .padding = {1});
    x = ln_layer(net, relu, "9", x); /* 256 @ 13x13 */
    x = ln_layer(net, conv, "10", x, .out = 256, .kernel = {3}, .padding = {1});
    x = ln_layer(net, relu, "11", x);
    x = ln_layer(net, maxpool, "12", x, .kernel = {3}, .stride = {2}); /* 256 @ 6x6 */
    ln_scope_end(net);
    x = ln_layer(net, adaptive_avgpool, "avgpool", x, .out = {6});
    x = ln_layer(net, flatten, NULL, x); /* 9,216 */
    ln_scope_begin(net, "classifier");
    x = ln_layer(net, dropout, "0", x, .p = o->dropout);
    x = ln_layer(net, linear, "1", x, .out = 4096);
    x = ln_layer(net, relu, "2", x);
    x = ln_layer(net, dropout, "3", x, .p = o->dropout);
    x = ln_layer(net, linear, "4", x, .out = 4096);
    x = ln_layer(net, relu, "5", x);
    x = ln_layer(net, linear, "6", x, .out = o->classes);
    ln_scope_end(net);
    ln_output(net, x);

    /* He et al., "Delving deep into rectifiers" (2015), section 2.2. torchvision's initial weights are uniform and smaller:
     * each of the eight layers shrinks its input to about two fifths, and on a few hundred photos the network stays at
     * chance. The weights of the last layer are small, so that all classes are about equally probable at first. */
    ln_init_all(net, conv, "weight", LN_INIT_KAIMING_FAN_IN, 0);
    ln_init_all(net, conv, "bias", LN_INIT_ZERO, 0);
    ln_init_all(net, linear, "weight", LN_INIT_KAIMING_FAN_IN, 0);
    ln_init_all(net, linear, "bias", LN_INIT_ZERO, 0);
    ln_net_init_one(net, x, "weight", LN_INIT_NORMAL, 1e-3);
}

/* The paper's constants. torch.nn.LocalResponseNorm divides alpha by the size; the paper does not. */
static struct ln_value normalise(struct ln_net *net, struct ln_value x) {
    return ln_layer(net, lrn, NULL, x, .size = 5, .alpha = 5 * 1e-4, .beta = 0.75, .k = 2);
}

static void build_alexnet2012(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    struct ln_value conv2, conv4, conv5, fc6, fc7, x = ln_input(net);              /* 227x227 */
    x = ln_layer(net, conv, "conv1", x, .out = 96, .kernel = {11}, .stride = {4}); /* 96 @ 55x55 */
    x = ln_layer(net, relu, NULL, x);
    x = normalise(net, x);
    x = ln_layer(net, maxpool, NULL, x, .kernel = {3}, .stride = {2}); /* 96 @ 27x27 */
    x = conv2 = ln_layer(net, conv, "conv2", x, .out = 256, .kernel = {5}, .padding = {2}, .groups = 2);
    x = ln_layer(net, relu, NULL, x); /* 256 @ 27x27 */
    x = normalise(net, x);
    x = ln_layer(net, maxpool, NULL, x, .kernel = {3}, .stride = {2}); /* 256 @ 13x13 */
    x = ln_layer(net, conv, "conv3", x, .out = 384, .kernel = {3}, .padding = {1});
    x = ln_layer(net, relu, NULL, x); /* 384 @ 13x13 */
    x = conv4 = ln_layer(net, conv, "conv4", x, .out = 384, .kernel = {3}, .padding = {1}, .groups = 2);
    x = ln_layer(net, relu, NULL, x); /* 384 @ 13x13 */
    x = conv5 = ln_layer(net, conv, "conv5", x, .out = 256, .kernel = {3}, .padding = {1}, .groups = 2);
    x = ln_layer(net, relu, NULL, x);                                  /* 256 @ 13x13 */
    x = ln_layer(net, maxpool, NULL, x, .kernel = {3}, .stride = {2}); /* 256 @ 6x6 */
    x = ln_layer(net, flatten, NULL, x);                               /* 9,216 */
    x = fc6 = ln_layer(net, linear, "fc6", x, .out = 4096);
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, dropout, NULL, x, .p = o->dropout);
    x = fc7 = ln_layer(net, linear, "fc7", x, .out = 4096);
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, dropout, NULL, x, .p = o->dropout);
    x = ln_layer(net, linear, "fc8", x, .out = o->classes);
    ln_output(net, x);

    /* Section 5: "a zero-mean Gaussian distribution with standard deviation 0.01". Biases of one give those
     * ReLUs positive inputs from the start. */
    ln_init_all(net, conv, "weight", LN_INIT_NORMAL, 0.01);
    ln_init_all(net, linear, "weight", LN_INIT_NORMAL, 0.01);
    ln_init_all(net, conv, "bias", LN_INIT_CONSTANT, 0);
    ln_init_all(net, linear, "bias", LN_INIT_CONSTANT, 0);
    const struct ln_value ones[] = {conv2, conv4, conv5, fc6, fc7};
    for (int i = 0; i < 5; i++) ln_net_init_one(net, ones[i], "bias", LN_INIT_CONSTANT, 1);
}

static const struct ln_arch_variant variants[] = {
    {"alexnet", 2014, 1000, 3, 224, 0, "Krizhevsky 2014, One weird trick; as in torchvision", build_alexnet},
    {"alexnet2012", 2012, 1000, 3, 227, 227,
     "Krizhevsky et al. 2012, ImageNet classification with deep CNNs, section 3", build_alexnet2012},
    {NULL},
};

const struct ln_arch_family ln_arch_alexnet = {variants};
