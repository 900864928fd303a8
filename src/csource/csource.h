/* A model as one C99 file without dependencies, for microcontrollers and programs that cannot link a library. */
#ifndef LN_CSOURCE_CSOURCE_H
#define LN_CSOURCE_CSOURCE_H

#include "model/model.h"

/* Limits of a file: numbers of weights, and numbers of activations that live at the same time. */
enum { LN_CSOURCE_WEIGHTS_MAX = 2000000, LN_CSOURCE_MEMORY_MAX = 16000000 };

/* Writes the file. Its functions begin with the file's name: NAME.c has NAME_predict(). LINNET_ERR_LIMIT "csource-size" for a
 * larger network, LINNET_ERR_INPUT "csource-layer" for a layer that has no row in layers.c, "model-nonfinite",
 * LINNET_ERR_IO. */
LN_MUST_CHECK int ln_csource_save(const struct ln_model *model, const char *path);

/* True if the export has a row for the op. */
bool ln_csource_exports(const struct ln_op *op);

#endif
