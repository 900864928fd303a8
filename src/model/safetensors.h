/* safetensors files: read without trust, written atomically.
 *
 * Layout of a file:
 *   1. 8 bytes: length N of the header, little-endian
 *   2. N bytes: JSON, first byte '{':
 *          "name": {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}, ...
 *          optionally "__metadata__": {string: string}
 *   3. the data of the tensors, without holes or overlaps, to the end of the file; offsets count from its start
 */
#ifndef LN_MODEL_SAFETENSORS_H
#define LN_MODEL_SAFETENSORS_H

#include "base/file.h"
#include "tensor/tensor.h"

enum { LN_ST_HEADER_MAX = 100 * 1000 * 1000 };

struct ln_st_tensor {
    const char *name; /* owned by the ln_st_file when reading, by the caller when writing */
    enum ln_dtype dtype;
    struct ln_shape shape;
    uint64_t offset, bytes; /* offset in the file */
};

struct ln_st_pair {
    const char *key, *value;
};

struct ln_st_file {
    struct ln_file file;
    struct ln_st_tensor *tensors; /* in file order */
    size_t count;
    struct ln_st_pair *metadata;
    size_t metadata_count;
};

/* Reads and checks the whole header: codes "st-..." (LINNET_ERR_INPUT). */
LN_MUST_CHECK int ln_st_open(struct ln_st_file *st, const char *path);
const struct ln_st_tensor *ln_st_find(const struct ln_st_file *st, const char *name); /* NULL if absent */
const char *ln_st_metadata(const struct ln_st_file *st, const char *key);             /* NULL if absent */
/* Reads the raw bytes; out must have room for tensor->bytes. */
LN_MUST_CHECK int ln_st_read(const struct ln_st_file *st, const struct ln_st_tensor *tensor, void *out);
/* Reads F32, F16, BF16 or F64 as fp32; out must have room for all elements. */
LN_MUST_CHECK int ln_st_read_f32(const struct ln_st_file *st, const struct ln_st_tensor *tensor, float *out);
/* The same; *finite: no element is infinite or NaN. */
LN_MUST_CHECK int ln_st_read_finite(const struct ln_st_file *st, const struct ln_st_tensor *tensor,
                                    float *out, bool *finite);
void ln_st_close(struct ln_st_file *st); /* a zeroed struct is fine */
/* Compares the file with the checksum that ln_st_save.summed wrote: LINNET_ERR_INPUT "st-sum" if they differ. A file
 * without one passes. */
LN_MUST_CHECK int ln_st_check_sum(const struct ln_st_file *st);

/* Writing: first declare all tensors (name, dtype, shape; offset and bytes are computed), then write their
 * data in the same order. */
struct ln_st_writer {
    struct ln_file_writer out;
    struct ln_st_tensor *tensors; /* borrowed */
    size_t count, next;
    bool summed;
    uint32_t sum; /* of the bytes so far */
};
struct ln_st_save {
    const char *path;
    struct ln_st_tensor *tensors; /* [count] */
    size_t count;
    const struct ln_st_pair *metadata; /* [metadata_count] */
    size_t metadata_count;
    bool summed; /* adds a checksum of the whole file to the metadata (safetensors_sum.h) */
    struct ln_file_replaced replaced;
};
LN_MUST_CHECK int ln_st_writer_begin_save(struct ln_st_writer *w, const struct ln_st_save *save);
LN_MUST_CHECK int ln_st_writer_begin(struct ln_st_writer *w, const char *path, struct ln_st_tensor *tensors,
                                     size_t count, const struct ln_st_pair *metadata, size_t metadata_count);
LN_MUST_CHECK int ln_st_writer_tensor(struct ln_st_writer *w, const void *data);
LN_MUST_CHECK int ln_st_writer_commit(struct ln_st_writer *w);
void ln_st_writer_abort(struct ln_st_writer *w);

#endif
