/* Reads a pickle as data: nothing is called, imported or looked up.
 *
 * A pickle is a program for a small stack machine. This one knows the opcodes that torch.save emits (protocol
 * 2, and the opcodes of protocols 3 to 5 that do the same in fewer bytes). It produces inert values: numbers,
 * texts, tuples, lists, dicts, and the names of globals, each of which must be in the caller's table. A call
 * is a value too, of a name and its arguments; the caller interprets it.
 *
 *     d}q\0X\6\0\0\0weightq\1ctorch._utils\n_rebuild_tensor_v2\n...   ->   {"weight": call(name, (...))}
 *
 * Memory grows with the number of executed opcodes, at most LN_PICKLE_OPS_MAX. A list may contain itself, so
 * code that walks the values must bound its depth.
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
    LN_PICKLE_DICT, /* items are key, value, key, value ... */
    LN_PICKLE_GLOBAL,
    LN_PICKLE_CALL,
    LN_PICKLE_PERSISTENT, /* an object stored outside the pickle, named by a value */
};

/* A global that a pickle may mention. */
struct ln_pickle_global {
    const char *name; /* "torch._utils._rebuild_tensor_v2" */
    /* Only a name; a function: calling it gives a call; a class: calling it gives a dict. */
    enum { LN_GLOBAL_NAME, LN_GLOBAL_CALL, LN_GLOBAL_DICT } what;
    int number; /* the caller's number for it */
};

struct ln_pickle_value {
    enum ln_pickle_kind kind;
    /* INT, BOOL. */
    union {
        int64_t integer;
        double real;
        struct {
            uint32_t at, size; /* position in the pickle's bytes */
        } text;
        struct {
            int32_t first, last; /* positions in the pickle's items */
            uint32_t count;
        } items;
        const struct ln_pickle_global *global;
        struct {
            uint32_t function, arguments; /* numbers of values */
        } call;
        uint32_t persistent; /* number of a value */
    };
};

struct ln_pickle_item {
    uint32_t value;
    int32_t next; /* LN_PICKLE_NONE_YET after the last */
};

struct ln_pickle {
    unsigned char *bytes; /* the part of the file that has been read */
    size_t size, capacity;
    uint64_t end; /* file position after the last opcode */
    struct ln_pickle_value *values;
    size_t value_count, value_capacity;
    struct ln_pickle_item *items;
    size_t item_count, item_capacity;
    uint32_t top; /* the value that the whole pickle evaluates to */
};

struct ln_pickle_opts {
    const char *place;   /* for messages: "data.pkl "; "" if positions count from the start of the file */
    uint64_t begin, end; /* where it may lie in the file; it may end earlier */
    const struct ln_pickle_global *globals; /* terminated by a NULL name */
};

/* Codes pth-opcode, pth-global, pth-reduce, pth-build, pth-stack, pth-memo, pth-text, pth-limit,
 * pth-truncated (LINNET_ERR_INPUT), each with the byte position. On failure *pickle is zeroed. */
LN_MUST_CHECK int ln_pickle_read(struct ln_pickle *pickle, const struct ln_file *file,
                                 const struct ln_pickle_opts *opts);
void ln_pickle_fini(struct ln_pickle *pickle); /* a zeroed struct is fine */

/* Iterates over the items of a tuple, list or dict:
 *     for (int32_t i = value->items.first; i >= 0; i = pickle->items[i].next)
 */
const struct ln_pickle_value *ln_pickle_value(const struct ln_pickle *pickle, uint32_t number);
/* Item i of a tuple or list; NULL if there is none or `value` is neither. Takes i steps, so i should be
 * small. */
const struct ln_pickle_value *ln_pickle_item(const struct ln_pickle *pickle,
                                             const struct ln_pickle_value *value, uint32_t i);
const char *ln_pickle_text(const struct ln_pickle *pickle, const struct ln_pickle_value *text);
bool ln_pickle_text_is(const struct ln_pickle *pickle, const struct ln_pickle_value *value, const char *s);

#endif
