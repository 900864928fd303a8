/* Images that could not be read and were skipped, and damaged images, which are used anyway. Each is reported
 * as an event when it is first read; all of them are listed in skipped.csv and damaged.csv. */
#ifndef LN_TRAIN_SKIPPED_H
#define LN_TRAIN_SKIPPED_H

#include "base/text.h"
#include "comm/comm.h"
#include "data/dataset.h"
#include <jansson.h>

struct ln_skipped_list {
    size_t count;
    uint8_t *seen;       /* [ds->count] 1: counted; NULL: none yet */
    struct ln_text rows; /* contents of the CSV file, with its header */
    size_t written;      /* number of rows on disk */
};

struct ln_skipped {
    const struct ln_dataset *ds;
    void (*on_event)(void *user, const struct linnet_event *event); /* NULL: no reports */
    void *user;
    struct ln_skipped_list left_out, damaged;
    linnet_ranks *ranks;  /* those that read the images together; NULL: one */
    struct ln_text fresh; /* reports that the other ranks do not have yet: see skipped.c */
};

/* The callbacks on_skip and on_damage of ln_loader_opts; `skipped` is their user. Several loaders may report the same
 * image. */
void ln_skipped_add(void *skipped, uint32_t index, const struct ln_error *error);
void ln_skipped_add_damaged(void *skipped, uint32_t index, const struct ln_error *error);
/* With ranks, all call it at the same place: each gets the reports of the others. */
LN_MUST_CHECK int ln_skipped_share(struct ln_skipped *skipped);
/* Both lists as a JSON object, and back. Parsing returns false for another object, or if memory runs out. */
void ln_skipped_print(const struct ln_skipped *skipped, struct ln_text *json);
LN_MUST_CHECK bool ln_skipped_parse(struct ln_skipped *skipped, const json_t *json);
/* Writes dir/skipped.csv and dir/damaged.csv (path,reason) if they have new rows. dir NULL: writes nothing. */
LN_MUST_CHECK int ln_skipped_write(struct ln_skipped *skipped, const char *dir);
void ln_skipped_fini(struct ln_skipped *skipped);

#endif
