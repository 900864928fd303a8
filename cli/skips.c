/* A few bad images are worth a line each. Thousands point to one common cause, and as many lines would hide the other
 * messages, so only their number is reported. */
#include "skips.h"
#include "output.h"
#include "text.h"

/* Lines on stderr; the list of all is in skipped.csv. */
enum { LINES_MOST = 20 };

void cli_skips_event(struct cli_skips *skips, const struct linnet_event *event) {
    int64_t *count = event->kind == LINNET_EVENT_SKIPPED   ? &skips->count
                     : event->kind == LINNET_EVENT_DAMAGED ? &skips->damaged
                                                           : NULL;
    if (count && (*count)++ < LINES_MOST) cli_say("%s", event->line);
}

/* Nothing if each image had its line: the number would only repeat them. */
static void end(int64_t count, const char *what, const char *folder, const char *list) {
    char n[CLI_NUMBER], shown[CLI_SHOWN];
    if (count <= LINES_MOST) return;
    cli_text_count(count, n);
    if (folder)
        cli_say("%s images %s; they are listed in %s/%s", n, what, cli_text_printable(folder, shown), list);
    else
        cli_say("%s images %s", n, what);
}

void cli_skips_end(const struct cli_skips *skips, const char *folder) {
    end(skips->count, "could not be read and were skipped", folder, "skipped.csv");
    end(skips->damaged, "are damaged but were used", folder, "damaged.csv");
}
