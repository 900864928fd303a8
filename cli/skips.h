/* Messages on stderr about images that could not be read or are damaged: a line for each of the first twenty,
 * and at the end the number of all. */
#ifndef CLI_SKIPS_H
#define CLI_SKIPS_H

#include <linnet/linnet.h>

struct cli_skips {
    int64_t count, damaged;
};

/* Call it from on_event. Only LINNET_EVENT_SKIPPED and LINNET_EVENT_DAMAGED matter; others are ignored. */
void cli_skips_event(struct cli_skips *skips, const struct linnet_event *event);
/* Reports the numbers, if some images got no line. folder: contains skipped.csv and damaged.csv; NULL: no
 * such files. */
void cli_skips_end(const struct cli_skips *skips, const char *folder);

#endif
