/* Reads the input as the progress in a checkpoint. If it is valid, its printed form must parse and print to the same text;
 * an error must have a message; nothing may leak. */
#include "fuzz.h"
#include "train/progress.h"

enum { EPOCHS = 3, SAMPLES = 5 };

static const struct ln_progress_of of = {
    .opt = "sgd", .seed = 7, .batch = 16, .epochs = EPOCHS, .manifest = 99};
static struct ln_dataset data_set = {.count = SAMPLES};

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_epoch history[EPOCHS + 1];
    struct ln_progress p;
    char *text = fuzz_text(data, size);
    int64_t live = ln_alloc_live();
    ln_error_clear();
    int status = parse(&p, history, text);
    if (status == LINNET_OK)
        printed_check(&p);
    else
        fuzz_failed(status, "ckpt-");
    ln_skipped_fini(&p.skipped);
    check(ln_alloc_live() == live);
    free(text);
    return 0;
}
