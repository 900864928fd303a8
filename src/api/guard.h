/* The checks at the beginning of every public function: arguments that are NULL, structs of an older or newer header.
 * A program and the library may be built against different versions of linnet.h, so no struct is read or written beyond
 * its own size.
 *
 *     int linnet_evaluate(linnet_model *model, ..., const struct linnet_eval_opts *given,
 *                         struct linnet_metrics *metrics) {
 *         struct linnet_eval_opts opts;
 *         struct linnet_metrics own;
 *         ln_api_begin();
 *         LN_NEED(model);
 *         LN_TRY(LN_TAKE_OPTS(eval, given, &opts));
 *         LN_TRY(LN_CHECK_RESULT(metrics));
 *         LN_TRY(ln_evaluate(model->model, ..., &opts, &own));
 *         LN_GIVE(&own, metrics);
 */
#ifndef LN_API_GUARD_H
#define LN_API_GUARD_H

#include "base/status.h"

/* Clears this thread's error record, because linnet_error() describes the last call. */
void ln_api_begin(void);

/* Replaces the error record by LINNET_ERR_USAGE "api-null", "linnet_train: model is NULL"; returns it. */
int ln_api_null(const char *function, const char *argument);
#define LN_NEED(argument)                                         \
    do {                                                          \
        if (!(argument)) return ln_api_null(__func__, #argument); \
    } while (0)
/* For a function that returns no status: it returns `value`. */
#define LN_NEED_OR(value, argument)           \
    do {                                      \
        if (!(argument)) {                    \
            ln_api_null(__func__, #argument); \
            return value;                     \
        }                                     \
    } while (0)

/* Copies the caller's options into this library's struct; fields that the caller's struct does not have
 * become zero. given NULL: all zero. LINNET_ERR_USAGE "api-size" if the size was not set, or if a field is
 * set that this library does not know. */
#define LN_TAKE_OPTS(kind, given, own) ln_api_take(#kind, given, own, sizeof *(own))
LN_MUST_CHECK int ln_api_take(const char *kind, const void *given, void *own, size_t own_size);

/* Checks a struct that a function fills: it is not NULL and its size is set. */
#define LN_CHECK_RESULT(result) \
    ((result) ? ln_api_check_size(#result, (result)) : ln_api_null(__func__, #result))
LN_MUST_CHECK int ln_api_check_size(const char *name, const void *result);
/* Fills the caller's struct up to its size; the size is kept. */
#define LN_GIVE(own, result) ln_api_give(own, sizeof *(own), result)
void ln_api_give(const void *own, size_t own_size, void *result);

#endif
