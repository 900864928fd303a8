/* PyTorch's files of tensors (.pth, .pt), read as data in each of the three forms that torch.save has had:
 *
 *   a zip           since 1.6 (2020): NAME/data.pkl, and NAME/data/KEY with the bytes of storage KEY
 *   a stream        until then: pickles of a magic number, a version, the system, the object, the storages'
 *                   keys; then for each key the count of its numbers and their bytes
 *   a tar archive   until 0.1.10 (2017): sys_info, pickle, storages, tensors
 *
 * A tensor is a view of a storage: element [i, j, ...] is number first + i * stride[0] + j * stride[1] ... of
 * it. Several may share one. What a file holds besides tensors (an optimiser's state, the epoch) is passed
 * over.
 *
 *     struct ln_pth pth;
 *     LN_TRY(ln_pth_open(&pth, "resnet18-f37072fd.pth"));
 *     ... ln_pth_read_f32(&pth, ln_pth_find(&pth, "fc.weight"), out) ...
 *     ln_pth_close(&pth);
 */
#ifndef LN_MODEL_TORCH_PTH_H
#define LN_MODEL_TORCH_PTH_H

#include "base/file.h"
#include "tensor/tensor.h"

/* Limits. A pickle can fetch one text from its memo any number of times, two bytes each: without a cap on
 * lengths a small file could ask for gigabytes of copies. PyTorch's keys have at most 20 digits. */
enum { LN_PTH_NAME_MAX = 4096, LN_PTH_KEY_MAX = 256, LN_PTH_TENSORS_MAX = 1 << 17 };

/* Bytes of the file that tensors look at. */
struct ln_pth_record {
    char *key;
    uint64_t offset, bytes;
    enum ln_dtype dtype; /* where the form says it of a storage alone (tar) */
    uint32_t crc;        /* to be checked before the first read; 0: none, or checked */
};

struct ln_pth_tensor {
    char *name;
    enum ln_dtype dtype;
    struct ln_shape shape;
    int64_t stride[LN_RANK_MAX];
    uint64_t first; /* elements */
    size_t record;
};

struct ln_pth {
    struct ln_file file;
    struct ln_pth_record *records; /* by key */
    size_t record_count, record_capacity;
    struct ln_pth_tensor *tensors; /* by name */
    size_t count, capacity;
};

enum ln_pth_form { LN_PTH_NONE, LN_PTH_ZIP, LN_PTH_STREAM, LN_PTH_TAR };
/* By the first bytes; LN_PTH_NONE: none of them. */
LN_MUST_CHECK int ln_pth_sniff(const struct ln_file *file, enum ln_pth_form *form);

/* The tensors of the file's state_dict: the dict that the file is, or the one under its "state_dict", "model"
 * or the like. Everything but the checksums is verified here: codes "pth-..." (LINNET_ERR_INPUT). */
LN_MUST_CHECK int ln_pth_open(struct ln_pth *pth, const char *path);
const struct ln_pth_tensor *ln_pth_find(const struct ln_pth *pth, const char *name); /* NULL: none */
/* The tensor's elements in plain order as fp32, whatever its type; out has room for its shape's elements. The
 * first read of a record compares its CRC ("pth-zip-crc"). */
LN_MUST_CHECK int ln_pth_read_f32(struct ln_pth *pth, const struct ln_pth_tensor *tensor, float *out);
void ln_pth_close(struct ln_pth *pth); /* a zeroed one is fine */

#endif
