/* Inspects every image of a data set with several threads: is it readable, how large is it, and what is its
 * perceptual hash (image/phash.h)? */
#ifndef LN_DATA_INSPECT_H
#define LN_DATA_INSPECT_H

#include "comm/comm.h"
#include "data/dataset.h"
#include "image/phash.h"

/* One image. */
struct ln_inspected {
    const char *format; /* "JPEG"; NULL if samples are not files or the format is unknown */
    uint64_t bytes;     /* size of the file, or of the pixels if samples are not files */
    uint64_t content;   /* hash of those bytes */
    int width, height;  /* after EXIF rotation; 0 if unreadable */
    char *error, *code; /* why the image is unreadable, both in one block; NULL if it is readable */
    struct ln_phash phash;
};

struct ln_inspection {
    struct ln_inspected *images; /* [count] in the order of the data set's samples */
    size_t count;
    size_t bad; /* how many of them are unreadable */
};

struct ln_inspection_opts {
    int threads; /* 0: as many as this process may use */
    const volatile int *stop;
    void (*on_progress)(void *user, int64_t done,
                        int64_t total); /* called in the thread that called ln_inspection_run; may be NULL */
    void *user;
    linnet_ranks *ranks; /* each rank inspects a share of the images; all get the result. NULL: one rank */
};

/* LINNET_ERR_LIMIT, or LINNET_ERR_INTERRUPTED "look-stopped" if *stop was set. An unreadable image is a
 * result, not a failure. */
LN_MUST_CHECK int ln_inspection_run(struct ln_inspection *inspection, const struct ln_dataset *ds,
                                    const struct ln_inspection_opts *opts);
/* Shares the images that each rank has inspected, those with i % size == rank, with all others, and counts the bad
 * ones (inspect_ranks.c). status: of this rank. */
LN_MUST_CHECK int ln_inspection_share(struct ln_inspection *inspection, linnet_ranks *ranks, int status);
/* Marks the unreadable images in ds->excluded and logs how many there are. */
LN_MUST_CHECK int ln_inspection_exclude(const struct ln_inspection *inspection, struct ln_dataset *ds);
void ln_inspection_fini(struct ln_inspection *inspection);

#endif
