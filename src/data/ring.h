/* A ring of batches: worker threads fill the images of the next batches while the caller computes on this
 * one.
 *
 *     struct ln_ring *ring;
 *     LN_TRY(ln_ring_create(&ring, &(struct ln_ring_opts){.batch = 32, .row_floats = 3 * 224 * 224, ...}));
 *     LN_TRY(ln_ring_start(ring, count, 0));
 *     while ((status = ln_ring_next(ring, &batch)) == LINNET_OK && batch.count > 0)
 *         compute(batch.images, batch.count);
 *
 * Images are numbered 0 .. count - 1, their place; batch s holds places s * batch and on. opts.fill turns a place into
 * an image. The result may not depend on which worker calls it, or when.
 *
 * The caller keeps its notes about an image, such as the label, in an array of ln_ring_rows() elements, at place %
 * ln_ring_rows(): no other place uses that element from fill to the release of the batch.
 */
#ifndef LN_DATA_RING_H
#define LN_DATA_RING_H

#include "base/status.h"

struct ln_ring_opts {
    int batch;
    size_t row_floats; /* of an image */
    int chunk;         /* images that a worker takes at a time; 0: 1 */
    int workers;       /* threads; 0: 1 */
    /* Fills the image of a place, in a worker's thread, or in the caller's if the series has one chunk. A failure ends the series at its
     * batch. */
    int (*fill)(void *user, size_t place, float *image);
    void *user;
};

struct ln_ring_batch {
    float *images; /* [batch][row_floats], 64-byte aligned; may be changed while it is valid */
    size_t place;  /* of the first image */
    int count;     /* images; the rows after them hold anything. 0: the series is over */
};

struct ln_ring;
/* Allocates all memory, at least three batches, and creates all threads. LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_ring_create(struct ln_ring **ring, const struct ln_ring_opts *opts);
void ln_ring_destroy(struct ln_ring *ring); /* NULL is fine */
/* Bytes of the batches' memory; SIZE_MAX on overflow. */
size_t ln_ring_bytes(const struct ln_ring_opts *opts);
/* Rows of all batches of a ring, and of a ring with these options. */
size_t ln_ring_rows(const struct ln_ring *ring);
size_t ln_ring_rows_of(const struct ln_ring_opts *opts);

/* Ends the current series: no worker calls fill any more, so the caller may change what fill reads. */
void ln_ring_stop(struct ln_ring *ring);
/* Begins a series of `count` images at batch `step`, after ln_ring_stop(). LINNET_ERR_LIMIT "loader-steps"
 * for more batches than an int can count. */
LN_MUST_CHECK int ln_ring_start(struct ln_ring *ring, size_t count, int step);
/* The next batch in order; valid until the next call, stop or destroy. A failure of fill is reported here;
 * the series then stands still, and the next call reports the same failure. */
LN_MUST_CHECK int ln_ring_next(struct ln_ring *ring, struct ln_ring_batch *batch);

/* Batches of `count` images; the same error as ln_ring_start(). */
LN_MUST_CHECK int ln_ring_steps(size_t count, int batch, int *steps);

#endif
