/* The events of a computation over a data set: a progress bar, and a line for each image that could not be read.
 *
 *     struct cli_watch watch;
 *     cli_watch_begin(&watch, "eval");
 *     opts.on_event = cli_watch_event;
 *     opts.user = &watch;
 *     status = linnet_evaluate(...);
 *     cli_watch_end(&watch, opts.dir);
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "progress.h"
#include "skips.h"

struct cli_watch {
    const char *label; /* before the bar */
    char note[64];     /* after the count; "": none */
    struct cli_progress progress;
    struct cli_skips skips;
};

void cli_watch_begin(struct cli_watch *watch, const char *label);
/* An on_event of the library's options. The bar counts images if the event does, otherwise steps. */
void cli_watch_event(void *watch, const struct linnet_event *event);
/* Erases the bar, and reports how many images got no line. folder: as of cli_skips_end. */
void cli_watch_end(struct cli_watch *watch, const char *folder);

#endif
