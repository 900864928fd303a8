/* Images that could not be read: each told as an event when it is found, all of them in skipped.csv. */
#ifndef LN_TRAIN_SKIPPED_H
#define LN_TRAIN_SKIPPED_H

#include "base/text.h"
#include "data/dataset.h"
#include <jansson.h>

struct ln_skipped {
    const struct ln_dataset *ds;
    void (*on_event)(void *user, const struct linnet_event *event); /* NULL: nobody asks */
    void *user;
    size_t count;
    uint8_t *seen;       /* [ds->count] 1: counted; NULL: none yet */
    struct ln_text rows; /* of skipped.csv, its header included */
    size_t written;      /* rows that are on disk */
};

/* on_skip of ln_loader_opts, with the struct as its user: the same image may turn up in several loaders. */
void ln_skipped_add(void *skipped, uint32_t index, const struct ln_error *error);
/* All of them as a JSON object, and back from one: false where it is none, or memory is short. */
void ln_skipped_print(const struct ln_skipped *skipped, struct ln_text *json);
LN_MUST_CHECK bool ln_skipped_parse(struct ln_skipped *skipped, const json_t *json);
/* dir/skipped.csv(path,reason), where there is something that it does not say yet; dir NULL: nowhere. */
LN_MUST_CHECK int ln_skipped_write(struct ln_skipped *skipped, const char *dir);
void ln_skipped_fini(struct ln_skipped *skipped);

#endif
