/* What tools/tidy shows clang's analyzer, which sees one file at a time: that a recorded failure gives back the status it was
 * given, so that the code after it does not run on half-made values. Read before each file of src/ but status.c.
 */
#include "base/status.h"

#define ln_fail(status, ...)       ((void)ln_fail(status, __VA_ARGS__), (status))
#define ln_fail_errno(status, ...) ((void)ln_fail_errno(status, __VA_ARGS__), (status))
#define ln_fail_memory(bytes)      ((void)ln_fail_memory(bytes), LINNET_ERR_LIMIT)
