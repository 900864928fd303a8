/* Events as a progress bar and lines. */
#include "watch.h"

void cli_watch_begin(struct cli_watch *w, const char *label) {
    *w = (struct cli_watch){.label = label};
    cli_progress_init(&w->progress, true);
}

void cli_watch_event(void *watch, const struct linnet_event *event) {
    struct cli_watch *w = watch;
    if (event->kind == LINNET_EVENT_STEP) {
        const bool images = event->images > 0;
        cli_progress_show(&w->progress, w->label, images ? event->images_done : event->step,
                          images ? event->images : event->steps, event->images_per_s, w->note);
        return;
    }
    cli_progress_clear(&w->progress); /* a line takes its place */
    cli_skips_event(&w->skips, event);
}

void cli_watch_end(struct cli_watch *w, const char *folder) {
    cli_progress_clear(&w->progress);
    cli_skips_end(&w->skips, folder);
}
