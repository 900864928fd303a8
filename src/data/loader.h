/* The loader: worker threads that read, augment and normalise the next batches while this one trains.
 *
 *     struct ln_loader *loader;
 *     LN_TRY(ln_loader_create(&loader, ds, &(struct ln_loader_opts){.part = LINNET_TRAIN, ...}));
 *     LN_TRY(ln_loader_start(loader, epoch));
 *     while ((status = ln_loader_next(loader, &batch)) == LINNET_OK && batch.count > 0)
 *         step(batch.images, batch.labels);
 *
 * The samples of a batch depend on the seed, the epoch and the image alone: never on the number of workers.
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
    int workers; /* threads; 0: one */
};

struct ln_batch {
    float *images; /* [batch][channels][height][width], 64-byte aligned; may be changed while it is valid */
    const int32_t *labels;   /* [batch] */
    const uint32_t *indices; /* [batch] into the data set's samples */
    int count; /* rows that hold an image, the others are zero: in the last batch; 0: the epoch is over */
};

struct ln_loader;
/* All memory and threads are taken here: at least three batches' worth. `ds` is borrowed until the loader is
 * destroyed. LINNET_ERR_USAGE "loader-batch", LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_loader_create(struct ln_loader **loader, const struct ln_dataset *ds,
                                   const struct ln_loader_opts *opts);
LN_MUST_CHECK int ln_loader_start(struct ln_loader *loader, int epoch); /* also abandons an epoch under way */
/* The next batch in order; valid until the next call, start or destroy. A worker's failure is reported here,
 * when its batch's turn has come; the epoch then stands still, and asking again gives the same failure. */
LN_MUST_CHECK int ln_loader_next(struct ln_loader *loader, struct ln_batch *batch);
int ln_loader_steps(const struct ln_loader *loader); /* batches an epoch */
void ln_loader_destroy(struct ln_loader *loader);    /* NULL is fine */

#endif
