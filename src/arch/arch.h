/* Architectures: one file per family, with a table of its variants; arch_list.h has one line per family. */
#ifndef LN_ARCH_ARCH_H
#define LN_ARCH_ARCH_H

#include "graph/net.h"

struct ln_arch_opts {
    int classes, channels, imgsz; /* 0: the variant's usual values; never 0 in build() */
    double dropout;               /* 0: the paper's rate; LINNET_NONE: no dropout */
    /* The last batch norm of each residual block starts with weight zero, so the block starts as the identity. */
    bool zero_init;
};

/* One network of a family. */
struct ln_arch_variant {
    const char *name;                   /* "lenet5" */
    int year, classes, channels, imgsz; /* all but the year: the values for zero fields of the options */
    int fixed_imgsz;                    /* the only input size that it takes; 0: any that is large enough */
    const char *paper;
    void (*build)(struct ln_net *net, const struct ln_arch_opts *opts, const void *config);
    const void *config; /* the depths and widths of this variant, from the paper's table */
    /* Name of a published weights file trained with mean 0.5 and standard deviation 0.5 instead of
     * ImageNet's; or NULL. */
    const char *half_weights;
};

struct ln_arch_family {
    const struct ln_arch_variant *variants; /* terminated by a NULL name */
};

#define LN_ARCH(name) extern const struct ln_arch_family ln_arch_##name;
#include "arch/arch_list.h"
#undef LN_ARCH

/* The index-th variant over all families, in the order of the list; NULL past the end. */
const struct ln_arch_variant *ln_arch_get(int index);

const struct ln_arch_variant *ln_arch_find(const char *name); /* NULL if unknown */

/* Builds a network by name; zero fields of opts select the variant's usual values. An unknown name is
 * LINNET_ERR_USAGE "arch-name", with the nearest name. An image size that is too small, or not the only one
 * accepted, is "arch-imgsz", with the smallest size that works. */
LN_MUST_CHECK int ln_arch_build(const char *name, const struct ln_arch_opts *opts, struct ln_net **net);

#endif
