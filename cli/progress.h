/* A progress bar with rate and time left, in one line of a terminal; nothing elsewhere.
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
    bool live;       /* a terminal, and wanted */
    bool shown;      /* a bar stands in the current line */
    double drawn_at; /* seconds: at most ten drawings a second */
    int64_t first;   /* where this bar began, and when: the time left is reckoned from there */
    double first_at;
    int64_t last;
};

void cli_progress_init(struct cli_progress *progress, FILE *out, bool wanted);
/* total 0: not known, a count is shown. rate: images a second, 0: not shown. A bar that goes back is a new
 * one.
 */
void cli_progress_show(struct cli_progress *progress, const char *label, int64_t done, int64_t total,
                       double rate, const char *note);
/* Takes the bar away, so that a line can be written in its place. */
void cli_progress_clear(struct cli_progress *progress);

#endif
