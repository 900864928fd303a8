/* Inside the reader of .pth: what a pickle's values mean to PyTorch, and what the three forms share. */
#ifndef LN_MODEL_TORCH_OBJECTS_H
#define LN_MODEL_TORCH_OBJECTS_H

#include "model/pickle.h"
#include "model/torch_pth.h"

/* The globals that tensors need, for the pickle machine, and their numbers; types have others. */
enum { LN_TORCH_DICT, LN_TORCH_TENSOR, LN_TORCH_PARAMETER, LN_TORCH_OTHER };
const struct ln_pickle_global *ln_torch_globals(void);

/* A storage as a pickle names it: ('storage', type, key, place, count[, view]). */
struct ln_torch_storage {
    const char *key; /* key_size bytes in the pickle */
    size_t key_size;
    enum ln_dtype dtype;
    uint64_t count, base, limit; /* numbers; tensors see those from base to limit */
};

/* Reading one object: the form gives records, and how it names a tensor. */
struct ln_torch_reader {
    struct ln_pth *pth;
    struct ln_pickle pickle;
    /* The tensor that a persistent value is, by its name; NULL where such a value is a storage. */
    int (*persistent)(const struct ln_torch_reader *r, const struct ln_pickle_value *name,
                      struct ln_pth_tensor *tensor);
    const void *form;
};

/* False where the value is no tuple of that kind. */
bool ln_torch_storage(const struct ln_pickle *pickle, const struct ln_pickle_value *name,
                      struct ln_torch_storage *storage);
/* A global that names a storage's type, or a tensor's. */
bool ln_torch_dtype(const struct ln_pickle_value *global, enum ln_dtype *dtype);
const char *ln_torch_dtype_name(enum ln_dtype dtype); /* "float32" */

/* The object's state_dict -> pth->tensors, each checked against its record, by name. */
LN_MUST_CHECK int ln_torch_collect(struct ln_torch_reader *r);
bool ln_torch_is_contiguous(const struct ln_pth_tensor *tensor); /* plain order */
/* Checks that the view stays inside its storage: `limit` numbers that begin `base` numbers into the record.
 * Sets the strides of dimensions of size 1 to 0: no index moves along them, and any number may stand there. */
LN_MUST_CHECK int ln_torch_view_check(const struct ln_pth *pth, struct ln_pth_tensor *tensor, uint64_t base,
                                      uint64_t limit);

/* Records: added in any order, sorted, found by key. */
LN_MUST_CHECK int ln_torch_record_add(struct ln_pth *pth, const char *key, size_t key_size,
                                      const struct ln_pth_record *record);
LN_MUST_CHECK int ln_torch_records_sort(struct ln_pth *pth); /* refuses two records of one key */
/* Refuses a storage's key of more than LN_PTH_KEY_MAX bytes ("pth-limit"). */
LN_MUST_CHECK int ln_torch_key_check(const struct ln_pth *pth, const char *key, size_t key_size);
const struct ln_pth_record *ln_torch_record_find(const struct ln_pth *pth, const char *key, size_t key_size);
/* For messages: the file's text made printable. */
enum { LN_TORCH_SHOWN = 128 };

/* A pickle that is not the object: the version, the system, a key. `what` is for the message. */
LN_MUST_CHECK int ln_torch_system_check(const struct ln_pth *pth, const struct ln_pickle *pickle);

/* The forms: records and tensors of an open file. */
LN_MUST_CHECK int ln_torch_zip_read(struct ln_pth *pth);
LN_MUST_CHECK int ln_torch_stream_read(struct ln_pth *pth);
LN_MUST_CHECK int ln_torch_tar_read(struct ln_pth *pth);

#endif
