/* Option structs as tables (struct linnet_option): the one walk behind checks, defaults, the program's flags and
 * args.json.
 */
#ifndef LN_BASE_OPTION_H
#define LN_BASE_OPTION_H

#include "base/status.h"

/* Row i of an array, for a linnet_option_fn. */
#define LN_OPTION_ROW(rows, index) \
    ((index) >= 0 && (size_t)(index) < sizeof(rows) / sizeof *(rows) ? &(rows)[index] : NULL)

/* linnet_option_parse and linnet_options_check, without clearing an earlier error. Codes "option-value": not a
 * number, or out of range; "option-name": not among the choices; "option-unused": no effect together with the other
 * options. */
LN_MUST_CHECK int ln_option_parse(const struct linnet_option *option, void *opts, const char *text);
LN_MUST_CHECK int ln_options_check(linnet_option_fn *options, const void *opts);

size_t ln_option_size(const struct linnet_option *option); /* of the field, in bytes */
/* linnet_option_copy, linnet_option_default and linnet_json_options, for structs of this library's header. */
void ln_option_copy(const struct linnet_option *option, void *to, const void *from);
const char *ln_option_default(const struct linnet_option *option, char *out, size_t size);
void ln_json_options(struct linnet_json *json, linnet_option_fn *options, const void *opts);

/* A resolved number for use in a computation: LINNET_NONE counts as 0. */
static inline double ln_option_amount(double value) {
    return value == LINNET_NONE ? 0 : value;
}

/* True if the field is set: not zero, not NULL. LINNET_NONE is set. */
bool ln_option_is_set(const struct linnet_option *option, const void *opts);
/* False if the field has no effect together with the others: goes_with is not set, or not_with is. */
bool ln_option_counts(linnet_option_fn *options, const struct linnet_option *option, const void *opts);

/* Replaces zeros by the constant defaults, where the option counts. LINNET_NONE becomes 0 where 0 is the default,
 * and stays elsewhere. */
void ln_options_default(linnet_option_fn *options, void *opts);
/* Copies to *to each field of *from that is zero in *to, where the option then counts. */
void ln_options_fill(linnet_option_fn *options, void *to, const void *from);
/* Zeroes the bools and numbers that have no effect together with the others. */
void ln_options_drop_unused(linnet_option_fn *options, void *opts);

#endif
