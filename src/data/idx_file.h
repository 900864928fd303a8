/* One IDX file, the format of MNIST (Y. LeCun, C. Cortes, C. Burges, "The MNIST database"):
 *
 *   0  00 00          always
 *   2  08             the elements are unsigned bytes
 *   3  dimensions     3 for images (count, rows, columns), 1 for labels (count)
 *   4  each of them   32 bits, big endian
 *   .  the elements   the last dimension runs fastest; the file ends with them
 *
 * Every number of the header is a claim until it has been compared with the bytes that are there.
 */
#ifndef LN_DATA_IDX_FILE_H
#define LN_DATA_IDX_FILE_H

#include "base/status.h"
#include <stdint.h>

enum { LN_IDX_LABELS = 1, LN_IDX_IMAGES = 3 }; /* dimensions */

struct ln_idx_file {
    uint32_t dim[3];     /* those that it has not are 1 */
    unsigned char *data; /* [dim[0]][dim[1]][dim[2]] */
};

/* LINNET_ERR_INPUT: "idx-magic"; "idx-size" where the file is shorter or longer than its header says;
 * "idx-shape" for images without pixels or of more than 4096 x 4096; "idx-count" for none; "idx-gzip". */
LN_MUST_CHECK int ln_idx_file_read(struct ln_idx_file *idx, const char *path, int dimensions);
void ln_idx_file_fini(struct ln_idx_file *idx); /* a zeroed one is fine */

#endif
