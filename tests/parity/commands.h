/* Programs that a script drives over a pipe: one command per line on stdin, one answer each on stdout. */
#ifndef LN_TESTS_PARITY_COMMANDS_H
#define LN_TESTS_PARITY_COMMANDS_H

#include "base/status.h"
#include <stdio.h>
#include <string.h>

/* Prints the answer to a command that failed, from the error record; returns its status. */
static inline int fail(void) {
    const struct ln_error *e = ln_error_get();
    printf("fail %d %s %s\n", e->status, e->code, e->text);
    return e->status;
}

/* Calls run() with each line of stdin, until its end. run() may write into the line, and prints the
 * answer. */
static inline int commands_run(void (*run)(char *line)) {
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        ln_error_clear();
        run(line);
        fflush(stdout);
    }
    return 0;
}

#endif
