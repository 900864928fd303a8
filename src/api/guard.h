/* The checks that public functions begin with: objects that are NULL, structs of an older or newer header.
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

/* Clears this thread's error record: linnet_error() is about the last call. */
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

/* The caller's options as this library's struct: its fields as far as its size reaches, zero after them.
 * given NULL: all zero. LINNET_ERR_USAGE "api-size" for a size that was not set, and for fields beyond this
 * library's struct that are not zero. */
#define LN_TAKE_OPTS(kind, given, own) ln_api_take(#kind, given, own, sizeof *(own))
LN_MUST_CHECK int ln_api_take(const char *kind, const void *given, void *own, size_t own_size);

/* A struct that a function fills: not NULL, and its size is set. */
#define LN_CHECK_RESULT(result) \
    ((result) ? ln_api_check_size(#result, (result)) : ln_api_null(__func__, #result))
LN_MUST_CHECK int ln_api_check_size(const char *name, const void *result);
/* Fills it as far as its size reaches; the size stays. */
#define LN_GIVE(own, result) ln_api_give(own, sizeof *(own), result)
void ln_api_give(const void *own, size_t own_size, void *result);

#endif
