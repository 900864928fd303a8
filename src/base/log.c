/* The program's callback for warnings and notes. */
#include "base/log.h"
#include "base/translate.h"
#include "base/utf8.h"
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static linnet_log_fn *listener;
static void *listener_user;
static atomic_uint topics_heard; /* a bit for each ln_log_topic */

void ln_log_set(linnet_log_fn *fn, void *user) {
    listener = fn;
    listener_user = user;
    atomic_store(&topics_heard, 0);
}

void ln_log(int level, const char *fmt, ...) {
    if (!listener) return;
    char line[2 * LN_ERROR_MAX + 3] = "", shown[2 * LN_ERROR_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, ln_translated(fmt), args);
    va_end(args);
    ln_text_escape(line, strlen(line), shown, sizeof shown);
    listener(listener_user, level, shown);
}

void ln_log_once(enum ln_log_topic topic, int level, const char *line) {
    const unsigned bit = 1U << topic;
    if (!(atomic_fetch_or(&topics_heard, bit) & bit)) ln_log(level, "%s", line);
}
