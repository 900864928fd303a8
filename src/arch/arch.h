/* Architectures: one file a family, with a table of its variants; arch_list.h has a line each. */
#ifndef LN_ARCH_ARCH_H
#define LN_ARCH_ARCH_H

#include "graph/net.h"

struct ln_arch_opts {
    int classes, channels, imgsz; /* settled: none is zero */
    double dropout;               /* 0: the paper's; LINNET_NONE: none */
    bool zero_init; /* residual blocks begin as the identity: their last batch norm's weight is zero */
};

/* One network of a family. */
struct ln_arch_variant {
    const char *name;                   /* "lenet5" */
    int year, classes, channels, imgsz; /* as usual */
    int fixed_imgsz;                    /* the only input size that it takes; 0: several */
    const char *paper;
    void (*build)(struct ln_net *net, const struct ln_arch_opts *opts, const void *config);
    const void *config; /* depths and widths: what the paper's table says of this variant */
    /* A file of published weights for which images have mean 0.5 and deviation 0.5, not ImageNet's; or NULL.
     */
    const char *half_weights;
};

struct ln_arch_family {
    const struct ln_arch_variant *variants; /* ends with a NULL name */
};

#define LN_ARCH(name) extern const struct ln_arch_family ln_arch_##name;
#include "arch/arch_list.h"
#undef LN_ARCH

/* The index-th variant over all families, in the order of the list; NULL past the end. */
const struct ln_arch_variant *ln_arch_get(int index);

const struct ln_arch_variant *ln_arch_find(const char *name); /* NULL: none of that name */

/* A network by name; zero fields of opts are the variant's usual numbers. Unknown names: LINNET_ERR_USAGE
 * "arch-name", with the nearest one. Sizes that are too small, or not the only one: "arch-imgsz", with the
 * smallest. */
LN_MUST_CHECK int ln_arch_build(const char *name, const struct ln_arch_opts *opts, struct ln_net **net);

#endif
