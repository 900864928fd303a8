/* What tools/tidy shows clang's analyzer, which sees one file at a time: that a recorded failure gives back the status it was
 * given, so that the code after it does not run on half-made values, and that ranks agree on a failure if this one has failed.
 * Read before each file of src/ but those that define these functions.
 */
#include "base/status.h"
#include "comm/comm.h"

#define ln_fail(status, ...)       ((void)ln_fail(status, __VA_ARGS__), (status))
#define ln_fail_errno(status, ...) ((void)ln_fail_errno(status, __VA_ARGS__), (status))
#define ln_fail_memory(bytes)      ((void)ln_fail_memory(bytes), LINNET_ERR_LIMIT)
#define ln_comm_agree(comm, status)                                                                          \
    ((status) ? ((void)ln_comm_agree(comm, status), (status)) : ln_comm_agree(comm, status))
