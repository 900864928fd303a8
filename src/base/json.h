/* A JSON writer (RFC 8259): commas, quotes and layout. It is public as linnet_json_*, which the program uses for its
 * --json. model/json.h reads JSON.
 */
#ifndef LN_BASE_JSON_H
#define LN_BASE_JSON_H

#include "base/text.h"

/* Writes at the end of *text; lines: see struct linnet_json. */
struct linnet_json ln_json_into(struct ln_text *text, int lines);

/* As linnet_json_begin and so on. */
void ln_json_begin(struct linnet_json *json, const char *key, char bracket);
void ln_json_end(struct linnet_json *json);
void ln_json_string(struct linnet_json *json, const char *key, const char *string);
void ln_json_int(struct linnet_json *json, const char *key, int64_t value);
void ln_json_double(struct linnet_json *json, const char *key, double value);
void ln_json_bool(struct linnet_json *json, const char *key, bool value);

#endif
