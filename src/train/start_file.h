/* Training that starts from a model file: `-m resnet50.onnx`. The network and its weights are the file's; the head is replaced if
 * the data has another number of classes. */
#ifndef LN_TRAIN_START_FILE_H
#define LN_TRAIN_START_FILE_H

#include "data/dataset.h"
#include "model/model.h"

/* True unless `name` is an architecture's name or a misspelt one: a path, or the name of an existing file or folder. */
bool ln_start_is_file(const char *name);

/* The file's network for this number of classes, and for images of imgsz pixels per side; 0: the file's size. LINNET_ERR_USAGE "net-size"
 * if it takes one size only. */
LN_MUST_CHECK int ln_start_net(struct ln_net **net, const char *path, int classes, int imgsz);

/* linnet_model_create with a file: preprocessing of the file, classes of the data. *note: one line on which tensors were taken.
 * The caller owns both. LINNET_ERR_USAGE "option-unused" for options that only a network by name takes. */
LN_MUST_CHECK int ln_start_model(struct ln_model **model, char **note, const char *path,
                                 const struct ln_dataset *ds, const struct linnet_model_opts *opts);

#endif
