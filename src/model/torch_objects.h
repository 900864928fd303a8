/* Internals of the .pth reader: the meaning of a pickle's values in PyTorch, and code shared by the three
 * forms. */
#ifndef LN_MODEL_TORCH_OBJECTS_H
#define LN_MODEL_TORCH_OBJECTS_H

#include "model/pickle.h"
#include "model/torch_pth.h"

/* The numbers of the allowed globals; dtypes have numbers of their own. */
enum { LN_TORCH_DICT, LN_TORCH_TENSOR, LN_TORCH_TENSOR_V2, LN_TORCH_PARAMETER, LN_TORCH_OTHER };
const struct ln_pickle_global *ln_torch_globals(void);

/* A storage as a pickle describes it: ('storage', type, key, place, count[, view]). */
struct ln_torch_storage {
    const char *key; /* key_size bytes in the pickle, not NUL-terminated */
    size_t key_size;
    enum ln_dtype dtype;
    uint64_t count, base, limit; /* in elements; tensors may use those from base to limit */
};

/* State for reading one object. Each form supplies the records and its way of naming a tensor. */
struct ln_torch_reader {
    struct ln_pth *pth;
    struct ln_pickle pickle;
    /* Fills in the tensor that a persistent value names; NULL if persistent values are storages. */
    int (*persistent)(const struct ln_torch_reader *r, const struct ln_pickle_value *name,
                      struct ln_pth_tensor *tensor);
    const void *form;
};

/* False if the value is not such a tuple. */
bool ln_torch_storage(const struct ln_pickle *pickle, const struct ln_pickle_value *name,
                      struct ln_torch_storage *storage);
/* The element type of a storage or tensor class; false for any other global. */
bool ln_torch_dtype(const struct ln_pickle_value *global, enum ln_dtype *dtype);
const char *ln_torch_dtype_name(enum ln_dtype dtype); /* "float32" */

/* Collects the object's state_dict into pth->tensors, sorted by name, each checked against its record. */
LN_MUST_CHECK int ln_torch_collect(struct ln_torch_reader *r);
bool ln_torch_is_contiguous(const struct ln_pth_tensor *tensor); /* True if the elements are stored in
                                                                    plain order. */
/* Checks that the view stays inside its storage: `limit` elements, beginning `base` elements into the record.
 * Sets the strides of dimensions of size 1 to 0: they are never used, so a file may hold any value there. */
LN_MUST_CHECK int ln_torch_view_check(const struct ln_pth *pth, struct ln_pth_tensor *tensor, uint64_t base,
                                      uint64_t limit);

/* Records are added in any order, then sorted, then found by key. */
LN_MUST_CHECK int ln_torch_record_add(struct ln_pth *pth, const char *key, size_t key_size,
                                      const struct ln_pth_record *record);
LN_MUST_CHECK int ln_torch_records_sort(struct ln_pth *pth); /* refuses two records with the same key */
/* Refuses storage keys of more than LN_PTH_KEY_MAX bytes ("pth-limit"). */
LN_MUST_CHECK int ln_torch_key_check(const struct ln_pth *pth, const char *key, size_t key_size);
const struct ln_pth_record *ln_torch_record_find(const struct ln_pth *pth, const char *key, size_t key_size);
/* Size of a buffer for printable text from the file, for messages. */
enum { LN_TORCH_SHOWN = 128 };

/* Checks a pickle that describes the writing system: fails if it was big-endian. */
LN_MUST_CHECK int ln_torch_system_check(const struct ln_pth *pth, const struct ln_pickle *pickle);

/* Reads the records and tensors of an open file in each form. */
LN_MUST_CHECK int ln_torch_zip_read(struct ln_pth *pth);
LN_MUST_CHECK int ln_torch_stream_read(struct ln_pth *pth);
LN_MUST_CHECK int ln_torch_tar_read(struct ln_pth *pth);

#endif
