/* A look at every image of a data set, by many threads: can it be read, how large is it, what does it look
 * like. */
#ifndef LN_DATA_LOOK_H
#define LN_DATA_LOOK_H

#include "data/dataset.h"
#include "image/phash.h"

/* One image. */
struct ln_look {
    const char *format; /* "JPEG"; NULL for samples that are no files, or of no format that we read */
    uint64_t bytes;     /* of the file; of the pixels where samples are no files */
    uint64_t content;   /* a hash of these bytes */
    int width, height;  /* upright; 0 where it can't be read */
    char *error, *code; /* why not, one block; NULL where it can */
    struct ln_phash phash;
};

struct ln_looks {
    struct ln_look *items; /* [count] as the data set's samples */
    size_t count;
    size_t bad; /* of them, those that can't be read */
};

struct ln_looks_opts {
    int threads; /* 0: as many as this process may use */
    const volatile int *stop;
    void (*on_progress)(void *user, int64_t done,
                        int64_t total); /* in the calling thread; NULL: nobody asks */
    void *user;
};

/* LINNET_ERR_LIMIT, or LINNET_ERR_INTERRUPTED "look-stopped"; an image that can't be read is no failure. */
LN_MUST_CHECK int ln_looks_take(struct ln_looks *looks, const struct ln_dataset *ds,
                                const struct ln_looks_opts *opts);
/* Marks those that can't be read in ds->left_out; the log says how many. */
LN_MUST_CHECK int ln_looks_leave_out(const struct ln_looks *looks, struct ln_dataset *ds);
void ln_looks_fini(struct ln_looks *looks);

#endif
