/* The bar is drawn over its own line with a carriage return, at most ten times a second: a slow terminal or an ssh
 * connection must not slow the training down. */
#include "progress.h"
#include "bar.h"
#include "clock.h"
#include "style.h"
#include "text.h"
#include <math.h>
#include <string.h>

/* Columns. A shorter bar shows nothing that the numbers do not; a longer one would push them to the edge. */
enum { BAR_LEAST = 8, BAR_MOST = 40 };

static const double delay = 0.3; /* seconds: the bar of a command that is done sooner would only flash */

void cli_progress_init(struct cli_progress *progress, bool wanted) {
    *progress = (struct cli_progress){
        .out = stderr, .live = wanted && cli_is_terminal(stderr), .begun_at = cli_clock_now()};
}

void cli_progress_clear(struct cli_progress *progress) {
    if (!progress->shown) return;
    fputs("\r\033[K", progress->out);
    fflush(progress->out);
    progress->shown = false;
}

/* The text after the bar: "21/40  loss 0.42  9,612/s  3.1s left". The time left follows from the pace since
 * this bar began, not from `rate`: evaluation and loading pauses are part of the wait. The steps before
 * p->first do not count, because a resumed epoch begins in its middle. */
static void describe(const struct cli_progress *p, int64_t done, int64_t total, double rate, const char *note,
                     char *out, size_t size) {
    char a[CLI_NUMBER], b[CLI_NUMBER];
    const double each =
        done > p->first ? (cli_clock_now() - p->first_at) / (double)(done - p->first) : 0; /* seconds */
    if (rate < 0) rate = each > 0 ? 1 / each : 0;
    int at = snprintf(out, size, "%s", cli_text_count(done, a));
    if (total > 0) at += snprintf(out + at, size - (size_t)at, "/%s", cli_text_count(total, b));
    if (*note) at += snprintf(out + at, size - (size_t)at, "  %s", note);
    if (rate > 0)
        at += snprintf(out + at, size - (size_t)at, "  %s/s", cli_text_count((int64_t)(rate + 0.5), a));
    if (total > 0 && done > p->first)
        snprintf(out + at, size - (size_t)at, "  %s left",
                 cli_text_duration(each * (double)(total - done), a));
}

void cli_progress_show(struct cli_progress *progress, const char *label, int64_t done, int64_t total,
                       double rate, const char *note) {
    if (!progress->live) return;
    double t = cli_clock_now();
    /* A count that falls begins a new bar: the next epoch, or its validation. */
    if (done <= progress->last || !progress->first_at) {
        progress->first = done;
        progress->first_at = t;
    }
    progress->last = done;
    if (t - progress->drawn_at < 0.1 || t - progress->begun_at < delay) return;
    progress->drawn_at = t;

    char text[256];
    describe(progress, done, total, rate, note, text, sizeof text);
    int width = cli_terminal_width(progress->out) - 1; /* some terminals wrap after the last column */
    fprintf(progress->out, "\r\033[K%.*s ", (int)cli_text_fit(label, width - 1), label);
    int room = width - cli_text_width(label) - 1;
    int bar = room - cli_text_width(text) - 1;
    if (bar > BAR_MOST) bar = BAR_MOST;
    if (total > 0 && bar >= BAR_LEAST) {
        cli_bar(progress->out, bar, (double)done / (double)total, cli_style_of(progress->out).green);
        fputc(' ', progress->out);
        room -= bar + 1;
    }
    if (room > 0) fprintf(progress->out, "%.*s", (int)cli_text_fit(text, room), text);
    fflush(progress->out);
    progress->shown = true;
}
