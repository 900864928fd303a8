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
void cli_skips_end(const struct cli_skips *skips, const char *folder) {
    char n[CLI_NUMBER], shown[CLI_SHOWN] = "";
    if (folder) cli_text_printable(folder, shown);
    if (skips->count > LINES_MOST && folder)
        cli_say("%s images could not be read and were skipped; they are listed in %s/skipped.csv",
                cli_text_count(skips->count, n), shown);
    else if (skips->count > LINES_MOST)
        cli_say("%s images could not be read and were skipped", cli_text_count(skips->count, n));
    if (skips->damaged > LINES_MOST && folder)
        cli_say("%s images are damaged but were used; they are listed in %s/damaged.csv",
                cli_text_count(skips->damaged, n), shown);
    else if (skips->damaged > LINES_MOST)
        cli_say("%s images are damaged but were used", cli_text_count(skips->damaged, n));
}
