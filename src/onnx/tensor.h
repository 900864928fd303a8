/* The numbers of tensors in ONNX files. */
#ifndef LN_ONNX_TENSOR_H
#define LN_ONNX_TENSOR_H

#include "onnx/graph.h"

/* The file of external data that was opened last. */
struct ln_onnx_outside {
    struct ln_file file;
    size_t location; /* its name, a text; 0: none is open */
};

/* Checks that a tensor holds as many floating-point numbers as its shape says, without reading them. Codes
 * "onnx-tensor" and, for a file outside of the model's folder or of another size, "onnx-external". */
LN_MUST_CHECK int ln_onnx_check_floats(const struct ln_onnx *o, struct ln_onnx_outside *outside,
                                       const struct ln_onnx_tensor *tensor);
/* Reads a tensor that was checked into room for all its numbers. */
LN_MUST_CHECK int ln_onnx_read_floats(const struct ln_onnx *o, struct ln_onnx_outside *outside,
                                      const struct ln_onnx_tensor *tensor, float *out);
/* Reads a tensor of at most `most` numbers, of any type that holds them exactly. */
LN_MUST_CHECK int ln_onnx_read_few(const struct ln_onnx *o, const struct ln_onnx_tensor *tensor, size_t most,
                                   double *out, size_t *count);

#endif
