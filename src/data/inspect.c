/* Each thread takes the next image until none is left and writes its findings to that image's own slot, so
 * the result does not depend on the number of threads. */
#include "data/inspect.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"
#include "data/source.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

enum {
    SHRUNK_SIDE = 64,                /* a JPEG is decoded at a reduced size whose shorter side is at least
                                        this long */
    PROGRESS_NANOSECONDS = 100000000 /* between two reports of progress */
};

/* ---- one image ---------------------------------------------------------------------------------------- */

/* Eight bytes per step: xor, multiply, fold; then the last bytes and the length. A fast hash is enough, because
 * duplicates.c compares the bytes of images with equal hashes. */
static uint64_t hash_bytes(const unsigned char *data, size_t size) {
    const uint64_t factor = 0x9e3779b97f4a7c15u;
    uint64_t h = size * factor, word = 0;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, data + i, 8);
        h = (h ^ word) * factor;
        h ^= h >> 29;
    }
    word = 0;
    memcpy(&word, data + i, size - i);
    h = (h ^ word) * factor;
    return h ^ h >> 32;
}

/* The decoder calls this with the size of a JPEG before it decodes any pixel. The perceptual hash needs few
 * pixels, so a reduced image saves most of the time; the decoder still reads every row, so it finds every
 * error. */
static int choose_shrink(void *out_, int width, int height) {
    struct ln_inspected *out = out_;
    out->width = width;
    out->height = height;
    return (width < height ? width : height) / SHRUNK_SIDE;
}

static int inspect_bytes(const unsigned char *data, size_t size, const char *name, struct ln_inspected *out) {
    struct ln_image image;
    out->bytes = size;
    out->content = hash_bytes(data, size);
    out->format = ln_image_format_name(data, size);
    const struct ln_decode_opts opts = {.shrink = choose_shrink, .user = out};
    LN_TRY(ln_image_decode_with(data, size, name, &opts, &image));
    if (out->width == 0) { /* only the JPEG decoder asks for a shrink factor */
        out->width = image.width;
        out->height = image.height;
    }
    int status = ln_phash_of(&image, &out->phash);
    ln_image_fini(&image);
    return status;
}

static int inspect_file(const struct ln_dataset *ds, uint32_t index, struct ln_inspected *out) {
    char name[PATH_MAX];
    unsigned char *data = NULL;
    size_t size = 0;
    LN_TRY(ds->source->bytes(ds, index, &data, &size));
    int status = inspect_bytes(data, size, ln_dataset_sample_name(ds, index, name, sizeof name), out);
    ln_free(data);
    return status;
}

static int inspect_pixels(const struct ln_dataset *ds, uint32_t index, struct ln_inspected *out) {
    struct ln_sample sample;
    LN_TRY(ln_dataset_read(ds, index, &sample));
    const struct ln_image *image = &sample.image;
    out->width = image->width;
    out->height = image->height;
    out->bytes = (uint64_t)image->width * (uint64_t)image->height * (uint64_t)image->channels;
    out->content = hash_bytes(image->pixels, (size_t)out->bytes);
    int status = ln_phash_of(image, &out->phash);
    ln_sample_fini(&sample);
    return status;
}

/* Moves the recorded error into out. The data's path is removed from the front of the text: it is the same
 * for every image. */
static int keep_error(const struct ln_dataset *ds, struct ln_inspected *out) {
    const struct ln_error e = *ln_error_get();
    const char *text = e.text;
    size_t folder = strlen(ds->path);
    if (strncmp(text, ds->path, folder) == 0 && text[folder] == '/') text += folder + 1;
    size_t text_size = strlen(text) + 1, code_size = strlen(e.code) + 1;
    ln_error_clear();
    out->error = ln_alloc(text_size + code_size);
    if (!out->error) return LINNET_ERR_LIMIT;
    memcpy(out->error, text, text_size);
    out->code = memcpy(out->error + text_size, e.code, code_size);
    out->width = out->height = 0;
    return LINNET_OK;
}

/* Fails only for lack of memory; any other error is a property of the image and is kept in out. */
static int inspect_sample(const struct ln_dataset *ds, uint32_t index, struct ln_inspected *out) {
    ln_error_clear();
    int status = (ds->source->bytes ? inspect_file : inspect_pixels)(ds, index, out);
    if (status == LINNET_OK || status == LINNET_ERR_LIMIT) return status;
    return keep_error(ds, out);
}

/* ---- all images ---------------------------------------------------------------------------------------- */

struct workers {
    const struct ln_dataset *ds;
    struct ln_inspection *inspection;
    pthread_mutex_t lock;    /* guards everything below */
    pthread_cond_t finished; /* signalled when a thread ends */
    size_t next, step, done; /* next is the next image, the one after it next + step */
    int running;
    bool stop;
    int status;
    struct ln_error error; /* of the thread that failed first */
};

