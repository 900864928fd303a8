/* The program's callback for warnings and notes. */
#include "base/log.h"
#include "base/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static linnet_log_fn *listener;
static void *listener_user;

void ln_log_set(linnet_log_fn *fn, void *user) {
    listener = fn;
    listener_user = user;
}

void ln_log(int level, const char *fmt, ...) {
    if (!listener) return;
    char line[2 * LN_ERROR_MAX + 3] = "", shown[2 * LN_ERROR_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    ln_text_escape(line, strlen(line), shown, sizeof shown);
    listener(listener_user, level, shown);
}
