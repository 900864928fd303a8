/* Untrusted JSON: measured in one pass that allocates nothing, then parsed by jansson. */
#include "model/json.h"
#include <stdbool.h>

/* Default limits, far above what Linnet's own files need: a million values are enough for 100,000 tensors. */
enum { JSON_DEPTH = 16, JSON_VALUES = 1 << 20 };

struct measure {
    size_t depth;  /* depth of the deepest object or array */
    size_t values; /* at least as many as jansson would make */
};

/* Counts the characters outside strings that open or separate values, which bounds what jansson will build.
 * The scan needs to agree with jansson only up to the point where jansson stops, and it does: jansson has
 * already refused any text on which the two could disagree about the end of a string (a raw newline, a stray
 * backslash). */
static struct measure json_measure(const char *text, size_t size) {
    struct measure m = {0};
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == ',') {
            m.values++;
        } else if (c == '{' || c == '[') {
            m.values++;
            depth++;
            if (depth > m.depth) m.depth = depth;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return m;
}

static int parse_fail(const json_error_t *error, const struct ln_json_opts *opts) {
    enum json_error_code kind = json_error_code(error);
    const char *code = opts->code;
    if (kind == json_error_out_of_memory)
        return ln_fail(LINNET_ERR_LIMIT, "mem-alloc", "%s: out of memory", opts->place);
    if (kind == json_error_duplicate_key && opts->duplicate) code = opts->duplicate;
    return ln_fail(LINNET_ERR_INPUT, code, "%s: byte %d: %s", opts->place, error->position, error->text);
}

int ln_json_parse(json_t **json, const char *text, size_t size, const struct ln_json_opts *opts) {
    size_t max_depth = opts->depth ? opts->depth : JSON_DEPTH;
    size_t max_values = opts->values ? opts->values : JSON_VALUES;
    struct measure m = json_measure(text, size);
    if (m.depth > max_depth)
        return ln_fail(LINNET_ERR_INPUT, opts->code, "%s: JSON is nested %zu deep; the limit is %zu",
                       opts->place, m.depth, max_depth);
    if (m.values > max_values)
        return ln_fail(LINNET_ERR_INPUT, opts->code, "%s: JSON has %zu values; the limit is %zu", opts->place,
                       m.values, max_values);

    json_error_t error;
    /* Duplicate keys are refused: two readers of such a file would see different values. */
    *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    return *json ? LINNET_OK : parse_fail(&error, opts);
}
