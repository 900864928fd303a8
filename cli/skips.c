/* A few bad images deserve a look each; thousands are a fault of the whole, and would bury it. */
#include "skips.h"
#include "output.h"
#include "text.h"

enum { LINES_MOST = 20 };

void cli_skips_tell(struct cli_skips *skips, const struct linnet_event *event) {
    if (event->kind != LINNET_EVENT_SKIPPED) return;
    if (skips->count++ < LINES_MOST) cli_say("%s", event->line);
}

void cli_skips_end(const struct cli_skips *skips, const char *folder) {
    char n[CLI_NUMBER], shown[CLI_SHOWN];
    if (skips->count <= LINES_MOST) return;
    cli_text_count(skips->count, n);
    if (folder)
        cli_say("%s images could not be read and were skipped; %s/skipped.csv names them", n,
                cli_text_printable(folder, shown));
    else
        cli_say("%s images could not be read and were skipped", n);
}
