/* The library never prints: warnings and notes go to the callback that linnet_set_log() sets, and are
 * discarded if no callback is set.
 */
#ifndef LN_BASE_LOG_H
#define LN_BASE_LOG_H

#include "base/status.h"

/* Called before anything else; fn NULL: discard. */
void ln_log_set(linnet_log_fn *fn, void *user);

/* level: enum linnet_log_level. One line without a newline at its end; escaped as a failure's text is. */
void ln_log(int level, const char *fmt, ...) LN_PRINTF(2, 3);

/* Topics that a callback hears once: otherwise each picture of a run would repeat them. */
enum ln_log_topic { LN_LOG_NO_FONT, LN_LOG_NO_TEXT };
void ln_log_once(enum ln_log_topic topic, int level, const char *line);

#endif
