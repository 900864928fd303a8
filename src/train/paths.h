/* Paths of pictures, with folders replaced by the files in them. */
#ifndef LN_TRAIN_PATHS_H
#define LN_TRAIN_PATHS_H

#include "image/image.h"

struct ln_paths {
    char **items; /* [count] */
    size_t count, capacity;
};

/* Appends the paths to *p, which must be zeroed at first. A folder stands for its files and those of its sub-folders, in byte
 * order, except hidden ones. LINNET_ERR_INPUT "predict-empty" for a folder without a file, LINNET_ERR_LIMIT "folder-depth". */
LN_MUST_CHECK int ln_paths_expand(struct ln_paths *p, const char *const *paths, size_t count);
/* The memory for decoding the largest file of a sample: photos of one camera are alike. */
struct ln_image_peak ln_paths_peak(const struct ln_paths *p);
void ln_paths_fini(struct ln_paths *p);

#endif
