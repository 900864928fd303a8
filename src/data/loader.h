/* The loader: worker threads that read, augment and normalise the next batches while this one trains.
 *
 *     struct ln_loader *loader;
 *     LN_TRY(ln_loader_create(&loader, ds, &(struct ln_loader_opts){.part = LINNET_TRAIN, ...}));
 *     LN_TRY(ln_loader_start(loader, epoch, 0));
 *     while ((status = ln_loader_next(loader, &batch)) == LINNET_OK && batch.count > 0)
 *         step(batch.images, batch.labels);
 *
 * The samples of a batch depend on the seed, the epoch and the images alone: never on the number of workers,
 * nor on what there was room to keep.
 *
 * An image that cannot be read is reported to on_skip and skipped. In training (.refill) its place in the
 * batch goes to the next image of the epoch's order that can be read, so that batches stay full; else the
 * batch is shorter by a row, so that nothing counts twice. An image that is damaged but can be read is used
 * and reported to on_damage. Files that have gone, or that the system cannot read now, are skipped too, and
 * tried again in the next epoch; if there are many, the epoch ends.
 */
#ifndef LN_DATA_LOADER_H
#define LN_DATA_LOADER_H

#include "data/dataset.h"
#include "data/transform.h"

struct ln_loader_opts {
    enum linnet_part part;
    int batch;
    const struct ln_preprocess *preprocess;
    bool shuffle;                     /* a new order each epoch, by seed and epoch */
    const struct ln_augment *augment; /* NULL: none; by seed, epoch and image */
    uint64_t seed;
    int workers;        /* threads; 0: one */
    size_t cache_bytes; /* of prepared pixels kept from one epoch to the next; nothing where they are in
                           memory already */
    bool refill;        /* see above */
    bool strict;        /* an image that cannot be read, or is damaged, ends the epoch */
    /* Called by ln_loader_next when the image's batch is next: once for each image. NULL: not wanted. */
    void (*on_skip)(void *user, uint32_t index, const struct ln_error *error);
    void (*on_damage)(void *user, uint32_t index, const struct ln_error *error);
    void *user;
};

struct ln_batch {
    float *images; /* [batch][channels][height][width], 64-byte aligned; may be changed while it is valid */
    const int32_t *labels;   /* [batch] */
    const uint32_t *indices; /* [batch] into the data set's samples */
    int count; /* rows that hold an image, the others are zero: in the last batch, or where images can't be
                  read; 0: the epoch is over */
};

struct ln_loader;
/* All memory and threads are taken here: at least three batches' worth. `ds` is borrowed until the loader is
 * destroyed. LINNET_ERR_USAGE "loader-batch", LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_loader_create(struct ln_loader **loader, const struct ln_dataset *ds,
                                   const struct ln_loader_opts *opts);
/* The epoch from batch `step` on (0: all of it); also abandons an epoch under way. */
LN_MUST_CHECK int ln_loader_start(struct ln_loader *loader, int epoch, int step);
/* The next batch in order; valid until the next call, start or destroy. A worker's failure is reported here,
 * when its batch's turn has come; the epoch then stands still, and asking again gives the same failure.
 * LINNET_ERR_INPUT "data-unreadable" if no image can be read, LINNET_ERR_IO "data-lost" if too many files
 * have gone. */
LN_MUST_CHECK int ln_loader_next(struct ln_loader *loader, struct ln_batch *batch);
int ln_loader_steps(const struct ln_loader *loader);         /* batches an epoch */
size_t ln_loader_kept_bytes(const struct ln_loader *loader); /* of cache_bytes, in use */
void ln_loader_destroy(struct ln_loader *loader);            /* NULL is fine */

#endif
