/* A JSON writer: one call a value, commas and quotes taken care of.
 *
 *     struct cli_json json = {.out = stdout};
 *     cli_json_begin(&json, NULL, '{');
 *     cli_json_string(&json, "name", "lenet");
 *     cli_json_double(&json, "acc", 0.9142);
 *     cli_json_end(&json, '}');
 *
 * A key is NULL in an array and at the top. An outermost array has one element a line; a value at the top
 * ends its line.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CLI_JSON_DEPTH = 8 };

struct cli_json {
    FILE *out;
    int depth;
    bool filled[CLI_JSON_DEPTH]; /* something was written at this depth */
    bool lines;                  /* the outermost is an array */
};

void cli_json_begin(struct cli_json *json, const char *key, char bracket);   /* '{' or '[' */
void cli_json_end(struct cli_json *json, char bracket);                      /* '}' or ']' */
void cli_json_string(struct cli_json *json, const char *key, const char *s); /* NULL: null; rubbish: U+FFFD */
void cli_json_int(struct cli_json *json, const char *key, int64_t n);
void cli_json_double(struct cli_json *json, const char *key, double x); /* nan, infinity: null */
void cli_json_bool(struct cli_json *json, const char *key, bool b);

#endif
