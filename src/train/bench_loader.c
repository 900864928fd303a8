/* Benchmark of the loader alone: its batches are counted and discarded. The first epoch is reported apart from the
 * others, because only it reads and decodes the files if the cache holds all photos. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/threads.h"
#include "data/loader.h"
#include "train/train.h"

#include <stdlib.h>

enum { USUAL_SIZE = 224, USUAL_RESIZE = 256 };

static void count_skipped(void *result_, uint32_t index, const struct ln_error *error) {
    struct linnet_bench_loader_result *result = result_;
    result->skipped++;
}

static int resolve(struct linnet_bench_loader_opts *o, struct linnet_bench_loader_result *r) {
    LN_TRY(ln_options_check(linnet_bench_loader_options, o));
    ln_options_default(linnet_bench_loader_options, o);
    if (!o->workers) o->workers = ln_threads_available();
    if (!o->cache_mb) o->cache_mb = ln_default_cache_mb();
    *r = (struct linnet_bench_loader_result){
        .batch = o->batch, .imgsz = o->imgsz, .workers = o->workers, .epochs = o->epochs};
    return LINNET_OK;
}

/* Preprocessing as for ImageNet: photos are resized to 256 for a crop of 224, or in that ratio. Its cost does
 * not depend on the mean and the standard deviation, so those of ImageNet do for any data. */
static int make_loader(struct ln_loader **loader, const struct ln_dataset *ds,
                       const struct linnet_bench_loader_opts *o, struct linnet_bench_loader_result *r) {
    struct ln_augment augment;
    const struct ln_preprocess preprocess = {.width = o->imgsz,
                                             .height = o->imgsz,
                                             .channels = ds->channels,
                                             .resize = ds->width ? 0 : o->imgsz * USUAL_RESIZE / USUAL_SIZE,
                                             .mean = {0.485F, 0.456F, 0.406F},
                                             .std = {0.229F, 0.224F, 0.225F}};
    LN_TRY(ln_augment_level(o->augment, ds->width == 0, &augment));
    return ln_loader_create(
        loader, ds,
        &(struct ln_loader_opts){.part = LINNET_TRAIN,
                                 .batch = o->batch,
                                 .preprocess = &preprocess,
                                 .augment = &augment,
                                 .shuffle = true,
                                 .workers = o->workers,
                                 .cache_bytes = o->cache_mb > 0 ? (size_t)o->cache_mb << 20 : 0,
                                 .refill = true,
                                 .on_skip = count_skipped,
                                 .user = r});
}

static int run_epoch(struct ln_loader *loader, int epoch, int64_t *images, double *rate) {
    const double begin = ln_clock_now();
    struct ln_batch batch;
    *images = 0;
    LN_TRY(ln_loader_start(loader, epoch, 0));
    do {
        LN_TRY(ln_loader_next(loader, &batch));
        *images += batch.count;
    } while (batch.count > 0);
    *rate = (double)*images / (ln_clock_now() - begin);
    return LINNET_OK;
}

static int double_order(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int ln_bench_loader(const struct ln_dataset *ds, const struct linnet_bench_loader_opts *opts,
                    struct linnet_bench_loader_result *result) {
    struct linnet_bench_loader_opts o = *opts;
    struct linnet_bench_loader_result r;
    struct ln_loader *loader = NULL;
    LN_TRY(resolve(&o, &r));
    if (ds->parts[LINNET_TRAIN].count == 0)
        return ln_fail(LINNET_ERR_INPUT, "data-empty", "%s: the train part has no images", ds->path);
    double *rates = ln_calloc((size_t)o.epochs, sizeof *rates);
    int status = rates ? make_loader(&loader, ds, &o, &r) : LINNET_ERR_LIMIT;
    for (int i = 0; status == LINNET_OK && i < o.epochs; i++)
        status = run_epoch(loader, i, &r.images, &rates[i]);
    if (status == LINNET_OK) {
        r.first_images_per_s = r.images_per_s = rates[0];
        /* The first epoch stays at its place: only the others enter the median. */
        qsort(rates + 1, (size_t)o.epochs - 1, sizeof *rates, double_order);
        if (o.epochs > 1) r.images_per_s = rates[1 + (o.epochs - 1) / 2];
        r.cache_mb = (double)ln_loader_kept_bytes(loader) / (1 << 20);
        r.rss_mb = (double)ln_memory_peak() / (1 << 20);
        *result = r;
    }
    ln_loader_destroy(loader);
    ln_free(rates);
    return status;
}
