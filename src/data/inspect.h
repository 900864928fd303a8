/* A look at every image of a data set, by many threads: can it be read, how large is it, what does it look
 * like. */
#ifndef LN_DATA_INSPECT_H
#define LN_DATA_INSPECT_H

#include "data/dataset.h"
#include "image/phash.h"

/* One image. */
struct ln_inspected {
    const char *format; /* "JPEG"; NULL for samples that are no files, or of no format that we read */
    uint64_t bytes;     /* of the file; of the pixels where samples are no files */
    uint64_t content;   /* a hash of these bytes */
    int width, height;  /* upright; 0 where it can't be read */
    char *error, *code; /* why not, one block; NULL where it can */
    struct ln_phash phash;
};

struct ln_inspection {
    struct ln_inspected *images; /* [count] as the data set's samples */
    size_t count;
    size_t bad; /* of them, those that can't be read */
};

struct ln_inspection_opts {
    int threads; /* 0: as many as this process may use */
    const volatile int *stop;
    void (*on_progress)(void *user, int64_t done,
                        int64_t total); /* in the calling thread; NULL: nobody asks */
    void *user;
};

/* LINNET_ERR_LIMIT, or LINNET_ERR_INTERRUPTED "look-stopped"; an image that can't be read is no failure. */
LN_MUST_CHECK int ln_inspection_run(struct ln_inspection *inspection, const struct ln_dataset *ds,
                                    const struct ln_inspection_opts *opts);
/* Marks those that can't be read in ds->excluded; the log says how many. */
LN_MUST_CHECK int ln_inspection_exclude(const struct ln_inspection *inspection, struct ln_dataset *ds);
void ln_inspection_fini(struct ln_inspection *inspection);

#endif
