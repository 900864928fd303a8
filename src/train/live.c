/* The file that shows where a run is. It is printed into a buffer on the stack: a failed allocation would be recorded, and the
 * recorded error is that of the run. */
#include "train/live.h"
#include "base/clock.h"
#include "base/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double pause_s = 1; /* between two writes within an epoch */

void ln_live_init(struct ln_live *live, const char *dir, bool locked) {
    *live = (struct ln_live){.folder = -1, .locked = locked, .last = {.part = LINNET_TRAIN}};
    if (dir) live->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct buffer {
    size_t length;
    char bytes[8192];
};

/* What does not fit is cut; the longest message takes half of the buffer. */
static void add(void *user, const char *bytes, size_t count) {
    struct buffer *b = user;
    const size_t room = sizeof b->bytes - b->length;
    if (count > room) count = room;
    memcpy(b->bytes + b->length, bytes, count);
    b->length += count;
}

/* A reader sees the old file or the new one. The folder is not synced: after a power failure no run is watched. */
static void replace(const struct ln_live *live, const struct buffer *text) {
    static const char next[] = ".progress.json.next";
    int fd = openat(live->folder, next, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return;
    const bool whole = write(fd, text->bytes, text->length) == (ssize_t)text->length;
    if (close(fd) == 0 && whole)
        (void)!renameat(live->folder, next, live->folder, "progress.json");
    else
        unlinkat(live->folder, next, 0);
}

static const char *part_name(enum linnet_part part) {
    return part == LINNET_TRAIN ? "train" : part == LINNET_VAL ? "val" : part == LINNET_TEST ? "test" : NULL;
}

static void put(struct linnet_json *json, const struct ln_live *live) {
    const struct linnet_event *e = &live->last;
    ln_json_string(json, "watched", live->watched);
    ln_json_int(json, "epoch", e->epoch);
    ln_json_int(json, "epochs", e->epochs);
    ln_json_int(json, "step", e->step);
    ln_json_int(json, "steps", e->steps);
    ln_json_double(json, "loss", e->loss);
    ln_json_double(json, "acc", e->acc);
    ln_json_double(json, "lr", e->lr);
    ln_json_double(json, "images_per_s", e->images_per_s);
    ln_json_double(json, "time_s", e->time_s);
    ln_json_double(json, "eta_s", e->eta_s);
    ln_json_int(json, "best_epoch", live->best_epoch);
    ln_json_int(json, "resumed_epoch", live->resumed_epoch);
    ln_json_bool(json, "locked", live->locked);
}

static void write_file(struct ln_live *live, const char *state, const char *part, const char *message) {
    struct buffer text = {.length = 0};
    struct linnet_json json = {.write = add, .user = &text, .lines = 1, .digits = 9};
    if (live->folder < 0) return;
    ln_json_begin(&json, NULL, '{');
    ln_json_string(&json, "state", state);
    ln_json_string(&json, "part", part);
    put(&json, live);
    ln_json_string(&json, "message", message);
    ln_json_end(&json);
    replace(live, &text);
    live->written_at = ln_clock_now();
}

/* The rates of training (images_per_s, lr) are kept while the validation part is evaluated, whose events have none. */
static void take(struct ln_live *live, const struct linnet_event *event) {
    const struct linnet_event before = live->last;
    live->last = *event;
    if (!(event->images_per_s > 0)) live->last.images_per_s = before.images_per_s;
    if (!(event->lr > 0)) live->last.lr = before.lr;
}

void ln_live_event(struct ln_live *live, const struct linnet_event *event) {
    const bool step = event->kind == LINNET_EVENT_STEP;
    if (!step && event->kind != LINNET_EVENT_START && event->kind != LINNET_EVENT_EPOCH) return;
    if (step && ln_clock_now() - live->written_at < pause_s) return;
    take(live, event);
    if (event->best) live->best_epoch = event->epoch;
    write_file(live, "training", part_name(event->part), NULL);
}

void ln_live_part(struct ln_live *live, enum linnet_part part) {
    live->last.part = part;
    live->last.step = live->last.steps = 0;
    live->last.eta_s = 0;
    write_file(live, "training", part_name(part), NULL);
}

void ln_live_end(struct ln_live *live, int status) {
    const bool stopped = status == LINNET_ERR_INTERRUPTED;
    const char *state = status == LINNET_OK ? "finished" : stopped ? "stopped" : "failed";
    write_file(live, state, NULL, status == LINNET_OK || stopped ? NULL : ln_error_get()->text);
    if (live->folder >= 0) close(live->folder);
    live->folder = -1;
}
