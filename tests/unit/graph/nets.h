/* Small networks, in the text form, that between them use every way in which a plan can join layers. */
#ifndef LN_TESTS_NETS_H
#define LN_TESTS_NETS_H

#include "unit/base/base_test.h"

#include "base/rng.h"
#include "graph/plan.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ReLU applied by the convolution and masked by the pooling; a linear layer behind a blocked layout. */
static const char *const net_lenet = "linnet 1\n"
                                     "input 1x28x28\n"
                                     "conv1 = conv(input) out=16 kernel=5\n"
                                     "relu1 = relu(conv1)\n"
                                     "pool1 = maxpool(relu1) kernel=2\n"
                                     "conv2 = conv(pool1) out=32 kernel=5\n"
                                     "relu2 = relu(conv2)\n"
                                     "pool2 = maxpool(relu2) kernel=2\n"
                                     "flat = flatten(pool2)\n"
                                     "fc1 = linear(flat) out=64\n"
                                     "relu3 = relu(fc1)\n"
                                     "fc2 = linear(relu3) out=10\n"
                                     "output fc2\n";

/* tanh, which keeps its output; numbers of channels that fill no block. */
static const char *const net_lenet5 = "linnet 1\n"
                                      "input 1x32x32\n"
                                      "c1 = conv(input) out=6 kernel=5\n"
                                      "t1 = tanh(c1)\n"
                                      "s2 = avgpool(t1) kernel=2\n"
                                      "c3 = conv(s2) out=16 kernel=5\n"
                                      "t3 = tanh(c3)\n"
                                      "s4 = avgpool(t3) kernel=2\n"
                                      "c5 = conv(s4) out=120 kernel=5\n"
                                      "t5 = tanh(c5)\n"
                                      "f = flatten(t5)\n"
                                      "f6 = linear(f) out=84\n"
                                      "t6 = tanh(f6)\n"
                                      "output = linear(t6) out=10\n"
                                      "output output\n";

/* Groups, odd channels, in-place chains, dropout on both sides of a flatten, a ReLU that no layer applies. */
static const char *const net_odd = "linnet 1\n"
                                   "input 3x13x11\n"
                                   "d0 = dropout(input) p=0.1\n"
                                   "c1 = conv(d0) out=17 kernel=3 padding=1\n"
                                   "d1 = dropout(c1) p=0.25\n"
                                   "r1 = relu(d1)\n"
                                   "p1 = maxpool(r1) kernel=3 stride=2 padding=1 ceil\n"
                                   "t1 = tanh(p1)\n"
                                   "d2 = dropout(t1) p=0.25\n"
                                   "c2 = conv(d2) out=34 kernel=3x2 groups=17 no_bias\n"
                                   "p2 = avgpool(c2) kernel=2 stride=1\n"
                                   "r2 = relu(p2)\n"
                                   "r3 = relu(r2)\n"
                                   "f = flatten(r3)\n"
                                   "d3 = dropout(f)\n"
                                   "l1 = linear(d3) out=21\n"
                                   "t2 = tanh(l1)\n"
                                   "r4 = relu(t2)\n"
                                   "l2 = linear(r4) out=7 no_bias\n"
                                   "d4 = dropout(l2) p=0.1\n"
                                   "output d4\n";

/* Values that several layers read: p1 by two convolutions and a flatten, c1 by a ReLU and a tanh. */
#define NET_HEADS                             \
    "linnet 1\n"                              \
    "input 2x12x10\n"                         \
    "c1 = conv(input) out=17 kernel=3\n"      \
    "r1 = relu(c1)\n"                         \
    "t1 = tanh(c1)\n"                         \
    "p1 = maxpool(r1) kernel=2\n"             \
    "f0 = flatten(p1)\n"                      \
    "a0 = linear(f0) out=5\n"                 \
    "c2 = conv(p1) out=16 kernel=3\n"         \
    "f2 = flatten(c2)\n"                      \
    "a2 = linear(f2) out=5\n"                 \
    "c3 = conv(p1) out=8 kernel=1 stride=2\n" \
    "d3 = dropout(c3) p=0.3\n"                \
    "f3 = flatten(d3)\n"                      \
    "a3 = linear(f3) out=5\n"                 \
    "p4 = avgpool(t1) kernel=4\n"             \
    "f4 = flatten(p4)\n"                      \
    "a4 = linear(f4) out=5\n"
static const char *const net_heads = NET_HEADS "output a2\naux 0.25 a0\naux 0.5 a3\naux 2 a4\n";

