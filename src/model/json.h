/* Parses untrusted JSON with jansson.
 *
 * jansson builds a tree of about 300 bytes for each "{}", so 100 MB of hostile text would take 8 GB. The text
 * is therefore measured first, without building anything, and refused if it nests too deeply or holds too
 * many values. jansson's allocator is a global setting of the process, which belongs to the program that uses
 * this library, so we leave it alone.
 */
#ifndef LN_MODEL_JSON_H
#define LN_MODEL_JSON_H

#include "base/status.h"
#include <jansson.h>

struct ln_json_opts {
    const char *place;     /* start of error messages: "m.safetensors: header" */
    const char *code;      /* code for text that is not JSON, or that exceeds the limits below */
    const char *duplicate; /* code for a key that appears twice in one object; NULL: use `code` */
    size_t depth;          /* nesting depth of objects and arrays, at most; 0: 16 */
    size_t values;         /* at most; 0: 1,048,576, about 300 MB in the worst case */
};

/* Parses all of text[size] as one object or array; the caller calls json_decref. LINNET_ERR_INPUT with the
 * position of the error, LINNET_ERR_LIMIT if memory runs out. Strings are valid UTF-8 without NUL. */
LN_MUST_CHECK int ln_json_parse(json_t **json, const char *text, size_t size,
                                const struct ln_json_opts *opts);

#endif
