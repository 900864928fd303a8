/* Reads the input as the progress in a checkpoint. If it is valid, its printed form must parse and print to the same text,
 * also after more images were reported, by this rank and by another, and its lists of images must be writable; an error must
 * have a message; nothing may leak. */
#include "comm/impl.h"
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

/* ---- another rank --------------------------------------------------------------------------------------- */

enum { REPORTS = 2 };
static unsigned char told[REPORTS * (sizeof(struct ln_error) + 16)]; /* by this rank */

static int sum(const struct ln_comm_sum *counts) {
    double *bytes = counts->data;
    bytes[1] = bytes[0];
    return 0;
}

/* The other rank sends this rank's reports, each for the next image. */
static int broadcast(void *data, size_t bytes, int from) {
    const size_t index_at = sizeof(enum linnet_event_kind), record = bytes / REPORTS;
    check(bytes <= sizeof told);
    if (from == 0) memcpy(told, data, bytes);
    for (size_t at = 0; from == 1 && at < bytes; at += record) {
        uint32_t index;
        memcpy((char *)data + at, told + at, record);
        memcpy(&index, (char *)data + at + index_at, sizeof index);
        index++;
        memcpy((char *)data + at + index_at, &index, sizeof index);
    }
    return 0;
}

/* Reports the first image and the last; the other rank then reports the second, and one beyond the last. */
static void shared_check(const char *text) {
    static const struct ln_comm_module module = {.abi = LN_COMM_ABI, .sum = sum, .broadcast = broadcast};
    linnet_ranks ranks = {.module = &module, .start = {.size = 2}};
    struct ln_skipped s = {.ds = &data_set, .ranks = &ranks};
    struct ln_error error = {.status = LINNET_ERR_INPUT, .code = "img-truncated"};
    snprintf(error.text, sizeof error.text, "%.80s", text);
    check(ln_skipped_share(&s) == LINNET_OK && !s.left_out.seen);
    ln_skipped_add(&s, 0, &error);
    ln_skipped_add_damaged(&s, SAMPLES - 1, &error);
    check(ln_skipped_share(&s) == LINNET_OK);
    check(s.left_out.count == 2 && s.left_out.seen[0] && s.left_out.seen[1]);
    check(s.damaged.count == 1 && s.damaged.seen[SAMPLES - 1] && !s.fresh.length);
    ln_skipped_fini(&s);
}

/* ---- one rank ------------------------------------------------------------------------------------------- */

/* Reports every image twice, with the input as the message. An image that the checkpoint does not list must be new only once. */
static void reported_check(struct ln_skipped *s, const char *text) {
    const size_t before = s->left_out.count + s->damaged.count;
    struct ln_error error = {.status = LINNET_ERR_INPUT, .code = "img-truncated"};
    size_t events = 0;
    s->on_event = on_event;
    s->user = &events;
    for (uint32_t i = 0; i < 2 * SAMPLES; i++) {
        const bool named = i / 2 % 2;
        const char *path = named ? "data/cat/\"" : "", *end = named ? "\\x1b.jpg: " : "";
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
    check(ln_skipped_write(s, "/no/such/folder") == LINNET_ERR_IO);
    ln_error_clear();
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
        shared_check(text);
    } else {
        fuzz_failed(status, "ckpt-");
    }
    ln_skipped_fini(&p.skipped);
    check(ln_alloc_live() == live);
    free(text);
    return 0;
}
