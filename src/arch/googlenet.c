/* GoogLeNet, or Inception v1: Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich,
 * "Going deeper with convolutions" (2014), table 1 and figures 2b and 3. A module processes its input in four
 * parallel branches. During training, two auxiliary classifiers feed gradient into the middle of the network.
 *
 * googlenet2014: as in the paper, with biases and local response normalisation.
 *
 * googlenet: as in torchvision, with batch normalisation after each convolution and no other normalisation.
 * The paper's 5x5 convolutions are 3x3 here, a mistake with which the published weights were trained. Any
 * size from 15 pixels on. The published weights expect images with mean 0.5 and standard deviation 0.5 (torchvision's
 * transform_input); Linnet stores that as the model's preprocessing, so the network has no such layer.
 */
#include "arch/arch.h"

/* A row of table 1: output maps of each branch, and of the 1x1 reductions before the larger kernels. */
struct inception {
    const char *name;
    int one, reduce3, three, reduce5, five, pool;
};
static const struct inception module_3a = {"3a", 64, 96, 128, 16, 32, 32},
                              module_3b = {"3b", 128, 128, 192, 32, 96, 64},
                              module_4a = {"4a", 192, 96, 208, 16, 48, 64},
                              module_4b = {"4b", 160, 112, 224, 24, 64, 64},
                              module_4c = {"4c", 128, 128, 256, 24, 64, 64},
                              module_4d = {"4d", 112, 144, 288, 32, 64, 64},
                              module_4e = {"4e", 256, 160, 320, 32, 128, 128},
                              module_5a = {"5a", 256, 160, 320, 32, 128, 128},
                              module_5b = {"5b", 384, 192, 384, 48, 128, 128};

static double dropout_or(const struct ln_arch_opts *o, double usual) {
    return o->dropout != 0 ? o->dropout : usual;
}

/* Pools with stride 2, rounding the size up. */
static struct ln_value halve(struct ln_net *net, const char *name, struct ln_value x, int kernel) {
    return ln_layer(net, maxpool, name, x, .kernel = {kernel}, .stride = {2}, .ceil = true);
}

/* ---- googlenet ----------------------------------------------------------------------------------------- */

static struct ln_value conv_bn(struct ln_net *net, const char *name, struct ln_value x, int out, int kernel,
                               int stride) {
    ln_scope_begin(net, "%s", name);
    x = ln_layer(net, conv, "conv", x, .out = out, .kernel = {kernel}, .stride = {stride},
                 .padding = {kernel / 2}, .no_bias = true);
    x = ln_layer(net, batchnorm, "bn", x, .eps = 0.001);
    x = ln_layer(net, relu, "relu", x);
    ln_scope_end(net);
    return x;
}

static struct ln_value inception(struct ln_net *net, struct ln_value x, const struct inception *m) {
    struct ln_value branch[4], y;
    ln_scope_begin(net, "inception%s", m->name);
    branch[0] = conv_bn(net, "branch1", x, m->one, 1, 1);
    y = conv_bn(net, "branch2.0", x, m->reduce3, 1, 1);
    branch[1] = conv_bn(net, "branch2.1", y, m->three, 3, 1);
    y = conv_bn(net, "branch3.0", x, m->reduce5, 1, 1);
    branch[2] = conv_bn(net, "branch3.1", y, m->five, 3, 1); /* not 5: see above */
    y = ln_layer(net, maxpool, "branch4.0", x, .kernel = {3}, .stride = {1}, .padding = {1}, .ceil = true);
    branch[3] = conv_bn(net, "branch4.1", y, m->pool, 1, 1);
    x = ln_join(net, concat, "concat", branch, 4);
    ln_scope_end(net);
    return x;
}

