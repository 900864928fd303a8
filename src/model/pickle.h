/* A pickle, read as data: nothing is called, nothing is imported, nothing is looked up.
 *
 * A pickle is a program for a small stack machine. This one knows the opcodes that torch.save emits
 * (protocol 2, and those of 3 to 5 that do the same in fewer bytes). What it makes are inert values: numbers,
 * texts, tuples, lists, dicts, and the names of globals, each of which must stand in the reader's table. A
 * call is a value too, of a name and its arguments, for the reader to make sense of.
 *
 *     d}q\0X\6\0\0\0weightq\1ctorch._utils\n_rebuild_tensor_v2\n...   ->   {"weight": call(name, (...))}
 *
 * Memory grows with the opcodes that were executed, at most LN_PICKLE_OPS_MAX. A list may hold itself;
 * whoever walks the values goes a fixed number of steps down.
 */
#ifndef LN_MODEL_PICKLE_H
#define LN_MODEL_PICKLE_H

#include "base/file.h"
#include <stddef.h>

enum { LN_PICKLE_OPS_MAX = 1 << 21, LN_PICKLE_BYTES_MAX = 64 << 20, LN_PICKLE_NONE_YET = -1 };

enum ln_pickle_kind {
    LN_PICKLE_NONE,
    LN_PICKLE_BOOL,
    LN_PICKLE_INT,
    LN_PICKLE_LONG, /* an integer of more than 64 bits: its bytes, little-endian, as text */
    LN_PICKLE_FLOAT,
    LN_PICKLE_TEXT, /* str or bytes */
    LN_PICKLE_TUPLE,
    LN_PICKLE_LIST,
    LN_PICKLE_DICT, /* key, value, key, value ... as items */
    LN_PICKLE_GLOBAL,
    LN_PICKLE_CALL,
    LN_PICKLE_PERSISTENT, /* what stands outside the pickle, by the value that names it */
};

/* A name that a pickle may hold. */
struct ln_pickle_global {
    const char *name;                                             /* "torch._utils._rebuild_tensor_v2" */
    enum { LN_GLOBAL_NAME, LN_GLOBAL_CALL, LN_GLOBAL_DICT } what; /* not called; gives a call; gives a dict */
    int number;                                                   /* the reader's */
};

struct ln_pickle_value {
    enum ln_pickle_kind kind;
    union {
        int64_t integer; /* INT, BOOL */
        double real;
        struct {
            uint32_t at, size; /* in the pickle's bytes */
        } text;
        struct {
            int32_t first, last; /* in the pickle's items */
            uint32_t count;
        } items;
        const struct ln_pickle_global *global;
        struct {
            uint32_t function, arguments; /* values */
        } call;
        uint32_t persistent; /* value */
    };
};

struct ln_pickle_item {
    uint32_t value;
    int32_t next; /* LN_PICKLE_NONE_YET: the last */
};

struct ln_pickle {
    unsigned char *bytes; /* what was read of the file so far */
    size_t size, capacity;
    uint64_t end; /* in the file: behind the last opcode */
    struct ln_pickle_value *values;
    size_t value_count, value_capacity;
    struct ln_pickle_item *items;
    size_t item_count, item_capacity;
    uint32_t top; /* the value that the pickle is */
};

struct ln_pickle_opts {
    const char *place;   /* for messages: "data.pkl "; "" where positions count from the file's beginning */
    uint64_t begin, end; /* where it lies in the file; it may end sooner */
    const struct ln_pickle_global *globals; /* ends with a NULL name */
};

/* Codes pth-opcode, pth-global, pth-reduce, pth-build, pth-stack, pth-memo, pth-text, pth-limit,
 * pth-truncated (LINNET_ERR_INPUT), each with the byte. On failure *pickle is left zeroed. */
LN_MUST_CHECK int ln_pickle_read(struct ln_pickle *pickle, const struct ln_file *file,
                                 const struct ln_pickle_opts *opts);
void ln_pickle_fini(struct ln_pickle *pickle); /* a zeroed one is fine */

/* The items of a tuple, list or dict, in order:
 *     for (int32_t i = value->items.first; i >= 0; i = pickle->items[i].next) */
const struct ln_pickle_value *ln_pickle_value(const struct ln_pickle *pickle, uint32_t number);
/* Item i of a tuple or list; NULL where there is none, or where `value` is neither. i is small: it counts. */
const struct ln_pickle_value *ln_pickle_item(const struct ln_pickle *pickle,
                                             const struct ln_pickle_value *value, uint32_t i);
const char *ln_pickle_text(const struct ln_pickle *pickle, const struct ln_pickle_value *text);
bool ln_pickle_text_is(const struct ln_pickle *pickle, const struct ln_pickle_value *value, const char *s);

#endif
