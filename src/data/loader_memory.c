/* Estimates the memory of a loader before it is created. The memory for a photo depends on its size, which only its
 * file states, so a few photos are decoded as the loader will decode them.
 */
#include "data/cache.h"
#include "data/loader.h"
#include "data/source.h"

enum { LOOKED_AT = 8 };

/* Sizes of the photos that were decoded. */
struct typical {
    size_t kept;    /* bytes of a prepared photo, the mean */
    size_t decoded; /* bytes of the largest photo */
};

struct looking {
    const struct ln_transform *transform;
    int width, height; /* of the original; 0 if its format reports them only after decoding */
};

static int look(void *looking_, int width, int height) {
    struct looking *looking = looking_;
    looking->width = width;
    looking->height = height;
    return ln_transform_shrink(looking->transform, width, height);
}

static size_t pixel_bytes(const struct ln_image *image) {
    return (size_t)image->width * (size_t)image->height * (size_t)image->channels;
}

/* Decodes and prepares a photo as the loader's workers do (filler.c). */
static int prepare(const struct ln_dataset *ds, uint32_t index, const struct ln_transform *transform,
                   size_t *decoded, struct ln_prepared *sample) {
    struct looking looking = {.transform = transform};
    struct ln_image image;
    LN_TRY(ln_dataset_decode(ds, index, &(struct ln_decode_opts){.shrink = look, .user = &looking}, &image));
    *decoded = pixel_bytes(&image);
    if (looking.width == 0) {
        looking.width = image.width;
        looking.height = image.height;
    }
    return ln_transform_prepare(transform, &image, looking.width, looking.height, sample);
}

/* A photo that cannot be read is left out here, and reported by the loader later. */
static struct typical look_at_some(const struct ln_dataset *ds, const struct ln_loader_opts *opts) {
    const struct ln_part *part = &ds->parts[opts->part];
    const size_t most = part->count < LOOKED_AT ? part->count : LOOKED_AT;
    struct ln_transform transform;
    struct typical t = {0};
    size_t seen = 0;
    ln_transform_init(&transform, opts->preprocess, opts->augment);
    for (size_t i = 0; i < most; i++) {
        struct ln_prepared sample = {0};
        size_t decoded = 0;
        if (prepare(ds, part->index[i * part->count / most], &transform, &decoded, &sample) == LINNET_OK) {
            seen++;
            t.kept += LN_CACHE_OVERHEAD + pixel_bytes(&sample.image);
            if (decoded > t.decoded) t.decoded = decoded;
            ln_image_fini(&sample.image);
        }
        ln_error_clear();
    }
    if (seen) t.kept /= seen;
    return t;
}

struct ln_loader_memory ln_loader_memory(const struct ln_dataset *ds, const struct ln_loader_opts *opts) {
    enum { LISTED = 4 * sizeof(void *) }; /* bytes of a sample in the lists of the cache and of the order */
    const size_t workers = opts->workers > 1 ? (size_t)opts->workers : 1;
    struct ln_loader_memory m = {.batches = ln_loader_batch_bytes(ds, opts), .lists = ds->count * LISTED};
    if (!ds->source->bytes) return m;
    const struct typical photo = look_at_some(ds, opts);
    const size_t all = photo.kept * ds->parts[opts->part].count;
    m.decoding = 2 * photo.decoded * workers; /* the photo, and its file or its prepared form */
    m.cache = all < opts->cache_bytes ? all : opts->cache_bytes;
    return m;
}