static struct ln_value auxiliary(struct ln_net *net, const char *name, struct ln_value x,
                                 const struct ln_arch_opts *o) {
    ln_scope_begin(net, "%s", name);
    x = ln_layer(net, adaptive_avgpool, "avgpool", x, .out = {4});
    x = conv_bn(net, "conv", x, 128, 1, 1); /* 128 @ 4x4 */
    x = ln_layer(net, flatten, NULL, x);
    x = ln_layer(net, linear, "fc1", x, .out = 1024);
    x = ln_layer(net, relu, "relu", x);
    x = ln_layer(net, dropout, "dropout", x, .p = dropout_or(o, 0.7));
    x = ln_layer(net, linear, "fc2", x, .out = o->classes);
    ln_scope_end(net);
    return x;
}

static void build(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    struct ln_value aux1, aux2, x = ln_input(net); /* at 224 px: */
    x = conv_bn(net, "conv1", x, 64, 7, 2);        /* 64 @ 112x112 */
    x = halve(net, "maxpool1", x, 3);              /* 64 @ 56x56 */
    x = conv_bn(net, "conv2", x, 64, 1, 1);
    x = conv_bn(net, "conv3", x, 192, 3, 1); /* 192 @ 56x56 */
    x = halve(net, "maxpool2", x, 3);        /* 192 @ 28x28 */
    x = inception(net, x, &module_3a);       /* 256 */
    x = inception(net, x, &module_3b);       /* 480 */
    x = halve(net, "maxpool3", x, 3);        /* 480 @ 14x14 */
    x = inception(net, x, &module_4a);       /* 512 */
    aux1 = auxiliary(net, "aux1", x, o);
    x = inception(net, x, &module_4b); /* 512 */
    x = inception(net, x, &module_4c); /* 512 */
    x = inception(net, x, &module_4d); /* 528 */
    aux2 = auxiliary(net, "aux2", x, o);
    x = inception(net, x, &module_4e); /* 832 */
    x = halve(net, "maxpool4", x, 2);  /* 832 @ 7x7 */
    x = inception(net, x, &module_5a); /* 832 */
    x = inception(net, x, &module_5b); /* 1024 */
    x = ln_layer(net, adaptive_avgpool, "avgpool", x, .out = {1});
    x = ln_layer(net, flatten, NULL, x);
    x = ln_layer(net, dropout, "dropout", x, .p = dropout_or(o, 0.2));
    x = ln_layer(net, linear, "fc", x, .out = o->classes);
    ln_output(net, x);
    ln_output_aux(net, aux1, 0.3); /* section 5: "the losses were weighted by 0.3" */
    ln_output_aux(net, aux2, 0.3);

    /* torchvision truncates at 200 standard deviations, which never happens. */
    ln_init_all(net, conv, "weight", LN_INIT_NORMAL, 0.01);
    ln_init_all(net, linear, "weight", LN_INIT_NORMAL, 0.01);
}

/* ---- googlenet2014 ------------------------------------------------------------------------------------- */

static struct ln_value conv_relu(struct ln_net *net, const char *name, struct ln_value x, int out, int kernel,
                                 int stride) {
    x = ln_layer(net, conv, name, x, .out = out, .kernel = {kernel}, .stride = {stride},
                 .padding = {kernel / 2});
    return ln_layer(net, relu, NULL, x);
}

static struct ln_value inception2014(struct ln_net *net, struct ln_value x, const struct inception *m) {
    struct ln_value branch[4], y;
    ln_scope_begin(net, "inception%s", m->name);
    branch[0] = conv_relu(net, "1x1", x, m->one, 1, 1);
    y = conv_relu(net, "3x3_reduce", x, m->reduce3, 1, 1);
    branch[1] = conv_relu(net, "3x3", y, m->three, 3, 1);
    y = conv_relu(net, "5x5_reduce", x, m->reduce5, 1, 1);
    branch[2] = conv_relu(net, "5x5", y, m->five, 5, 1);
    y = ln_layer(net, maxpool, "pool", x, .kernel = {3}, .stride = {1}, .padding = {1});
    branch[3] = conv_relu(net, "pool_proj", y, m->pool, 1, 1);
    x = ln_join(net, concat, "concat", branch, 4);
    ln_scope_end(net);
    return x;
}

