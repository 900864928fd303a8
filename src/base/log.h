/* The library never prints: what it would like to say goes to the callback that linnet_set_log() sets, and
 * nowhere where there is none.
 */
#ifndef LN_BASE_LOG_H
#define LN_BASE_LOG_H

#include "base/status.h"

/* Before anything else; NULL: silence. */
void ln_log_set(linnet_log_fn *fn, void *user);

/* level: enum linnet_log_level. One line, no newline at the end. */
void ln_log(int level, const char *fmt, ...) LN_PRINTF(2, 3);

#endif
