/* A reader of JSON (RFC 8259) that takes values one after another from a bounded buffer: no tree is built, so a request of
 * millions of numbers takes no more memory than its text. Strings are decoded in place.
 *
 *     struct serve_json json = {text, text + size};
 *     char key[32];
 *     serve_json_begin(&json, '{');
 *     while (serve_json_key(&json, key, sizeof key))
 *         if (!strcmp(key, "count")) count = serve_json_int(&json);
 *         else serve_json_skip(&json);
 *     if (!serve_json_end(&json)) refuse();
 *
 * After the first error everything returns false, 0 or NULL, and the end is never reached.
 */
#ifndef CLI_SERVE_JSON_H
#define CLI_SERVE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct serve_json {
    char *at, *end;
    bool fresh;  /* after an opening bracket: no comma comes first */
    bool failed; /* the text is not JSON, or not what was asked for */
};

void serve_json_begin(struct serve_json *json, char bracket); /* '{' or '[' */
/* The next key of an object, cut to fit. False after the last one; the closing '}' is then taken. */
bool serve_json_key(struct serve_json *json, char *key, size_t size);
/* True if a value of an array follows. False after the last one; the closing ']' is then taken. */
bool serve_json_item(struct serve_json *json);
/* The first character of the next value, 0 at the end. */
char serve_json_peek(struct serve_json *json);

/* A string, decoded in place and NUL-terminated; *length excludes the NUL. NULL after an error. */
char *serve_json_string(struct serve_json *json, size_t *length);
int64_t serve_json_int(struct serve_json *json);   /* without fraction or exponent, in +-10^15 */
double serve_json_double(struct serve_json *json); /* nan for null */
bool serve_json_bool(struct serve_json *json);
void serve_json_skip(struct serve_json *json); /* any value, at most 32 levels deep */

/* True if nothing but white space remains and there was no error. */
bool serve_json_end(struct serve_json *json);

#endif