/* The auxiliary classifier, as listed in section 5. */
static struct ln_value auxiliary2014(struct ln_net *net, const char *name, struct ln_value x,
                                     const struct ln_arch_opts *o) {
    ln_scope_begin(net, "%s", name);
    x = ln_layer(net, avgpool, "avgpool", x, .kernel = {5}, .stride = {3}); /* 512 or 528 @ 4x4 */
    x = conv_relu(net, "conv", x, 128, 1, 1);
    x = ln_layer(net, flatten, NULL, x);
    x = ln_layer(net, linear, "fc", x, .out = 1024);
    x = ln_layer(net, relu, NULL, x);
    x = ln_layer(net, dropout, NULL, x, .p = dropout_or(o, 0.7));
    x = ln_layer(net, linear, "classifier", x, .out = o->classes);
    ln_scope_end(net);
    return x;
}

static void build2014(struct ln_net *net, const struct ln_arch_opts *o, const void *config) {
    struct ln_value aux1, aux2, x = ln_input(net); /* at 224 px: */
    x = conv_relu(net, "conv1", x, 64, 7, 2);      /* 64 @ 112x112 */
    x = halve(net, "pool1", x, 3);                 /* 64 @ 56x56 */
    x = ln_layer(net, lrn, NULL, x, .size = 5);
    x = conv_relu(net, "conv2_reduce", x, 64, 1, 1);
    x = conv_relu(net, "conv2", x, 192, 3, 1); /* 192 @ 56x56 */
    x = ln_layer(net, lrn, NULL, x, .size = 5);
    x = halve(net, "pool2", x, 3);         /* 192 @ 28x28 */
    x = inception2014(net, x, &module_3a); /* 256 */
    x = inception2014(net, x, &module_3b); /* 480 */
    x = halve(net, "pool3", x, 3);         /* 480 @ 14x14 */
    x = inception2014(net, x, &module_4a); /* 512 */
    aux1 = auxiliary2014(net, "aux1", x, o);
    x = inception2014(net, x, &module_4b); /* 512 */
    x = inception2014(net, x, &module_4c); /* 512 */
    x = inception2014(net, x, &module_4d); /* 528 */
    aux2 = auxiliary2014(net, "aux2", x, o);
    x = inception2014(net, x, &module_4e);                         /* 832 */
    x = halve(net, "pool4", x, 3);                                 /* 832 @ 7x7 */
    x = inception2014(net, x, &module_5a);                         /* 832 */
    x = inception2014(net, x, &module_5b);                         /* 1024 */
    x = ln_layer(net, adaptive_avgpool, "avgpool", x, .out = {1}); /* 7x7 at 224 px */
    x = ln_layer(net, flatten, NULL, x);
    x = ln_layer(net, dropout, NULL, x, .p = dropout_or(o, 0.4));
    x = ln_layer(net, linear, "classifier", x, .out = o->classes);
    ln_output(net, x);
    ln_output_aux(net, aux1, 0.3);
    ln_output_aux(net, aux2, 0.3);

    /* The paper does not give initial weights. He et al. (2015) derived these for ReLU a few months later. */
    ln_init_all(net, conv, "weight", LN_INIT_KAIMING_FAN_IN, 0);
    ln_init_all(net, conv, "bias", LN_INIT_ZERO, 0);
}

static const struct ln_arch_variant variants[] = {
    {"googlenet", 2014, 1000, 3, 224, 0,
     "Szegedy et al. 2014, Going deeper with convolutions, with batch norm", build, NULL,
     "googlenet-1378be20.pth"},
    {"googlenet2014", 2014, 1000, 3, 224, 0, "Szegedy et al. 2014, Going deeper with convolutions, table 1",
     build2014},
    {NULL},
};

const struct ln_arch_family ln_arch_googlenet = {variants};
