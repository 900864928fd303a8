/* JSON that a stranger wrote: jansson, fed only what it can hold.
 *
 * jansson builds a tree, about 300 bytes for each "{}": 100 MB of hostile text would ask for 8 GB. So the
 * text is measured first, without building anything, and refused where it nests too deep or holds too many
 * values. jansson's own memory comes from malloc: its allocator is one for the whole process, which belongs
 * to the program that we are a library of, so it is left alone.
 */
#ifndef LN_MODEL_JSON_H
#define LN_MODEL_JSON_H

#include "base/status.h"
#include <jansson.h>

struct ln_json_opts {
    const char *place;     /* begins the message: "m.safetensors: header" */
    const char *code;      /* of a text that is no JSON, or that is over the limits below */
    const char *duplicate; /* code of a key that comes twice in one object; NULL: the same */
    size_t depth;          /* objects and arrays inside each other, at most; 0: 16 */
    size_t values;         /* at most; 0: 1,048,576, about 300 MB in the worst case */
};

/* The object or array that the whole of text[size] is; json_decref it. LINNET_ERR_INPUT with the byte where
 * it goes wrong, LINNET_ERR_LIMIT where memory is short. Strings come out as valid UTF-8 without NUL. */
LN_MUST_CHECK int ln_json_parse(json_t **json, const char *text, size_t size,
                                const struct ln_json_opts *opts);

#endif