/* Residual blocks: identity and projection; a ReLU after the sum, or none. */
static const char *const net_residual = "linnet 1\n"
                                        "input 3x14x14\n"
                                        "c1 = conv(input) out=16 kernel=3 stride=2 padding=1 no_bias\n"
                                        "b1 = batchnorm(c1)\n"
                                        "r1 = relu(b1)\n"
                                        "p1 = maxpool(r1) kernel=3 stride=1 padding=1\n"
                                        "c2 = conv(p1) out=16 kernel=3 padding=1 no_bias\n"
                                        "b2 = batchnorm(c2)\n"
                                        "r2 = relu(b2)\n"
                                        "c3 = conv(r2) out=16 kernel=3 padding=1 no_bias\n"
                                        "b3 = batchnorm(c3)\n"
                                        "s3 = add(b3 p1)\n"
                                        "r3 = relu(s3)\n"
                                        "c4 = conv(r3) out=32 kernel=1 no_bias\n"
                                        "b4 = batchnorm(c4)\n"
                                        "r4 = relu(b4)\n"
                                        "c5 = conv(r4) out=32 kernel=3 stride=2 padding=1 no_bias\n"
                                        "b5 = batchnorm(c5)\n"
                                        "c6 = conv(r3) out=32 kernel=1 stride=2 no_bias\n"
                                        "b6 = batchnorm(c6)\n"
                                        "s5 = add(b5 b6)\n"
                                        "r5 = relu(s5)\n"
                                        "c7 = conv(r5) out=32 kernel=3 padding=1 no_bias\n"
                                        "b7 = batchnorm(c7)\n"
                                        "s7 = add(r5 b7)\n"
                                        "g = avgpool(s7) kernel=4\n"
                                        "f = flatten(g)\n"
                                        "fc = linear(f) out=6\n"
                                        "output fc\n";

/* Inception blocks, some with whole blocks of channels, some without; an auxiliary head reads one of them. */
static const char *const net_inception = "linnet 1\n"
                                         "input 3x12x12\n"
                                         "c0 = conv(input) out=32 kernel=3 no_bias\n"
                                         "b0 = batchnorm(c0) eps=0.001\n"
                                         "r0 = relu(b0)\n"
                                         "c1 = conv(r0) out=16 kernel=1 no_bias\n"
                                         "b1 = batchnorm(c1) eps=0.001\n"
                                         "r1 = relu(b1)\n"
                                         "c2 = conv(r0) out=24 kernel=1 no_bias\n"
                                         "b2 = batchnorm(c2) eps=0.001\n"
                                         "r2 = relu(b2)\n"
                                         "c3 = conv(r2) out=32 kernel=3 padding=1 no_bias\n"
                                         "b3 = batchnorm(c3) eps=0.001\n"
                                         "r3 = relu(b3)\n"
                                         "c4 = conv(r0) out=16 kernel=3 padding=1\n"
                                         "r4 = relu(c4)\n"
                                         "p5 = maxpool(r0) kernel=3 stride=1 padding=1\n"
                                         "c5 = conv(p5) out=16 kernel=1 no_bias\n"
                                         "b5 = batchnorm(c5) eps=0.001\n"
                                         "r5 = relu(b5)\n"
                                         "j1 = concat(r1 r3 r4 r5)\n"
                                         "c6 = conv(j1) out=16 kernel=1\n"
                                         "r6 = relu(c6)\n"
                                         "c7 = conv(j1) out=9 kernel=3 padding=1 no_bias\n"
                                         "b7 = batchnorm(c7) eps=0.001\n"
                                         "r7 = relu(b7)\n"
                                         "p8 = maxpool(j1) kernel=3 stride=1 padding=1\n"
                                         "j2 = concat(r6 r7 p8)\n"
                                         "g = avgpool(j2) kernel=10\n"
                                         "f = flatten(g)\n"
                                         "fc = linear(f) out=6\n"
                                         "pa = avgpool(j1) kernel=5\n"
                                         "fa = flatten(pa)\n"
                                         "fca = linear(fa) out=6\n"
                                         "output fc\n"
                                         "aux 0.3 fca\n";

/* A flatten alone: no parameters, no head. */
static const char *const net_bare = "linnet 1\ninput 3x2x2\nf = flatten(input)\noutput f\n";

static const char *const nets_all[] = {net_lenet,    net_lenet5,    net_odd, net_heads,
                                       net_residual, net_inception, net_bare};

static inline void nets_ok(int status) {
    if (status != LINNET_OK) fail_msg("%s", ln_error_line());
}

static inline struct ln_net *net_of(const char *text) {
    struct ln_net *net = NULL;
    nets_ok(ln_net_parse(text, &net));
    return net;
}

static inline size_t net_elements(const struct ln_net *net, size_t node) {
    size_t count = 0;
    assert_true(ln_shape_count(&net->nodes[node].out, &count));
    return count;
}

/* A batch of images in [-1, 1), and labels, of which every fifth is ignored. The caller frees both with free(). */
static inline float *net_images(const struct ln_net *net, int batch) {
    size_t count = net_elements(net, 0) * (size_t)batch;
    float *x = malloc(count * sizeof *x);
    struct ln_rng rng;
    assert_non_null(x);
    ln_rng_init(&rng, 5, LN_RNG_DATA, 0, 0);
    for (size_t i = 0; i < count; i++) x[i] = 2 * ln_rng_float(&rng) - 1;
    return x;
}

static inline int32_t *net_labels(const struct ln_net *net, int batch) {
    int32_t *labels = malloc((size_t)batch * sizeof *labels);
    assert_non_null(labels);
    for (int i = 0; i < batch; i++) labels[i] = i % 5 == 4 ? -1 : i * 3 % ln_net_classes(net);
    return labels;
}

#endif
