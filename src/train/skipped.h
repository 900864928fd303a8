/* Images that could not be read and were skipped, and images that are damaged and were used all the same. Each is
 * reported as an event when it is found; all of them are listed in skipped.csv and damaged.csv. */
#ifndef LN_TRAIN_SKIPPED_H
#define LN_TRAIN_SKIPPED_H

#include "base/text.h"
#include "data/dataset.h"
#include <jansson.h>

struct ln_skipped_list {
    size_t count;
    uint8_t *seen;       /* [ds->count] 1: counted; NULL: none yet */
    struct ln_text rows; /* of the CSV file, its header included */
    size_t written;      /* rows that are on disk */
};

struct ln_skipped {
    const struct ln_dataset *ds;
    void (*on_event)(void *user, const struct linnet_event *event); /* NULL: no reports */
    void *user;
    struct ln_skipped_list left_out, damaged;
};

/* on_skip and on_damage of ln_loader_opts, with the struct as their user. Several loaders may report the same image. */
void ln_skipped_add(void *skipped, uint32_t index, const struct ln_error *error);
void ln_skipped_add_damaged(void *skipped, uint32_t index, const struct ln_error *error);
/* Both lists as a JSON object, and back. Parsing returns false for another object, or without memory. */
void ln_skipped_print(const struct ln_skipped *skipped, struct ln_text *json);
LN_MUST_CHECK bool ln_skipped_parse(struct ln_skipped *skipped, const json_t *json);
/* Writes dir/skipped.csv(path,reason) and dir/damaged.csv(path,reason), if they lack an image. dir NULL: nowhere. */
LN_MUST_CHECK int ln_skipped_write(struct ln_skipped *skipped, const char *dir);
void ln_skipped_fini(struct ln_skipped *skipped);

#endif
