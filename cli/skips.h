/* Images that could not be read, or are damaged: a line each on stderr, and from some number on only how many. */
#ifndef CLI_SKIPS_H
#define CLI_SKIPS_H

#include <linnet/linnet.h>

struct cli_skips {
    int64_t count, damaged;
};

/* What on_event was told. Events other than LINNET_EVENT_SKIPPED and LINNET_EVENT_DAMAGED are ignored. */
void cli_skips_tell(struct cli_skips *skips, const struct linnet_event *event);
/* How many there were, if not all of them got a line. folder: where the lists are; NULL: nowhere. */
void cli_skips_end(const struct cli_skips *skips, const char *folder);

#endif
