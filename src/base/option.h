/* Option structs as tables (struct linnet_option): the one walk behind checks, defaults, the program's flags and
 * args.json.
 */
#ifndef LN_BASE_OPTION_H
#define LN_BASE_OPTION_H

#include "base/status.h"

/* Row i of an array, for a linnet_option_fn. */
#define LN_OPTION_ROW(rows, index) \
    ((index) >= 0 && (size_t)(index) < sizeof(rows) / sizeof *(rows) ? &(rows)[index] : NULL)

/* linnet_option_parse and linnet_options_check, without clearing an earlier error. Codes "option-value": no such
 * number, or out of range; "option-name": not among the choices; "option-unused": does nothing beside the others. */
LN_MUST_CHECK int ln_option_parse(const struct linnet_option *option, void *opts, const char *text);
LN_MUST_CHECK int ln_options_check(linnet_option_fn *options, const void *opts);

size_t ln_option_size(const struct linnet_option *option); /* of the field, in bytes */
/* linnet_option_copy, linnet_option_default and linnet_json_options, for structs of this library's header. */
void ln_option_copy(const struct linnet_option *option, void *to, const void *from);
const char *ln_option_default(const struct linnet_option *option, char *out, size_t size);
void ln_json_options(struct linnet_json *json, linnet_option_fn *options, const void *opts);

/* A resolved number as it is computed with: LINNET_NONE is 0. */
static inline double ln_option_amount(double value) {
    return value == LINNET_NONE ? 0 : value;
}

/* True if the field is set: not zero, not NULL. LINNET_NONE is set. */
bool ln_option_is_set(const struct linnet_option *option, const void *opts);
/* False if the field does nothing beside the others, as goes_with says. */
bool ln_option_counts(linnet_option_fn *options, const struct linnet_option *option, const void *opts);

/* Puts the constant defaults in place of zeros, where the option counts. An explicit nothing becomes 0 where 0 is
 * the default, and stays LINNET_NONE elsewhere. */
void ln_options_default(linnet_option_fn *options, void *opts);
/* Fields that are zero in *to become those of *from, where the option then counts. */
void ln_options_fill(linnet_option_fn *options, void *to, const void *from);
/* Zeroes the bools and numbers that do nothing beside the others. */
void ln_options_drop_unused(linnet_option_fn *options, void *opts);

#endif
