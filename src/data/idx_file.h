/* One IDX file, the format of MNIST (Y. LeCun, C. Cortes, C. Burges, "The MNIST database"):
 *
 *   0  00 00          always
 *   2  08             the elements are unsigned bytes
 *   3  dimensions     3 for images (count, rows, columns), 1 for labels (count)
 *   4  the sizes      one per dimension, 32 bits, big endian
 *   .  the elements   the last dimension varies fastest; the file ends after them
 *
 * Every number in the header is compared with the size of the file before it is trusted.
 */
#ifndef LN_DATA_IDX_FILE_H
#define LN_DATA_IDX_FILE_H

#include "base/status.h"
#include <stdint.h>

enum { LN_IDX_LABELS = 1, LN_IDX_IMAGES = 3 }; /* dimensions */

struct ln_idx_file {
    uint32_t dim[3];     /* unused dimensions are 1 */
    unsigned char *data; /* [dim[0]][dim[1]][dim[2]] */
};

/* Reads the header, then the elements. If `count` is not 0 and the header has another one, the elements are not read:
 * data is NULL.
 *
 * LINNET_ERR_INPUT: "idx-magic"; "idx-size" if the file is shorter or longer than its header says;
 * "idx-shape" for images without pixels or larger than 4096 x 4096; "idx-count" for no items; "idx-gzip";
 * "idx-bomb" for a gzip file that unpacks to far more than its size. LINNET_ERR_LIMIT "idx-memory" if the elements
 * need more memory than is available. */
LN_MUST_CHECK int ln_idx_file_read(struct ln_idx_file *idx, const char *path, int dimensions, uint32_t count);
void ln_idx_file_fini(struct ln_idx_file *idx); /* a zeroed struct is fine */

#endif
