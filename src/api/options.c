/* Options as tables, and JSON. The tables are in src/train/options_*.c, the walk over them and the JSON writer in
 * src/base/. These functions check the caller's structs, which may be of an older header. Only linnet_option_parse and
 * linnet_options_check change the error record: a program may write an error's line as JSON.
 */
#include "api/handles.h"
#include "base/json.h"
#include "base/option.h"
#include "base/text.h"

#include <string.h>

static size_t size_of(const void *opts) {
    size_t size;
    memcpy(&size, opts, sizeof size);
    return size;
}

/* True if the caller's struct has the field: a program of an older header has a shorter struct, and writing
 * the field would be writing behind it. */
static bool has(const struct linnet_option *o, const void *opts) {
    return !o->sized || o->offset + ln_option_size(o) <= size_of(opts);
}

int linnet_option_parse(const struct linnet_option *option, void *opts, const char *text) {
    ln_api_begin();
    LN_NEED(option);
    LN_NEED(opts);
    if (!has(option, opts))
        return ln_fail(LINNET_ERR_USAGE, "api-size",
                       "%s: the struct has no such field; its size is %zu, set .size = sizeof opts",
                       option->name, size_of(opts));
    return ln_option_parse(option, opts, text);
}

/* Copies nothing if one of the structs is too old to have the field: there is then no value, or no place for
 * it. */
void linnet_option_copy(const struct linnet_option *option, void *to, const void *from) {
    LN_NEED_OR(, option);
    LN_NEED_OR(, to);
    LN_NEED_OR(, from);
    if (has(option, to) && has(option, from)) ln_option_copy(option, to, from);
}

enum { ROOM = 4096 }; /* bytes; larger than any option struct (guard.c) */

/* Copies *opts up to its size and zeroes the remainder: the walk over a table reads every field, also those
 * that the caller's older struct does not have. A struct without a size is the program's own and has all of
 * them. */
static const void *whole(linnet_option_fn *options, const void *opts, char room[ROOM]) {
    const struct linnet_option *first = options(0);
    if (!first || !first->sized) return opts;
    memset(room, 0, ROOM);
    memcpy(room, opts, size_of(opts) < ROOM ? size_of(opts) : ROOM);
    return room;
}

int linnet_options_check(linnet_option_fn *options, const void *opts) {
    _Alignas(max_align_t) char room[ROOM];
    ln_api_begin();
    LN_NEED(options);
    LN_NEED(opts);
    return ln_options_check(options, whole(options, opts, room));
}

void linnet_json_options(struct linnet_json *json, linnet_option_fn *options, const void *opts) {
    _Alignas(max_align_t) char room[ROOM];
    LN_NEED_OR(, json);
    LN_NEED_OR(, options);
    LN_NEED_OR(, opts);
    ln_json_options(json, options, whole(options, opts, room));
}

const char *linnet_option_default(const struct linnet_option *option, char *out, size_t size) {
    LN_NEED_OR(NULL, option);
    LN_NEED_OR(NULL, out);
    return ln_option_default(option, out, size);
}

const char *linnet_nearest(const char *word, const char *const *names, size_t count) {
    LN_NEED_OR(NULL, word);
    LN_NEED_OR(NULL, names);
    return ln_text_nearest(word, names, count);
}

/* ---- JSON ----------------------------------------------------------------------------------------------- */

void linnet_json_begin(struct linnet_json *json, const char *key, char bracket) {
    LN_NEED_OR(, json);
    ln_json_begin(json, key, bracket);
}

void linnet_json_end(struct linnet_json *json) {
    LN_NEED_OR(, json);
    ln_json_end(json);
}

void linnet_json_string(struct linnet_json *json, const char *key, const char *string) {
    LN_NEED_OR(, json);
    ln_json_string(json, key, string);
}

void linnet_json_int(struct linnet_json *json, const char *key, int64_t value) {
    LN_NEED_OR(, json);
    ln_json_int(json, key, value);
}

void linnet_json_double(struct linnet_json *json, const char *key, double value) {
    LN_NEED_OR(, json);
    ln_json_double(json, key, value);
}

void linnet_json_bool(struct linnet_json *json, const char *key, bool value) {
    LN_NEED_OR(, json);
    ln_json_bool(json, key, value);
}
