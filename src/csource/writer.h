/* What the files of the C export share. save.c writes the file around the layers, layers.c the arrays and the call of one layer,
 * memory.c chooses where its output lies, kernels/ has the functions that are copied into the file. */
#ifndef LN_CSOURCE_WRITER_H
#define LN_CSOURCE_WRITER_H

#include "base/text.h"
#include "csource/csource.h"
#include "model/inference.h"

/* In the order of the file: a kernel uses only those before it. */
enum ln_csource_kernel {
    LN_C_LAYER,
    LN_C_SPAN,
    LN_C_CONV,
    LN_C_LINEAR,
    LN_C_SCALE,
    LN_C_RELU,
    LN_C_RELU6,
    LN_C_SILU,
    LN_C_TANH,
    LN_C_MAXPOOL,
    LN_C_AVGPOOL,
    LN_C_ADAPTIVE,
    LN_C_LRN,
    LN_C_SHORTCUT,
    LN_C_ADD,
    LN_C_CONCAT,
    LN_C_KERNELS
};

struct ln_csource {
    const struct ln_model *model;
    const struct ln_net *net;
    const char *path;
    struct ln_inference layers;
    size_t *last;   /* [nodes] the last layer that reads the value */
    size_t *place;  /* [nodes] where the value lies in `memory`, in floats */
    size_t memory;  /* floats */
    size_t weights; /* numbers in arrays */
    int64_t macs;
    bool used[LN_C_KERNELS];
    struct ln_text arrays, calls;
};

/* layers.c. The layer may write its output over its first input. */
bool ln_csource_in_place(const struct ln_net *net, int node);
LN_MUST_CHECK int ln_csource_layer(struct ln_csource *x, int node);
/* The expression for a layer's value, such as "memory + 150". */
struct ln_csource_value {
    char text[40];
};
struct ln_csource_value ln_csource_value(const struct ln_csource *x, int node);
/* "1.5F" and "{1.5F, ...}". */
void ln_csource_number(struct ln_text *text, float value);
void ln_csource_numbers(struct ln_text *text, const float *values, size_t count);

/* memory.c. Sets last, place and memory. */
LN_MUST_CHECK int ln_csource_place(struct ln_csource *x);

#endif
