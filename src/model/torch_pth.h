/* Reads PyTorch's files of tensors (.pth, .pt) as data, in each of the three forms that torch.save has had:
 *
 *   a zip           since 1.6 (2020): NAME/data.pkl, and NAME/data/KEY with the bytes of storage KEY
 *   a stream        before 1.6: pickles of a magic number, a version, the system, the object and the keys of
 *                   the storages; then for each key the element count and the data
 *   a tar archive   before 0.1.10 (2017): sys_info, pickle, storages, tensors
 *
 * A tensor is a view of a storage: element [i, j, ...] is element first + i * stride[0] + j * stride[1] ...
 * of the storage. Several tensors may share a storage. Everything else in the file (an optimiser's state, the
 * epoch) is ignored.
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

/* Limits. A pickle can fetch one text from its memo any number of times, at two bytes each, so without a cap
 * on lengths a small file could cause gigabytes of copies. PyTorch's keys have at most 20 digits. */
enum { LN_PTH_NAME_MAX = 4096, LN_PTH_KEY_MAX = 256, LN_PTH_TENSORS_MAX = 1 << 17 };

/* The bytes of one storage in the file. */
struct ln_pth_record {
    char *key;
    uint64_t offset, bytes;
    enum ln_dtype dtype; /* set if the form stores the type with the storage (tar) */
    uint32_t crc;        /* checked before the first read; 0: none, or already checked */
};

struct ln_pth_tensor {
    char *name;
    enum ln_dtype dtype;
    struct ln_shape shape;
    int64_t stride[LN_RANK_MAX];
    uint64_t first; /* offset in the storage, in elements */
    size_t record;
};

struct ln_pth {
    struct ln_file file;
    struct ln_pth_record *records; /* sorted by key */
    size_t record_count, record_capacity;
    struct ln_pth_tensor *tensors; /* sorted by name */
    size_t count, capacity;
};

enum ln_pth_form { LN_PTH_NONE, LN_PTH_ZIP, LN_PTH_STREAM, LN_PTH_TAR };
/* Recognises the form by the first bytes; LN_PTH_NONE if it is none of the three. */
LN_MUST_CHECK int ln_pth_sniff(const struct ln_file *file, enum ln_pth_form *form);

/* Finds the tensors of the file's state_dict: the dict that the file contains, or the dict under its
 * "state_dict", "model" or a similar key. Checks everything except the checksums: codes "pth-..."
 * (LINNET_ERR_INPUT). */
LN_MUST_CHECK int ln_pth_open(struct ln_pth *pth, const char *path);
const struct ln_pth_tensor *ln_pth_find(const struct ln_pth *pth, const char *name); /* NULL if absent */
/* Reads the elements in plain order as fp32; out must have room for all of them. The first read of a record
 * checks its CRC ("pth-zip-crc"). */
LN_MUST_CHECK int ln_pth_read_f32(struct ln_pth *pth, const struct ln_pth_tensor *tensor, float *out);
void ln_pth_close(struct ln_pth *pth); /* a zeroed struct is fine */

#endif
