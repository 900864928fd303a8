/* Images that could not be read: a line each on stderr, and from some number on only how many. */
#ifndef CLI_SKIPS_H
#define CLI_SKIPS_H

#include <linnet/linnet.h>

struct cli_skips {
    int64_t count;
};

/* What on_event was told; other events than LINNET_EVENT_SKIPPED are ignored. */
void cli_skips_tell(struct cli_skips *skips, const struct linnet_event *event);
/* Where not all had their line: how many there were. folder: where skipped.csv is; NULL: nowhere. */
void cli_skips_end(const struct cli_skips *skips, const char *folder);

#endif
