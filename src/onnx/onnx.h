/* ONNX files (onnx.ai): models written for other programs, and models of other programs read as Linnet's. docs/onnx.md has
 * what is written and what is understood. */
#ifndef LN_ONNX_ONNX_H
#define LN_ONNX_ONNX_H

#include "model/model.h"

struct ln_onnx_save_opts {
    int opset;    /* 13 to 21; 0: 17 */
    bool fold;    /* batch normalisation becomes part of the convolution before it */
    bool softmax; /* the output is probabilities instead of logits */
    bool
        with_preprocess; /* the input is uint8 [batch][height][width][channels]; normalisation is part of the graph */
};

/* Writes the network without its auxiliary heads. LINNET_ERR_INPUT "onnx-layer" for a layer that ONNX cannot express,
 * LINNET_ERR_LIMIT "onnx-size" beyond 2 GB, LINNET_ERR_DIVERGED "model-nonfinite"; LINNET_ERR_IO. */
LN_MUST_CHECK int ln_onnx_save(const struct ln_model *model, const char *path,
                               const struct ln_onnx_save_opts *opts);

struct ln_onnx_open_opts {
    int imgsz; /* pixels per side, for a file that leaves them open; 0: that of the metadata, else 224 */
};

/* Reads a file of any writer. The file is not trusted. LINNET_ERR_INPUT: "onnx-protobuf" and "onnx-file" for a file that is
 * damaged or of another kind, "onnx-op" for a node that Linnet has no layer for, "onnx-tensor" for weights that do not fit,
 * "onnx-external" for weights in files outside of the model's folder; LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_onnx_open(struct ln_model **model, const char *path,
                               const struct ln_onnx_open_opts *opts);

/* True for a path that ends in .onnx. */
bool ln_onnx_is_path(const char *path);

#endif
