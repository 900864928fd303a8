/* The loader: worker threads that read, augment and normalise the next batches while the current one trains.
 *
 *     struct ln_loader *loader;
 *     LN_TRY(ln_loader_create(&loader, ds, &(struct ln_loader_opts){.part = LINNET_TRAIN, ...}));
 *     LN_TRY(ln_loader_start(loader, epoch, 0));
 *     while ((status = ln_loader_next(loader, &batch)) == LINNET_OK && batch.count > 0)
 *         step(batch.images, batch.labels);
 *
 * The samples of a batch depend only on the seed, the epoch and the images, not on the number of workers or the size of
 * the cache.
 *
 * An image that cannot be read is reported to on_skip and skipped. In training (.refill) the next readable image of the
 * epoch takes its place, so that batches stay full; in evaluation the batch is one row shorter, so that no image counts
 * twice. An image that is damaged but readable is used and reported to on_damage. Files that are missing, or that the
 * system cannot read at the moment, are skipped too and tried again in the next epoch; if there are many of them, the
 * epoch ends.
 */
#ifndef LN_DATA_LOADER_H
#define LN_DATA_LOADER_H

#include "data/dataset.h"
#include "data/share.h"
#include "data/transform.h"

struct ln_loader_opts {
    enum linnet_part part;
    int batch;             /* images; with a share: of all ranks together */
    struct ln_share share; /* the rows of each batch that this loader delivers; all zeros: all rows */
    /* With a share: also deliver the unmixed image before the first one (ln_batch.previous), which another rank has. */
    bool previous;
    const struct ln_preprocess *preprocess;
    bool shuffle;           /* a new order in each epoch, drawn by seed and epoch */
    int views, first_epoch; /* epoch e draws the augmentation of epoch first + (e - first) mod views;
                                         0: its own */
    bool balanced;          /* with shuffle: every class equally often (balance.h) */
    const struct ln_augment *augment; /* NULL: none; drawn by seed, epoch and image */
    uint64_t seed;
    int workers; /* threads; 0: one */
    /* For prepared pixels, kept from one epoch to the next; unused if the source is in memory. */
    size_t cache_bytes;
    bool refill; /* see above */
    bool strict; /* an unreadable or damaged image ends the epoch */
    /* Called by ln_loader_next with the batch of the image, once for each image. NULL: no reports. */
    void (*on_skip)(void *user, uint32_t index, const struct ln_error *error);
    void (*on_damage)(void *user, uint32_t index, const struct ln_error *error);
    void *user;
};

struct ln_batch {
    float *images;         /* [batch][channels][height][width], 64-byte aligned; the caller may change them */
    const int32_t *labels; /* [batch] */
    const uint32_t *indices; /* [batch] of the samples in the data set */
    const uint32_t *places;  /* [batch] of the images in the order of the epoch */
    /* Rows that hold an image; the others are zero. Less than a batch at the end of the epoch, and with
     * unreadable images; 0 with total 0: the epoch is over. */
    int count;
    /* With a share: the images of the whole batch, and the row in it of this rank's first image. If only other ranks
     * have images, count is 0 and images is one black image with the label -1. */
    int total, first;
    /* opts.previous: the image in the row before the first, cyclically; NULL: the last image here. */
    const float *previous;
    int32_t previous_label;
};

struct ln_loader;
/* Allocates all memory, at least three batches, and starts all threads. `ds` is borrowed until the loader is destroyed.
 * LINNET_ERR_USAGE "loader-batch", "train-ranks", LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_loader_create(struct ln_loader **loader, const struct ln_dataset *ds,
                                   const struct ln_loader_opts *opts);
/* Starts an epoch at batch `step` (0: all of it). An unfinished epoch is abandoned. */
LN_MUST_CHECK int ln_loader_start(struct ln_loader *loader, int epoch, int step);
/* The next batch in order, valid until the next call of ln_loader_next, ln_loader_start or ln_loader_destroy. A worker's
 * failure is returned with its batch; every later call in the epoch returns it too. LINNET_ERR_INPUT "data-unreadable"
 * if no image can be read, LINNET_ERR_IO "data-lost" if too many files are lost. */
LN_MUST_CHECK int ln_loader_next(struct ln_loader *loader, struct ln_batch *batch);
/* Instead of ln_loader_start: only the order of an epoch, [images of the part] samples, valid until the next call. */
LN_MUST_CHECK int ln_loader_order(struct ln_loader *loader, int epoch, const uint32_t **order);
int ln_loader_steps(const struct ln_loader *loader);         /* batches per epoch */
size_t ln_loader_images(const struct ln_loader *loader);     /* of an epoch, of all ranks */
size_t ln_loader_kept_bytes(const struct ln_loader *loader); /* bytes of the cache in use */
void ln_loader_destroy(struct ln_loader *loader);            /* NULL is allowed */

size_t ln_loader_batch_bytes(const struct ln_dataset *ds,
                             const struct ln_loader_opts *opts); /* bytes of all its batches */

/* The memory that a loader with these options will hold, in bytes: an estimate from a few photos, evenly spread over
 * the part (loader_memory.c). */
struct ln_loader_memory {
    size_t batches, lists;
    size_t decoding; /* photos that the workers decode */
    size_t cache;    /* prepared photos, once all were seen; at most opts->cache_bytes */
};
struct ln_loader_memory ln_loader_memory(const struct ln_dataset *ds, const struct ln_loader_opts *opts);

#endif
