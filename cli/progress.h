/* A progress bar with rate and time left, in one line of a terminal. It is drawn on stderr, because stdout may be a file or a pipe;
 * nothing is drawn if stderr is not a terminal.
 *
 *     test  ━━━━━━━━━━━━━━━━━━━━━─────────────────── 21/40  loss 0.4213  9,612/s  3.1s left
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct cli_progress {
    FILE *out;
    bool live;       /* the bar is drawn: a terminal, and not switched off */
    bool shown;      /* the current line holds a bar */
    double begun_at; /* time of cli_progress_init, in seconds */
    double drawn_at; /* time of the last drawing, in seconds */
    int64_t first;   /* the count when this bar began, */
    double first_at; /* and the time then, from which the time left is computed */
    int64_t last;    /* the latest count */
};

enum { CLI_PROGRESS_PACE = -1 };

void cli_progress_init(struct cli_progress *progress, bool wanted);
/* total 0: unknown, only the count is shown. rate: images per second; 0: not shown; CLI_PROGRESS_PACE: counts per second since the
 * bar began. A count that falls begins a new bar. */
void cli_progress_show(struct cli_progress *progress, const char *label, int64_t done, int64_t total,
                       double rate, const char *note);
/* Erases the bar, so that a line can be written in its place. */
void cli_progress_clear(struct cli_progress *progress);

#endif
