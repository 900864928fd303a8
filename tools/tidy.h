/* Facts for clang's analyzer, which sees one file at a time: ln_fail() returns the status that it was given, so that the analyzer
 * does not follow a caller past a failure, and ln_comm_agree() returns a failure if this rank has failed. tools/tidy includes
 * this file before each file of src/ but those that define these functions.
 */
#include "base/status.h"
#include "comm/comm.h"

#define ln_fail(status, ...)       ((void)ln_fail(status, __VA_ARGS__), (status))
#define ln_fail_errno(status, ...) ((void)ln_fail_errno(status, __VA_ARGS__), (status))
#define ln_fail_memory(bytes)      ((void)ln_fail_memory(bytes), LINNET_ERR_LIMIT)
#define ln_comm_agree(comm, status) \
    ((status) ? ((void)ln_comm_agree(comm, status), (status)) : ln_comm_agree(comm, status))