static void *worker_main(void *workers_) {
    struct workers *workers = workers_;
    pthread_mutex_lock(&workers->lock);
    while (!workers->stop && workers->next < workers->inspection->count) {
        size_t i = workers->next;
        workers->next += workers->step;
        pthread_mutex_unlock(&workers->lock);
        int status = inspect_sample(workers->ds, (uint32_t)i, &workers->inspection->images[i]);
        pthread_mutex_lock(&workers->lock);
        workers->done++;
        workers->inspection->bad += workers->inspection->images[i].error != NULL;
        if (status == LINNET_OK || workers->status != LINNET_OK) continue;
        workers->status = status;
        workers->error = *ln_error_get();
        workers->stop = true;
    }
    workers->running--;
    pthread_cond_signal(&workers->finished);
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

/* Called with the lock held; releases it during the callback, which may be slow. Other ranks are assumed to be as
 * far as this one. */
static void report_progress(struct workers *workers, const struct ln_inspection_opts *opts) {
    const size_t all = workers->done * workers->step, count = workers->inspection->count;
    const size_t done = all < count ? all : count;
    pthread_mutex_unlock(&workers->lock);
    if (opts->on_progress) opts->on_progress(opts->user, (int64_t)done, (int64_t)count);
    pthread_mutex_lock(&workers->lock);
}

/* Waits for the threads, reports progress and checks *stop ten times a second. */
static void wait_for_workers(struct workers *workers, const struct ln_inspection_opts *opts) {
    pthread_mutex_lock(&workers->lock);
    while (workers->running > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += PROGRESS_NANOSECONDS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&workers->finished, &workers->lock, &until);
        if (opts->stop && *opts->stop) workers->stop = true;
        report_progress(workers, opts);
    }
    report_progress(workers, opts);
    pthread_mutex_unlock(&workers->lock);
}

static int run_workers(struct workers *workers, const struct ln_inspection_opts *opts) {
    pthread_t threads[LN_THREADS_MAX];
    int wanted = opts->threads ? opts->threads : ln_threads_available(), started = 0, status = LINNET_OK;
    if (wanted > LN_THREADS_MAX) wanted = LN_THREADS_MAX;
    if ((size_t)wanted > workers->inspection->count) wanted = (int)workers->inspection->count;
    workers->running = wanted;
    for (; started < wanted && status == LINNET_OK; started += status == LINNET_OK)
        status = ln_thread_create(&threads[started], worker_main, workers);
    pthread_mutex_lock(&workers->lock);
    workers->running -= wanted - started;     /* threads that could not be started */
    if (started > 0 && status != LINNET_OK) { /* the started threads do all the work */
        ln_error_clear();
        status = LINNET_OK;
    }
    pthread_mutex_unlock(&workers->lock);
    wait_for_workers(workers, opts);
    for (int i = 0; i < started; i++) ln_thread_join(threads[i]);
    return status;
}

int ln_inspection_run(struct ln_inspection *inspection, const struct ln_dataset *ds,
                      const struct ln_inspection_opts *opts) {
    struct workers workers = {.ds = ds,
                              .inspection = inspection,
                              .next = (size_t)ln_comm_rank(opts->ranks),
                              .step = (size_t)ln_comm_size(opts->ranks),
                              .lock = PTHREAD_MUTEX_INITIALIZER,
                              .finished = PTHREAD_COND_INITIALIZER};
    *inspection = (struct ln_inspection){.images = ln_calloc(ds->count, sizeof *inspection->images),
                                         .count = ds->count};
    int status = inspection->images ? run_workers(&workers, opts) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK && workers.status != LINNET_OK) {
        ln_error_set(&workers.error);
        status = workers.status;
    }
    if (status == LINNET_OK && workers.stop)
        status = ln_fail(LINNET_ERR_INTERRUPTED, "look-stopped", "%s: stopped after %zu of %zu images",
                         ds->path, workers.done, inspection->count);
    pthread_cond_destroy(&workers.finished);
    pthread_mutex_destroy(&workers.lock);
    status = ln_inspection_share(inspection, opts->ranks, status);
    if (status != LINNET_OK) ln_inspection_fini(inspection);
    return status;
}

int ln_inspection_exclude(const struct ln_inspection *inspection, struct ln_dataset *ds) {
    if (inspection->bad == 0) return LINNET_OK;
    ds->excluded = ln_calloc(ds->count, 1);
    if (!ds->excluded) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < inspection->count; i++) ds->excluded[i] = inspection->images[i].error != NULL;
    ln_log(LINNET_LOG_WARNING, "%s: %zu of %zu images are unreadable and are left out", ds->path,
           inspection->bad, inspection->count);
    return LINNET_OK;
}

void ln_inspection_fini(struct ln_inspection *inspection) {
    for (size_t i = 0; inspection->images && i < inspection->count; i++) ln_free(inspection->images[i].error);
    ln_free(inspection->images);
    *inspection = (struct ln_inspection){0};
}
