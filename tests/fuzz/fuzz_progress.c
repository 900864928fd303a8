/* Reads the input as the progress in a checkpoint. If it is valid, its printed form must parse and print to the same text,
 * also after more images were reported, and its lists of images must be writable; an error must have a message; nothing may
 * leak. */
#include "data/source.h"
#include "fuzz.h"
#include "train/progress.h"
#include <linnet/linnet.h>

enum { EPOCHS = 3, SAMPLES = 5 };

static const char *name_of(const struct ln_dataset *ds, uint32_t index, char *out, size_t size) {
    snprintf(out, size, "cat/\"%u\x1b.jpg", index);
    return out;
}

static const struct ln_progress_of of = {
    .opt = "sgd", .seed = 7, .batch = 16, .epochs = EPOCHS, .manifest = 99};
static const struct ln_source source = {.sample_name = name_of};
static const struct ln_dataset data_set = {.count = SAMPLES, .source = &source};

static void on_event(void *user, const struct linnet_event *event) {
    check(event->path[0] && strstr(event->line, " of 5 so far [") != NULL);
    ++*(size_t *)user;
}

static int parse(struct ln_progress *p, struct ln_epoch *history, const char *text) {
    memset(history, 0, (EPOCHS + 1) * sizeof *history);
    *p = (struct ln_progress){.history = history, .skipped.ds = &data_set};
    return ln_progress_parse(p, &of, "input", text);
}

static void printed_check(const struct ln_progress *p) {
    struct ln_epoch history[EPOCHS + 1];
    struct ln_progress second;
    char *first_text, *second_text;
    check(p->epoch >= 1 && p->epoch <= EPOCHS + 1 && p->skipped.left_out.count <= SAMPLES);
    check(ln_progress_print(p, &of, &first_text) == LINNET_OK);
    check(parse(&second, history, first_text) == LINNET_OK);
    check(ln_progress_print(&second, &of, &second_text) == LINNET_OK && strcmp(first_text, second_text) == 0);
    ln_skipped_fini(&second.skipped);
    ln_free(first_text);
    ln_free(second_text);
}

/* Reports every image twice, with the input as the message: each that the checkpoint does not list is new once. */
static void reported_check(struct ln_skipped *s, const char *text) {
    const size_t before = s->left_out.count + s->damaged.count;
    struct ln_error error = {.status = LINNET_ERR_INPUT, .code = "img-truncated"};
    size_t events = 0;
    s->on_event = on_event;
    s->user = &events;
    for (uint32_t i = 0; i < 2 * SAMPLES; i++) {
        const char *path = i % 2 ? "data/cat/\"" : "", *end = i % 2 ? "\\x1b.jpg: " : "";
        snprintf(error.text, sizeof error.text, "%s%u%s%.80s", path, i / 2, end, text);
        ln_skipped_add(s, i / 2, &error);
        ln_skipped_add_damaged(s, i / 2, &error);
    }
    check(s->left_out.count == SAMPLES && s->damaged.count == SAMPLES && before + events == 2 * SAMPLES);
}

static void written_check(struct ln_skipped *s) {
    char folder[64], path[96];
    snprintf(folder, sizeof folder, "/dev/shm/linnet-fuzz-%d", (int)getpid());
    check(ln_file_make_folder(folder) == LINNET_OK);
    check(ln_skipped_write(s, NULL) == LINNET_OK);
    check(ln_skipped_write(s, folder) == LINNET_OK && ln_skipped_write(s, folder) == LINNET_OK);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, i ? "damaged.csv" : "skipped.csv");
        check(unlink(path) == 0);
    }
    check(rmdir(folder) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_epoch history[EPOCHS + 1];
    struct ln_progress p;
    char *text = fuzz_text(data, size);
    int64_t live = ln_alloc_live();
    ln_error_clear();
    int status = parse(&p, history, text);
    if (status == LINNET_OK) {
        printed_check(&p);
        reported_check(&p.skipped, text);
        printed_check(&p);
        written_check(&p.skipped);
    } else {
        fuzz_failed(status, "ckpt-");
    }
    ln_skipped_fini(&p.skipped);
    check(ln_alloc_live() == live);
    free(text);
    return 0;
}
