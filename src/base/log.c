/* The callback that hears what the library would like to say. */
#include "base/log.h"
#include <stdarg.h>
#include <stdio.h>

static linnet_log_fn *listener;
static void *listener_user;

void ln_log_set(linnet_log_fn *fn, void *user) {
    listener = fn;
    listener_user = user;
}

void ln_log(int level, const char *fmt, ...) {
    if (!listener) return;
    char line[2 * LN_ERROR_MAX] = "";
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    listener(listener_user, level, line);
}
