/* Threads take the next image each until there is none; what they find is written to its own place. */
#include "data/look.h"
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
    SHRUNK_SIDE = 64,            /* a JPEG is decoded no smaller than this for its look */
    TELL_NANOSECONDS = 100000000 /* between two reports of progress */
};

/* ---- one image ---------------------------------------------------------------------------------------- */

/* Eight bytes a step: xor, multiply, fold; then the rest and the length. Equal hashes are confirmed byte by
 * byte, so that it need be no better than this. */
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

/* Told the size before a pixel is decoded: a look needs few of them. Every row is read all the same. */
static int choose_shrink(void *look_, int width, int height) {
    struct ln_look *look = look_;
    look->width = width;
    look->height = height;
    return (width < height ? width : height) / SHRUNK_SIDE;
}

static int look_at_bytes(const unsigned char *data, size_t size, const char *name, struct ln_look *look) {
    struct ln_image image;
    look->bytes = size;
    look->content = hash_bytes(data, size);
    look->format = ln_image_format_name(data, size);
    const struct ln_decode_opts opts = {.shrink = choose_shrink, .user = look};
    LN_TRY(ln_image_decode_with(data, size, name, &opts, &image));
    if (look->width == 0) { /* only a JPEG asks */
        look->width = image.width;
        look->height = image.height;
    }
    int status = ln_phash_of(&image, &look->phash);
    ln_image_fini(&image);
    return status;
}

static int look_at_file(const struct ln_dataset *ds, uint32_t index, struct ln_look *look) {
    char name[PATH_MAX];
    unsigned char *data = NULL;
    size_t size = 0;
    LN_TRY(ds->source->bytes(ds, index, &data, &size));
    int status = look_at_bytes(data, size, ln_dataset_sample_name(ds, index, name, sizeof name), look);
    ln_free(data);
    return status;
}

static int look_at_pixels(const struct ln_dataset *ds, uint32_t index, struct ln_look *look) {
    struct ln_sample sample;
    LN_TRY(ln_dataset_read(ds, index, &sample));
    const struct ln_image *image = &sample.image;
    look->width = image->width;
    look->height = image->height;
    look->bytes = (uint64_t)image->width * (uint64_t)image->height * (uint64_t)image->channels;
    look->content = hash_bytes(image->pixels, (size_t)look->bytes);
    int status = ln_phash_of(image, &look->phash);
    ln_sample_fini(&sample);
    return status;
}

/* The record becomes the look's; the data's own folder is left out of it, as it is the same for all. */
static int keep_error(const struct ln_dataset *ds, struct ln_look *look) {
    const struct ln_error e = *ln_error_get();
    const char *text = e.text;
    size_t folder = strlen(ds->path);
    if (strncmp(text, ds->path, folder) == 0 && text[folder] == '/') text += folder + 1;
    size_t text_size = strlen(text) + 1, code_size = strlen(e.code) + 1;
    ln_error_clear();
    look->error = ln_alloc(text_size + code_size);
    if (!look->error) return LINNET_ERR_LIMIT;
    memcpy(look->error, text, text_size);
    look->code = memcpy(look->error + text_size, e.code, code_size);
    look->width = look->height = 0;
    return LINNET_OK;
}

/* Fails only for what is not the image's fault. */
static int look_at(const struct ln_dataset *ds, uint32_t index, struct ln_look *look) {
    ln_error_clear();
    int status = (ds->source->bytes ? look_at_file : look_at_pixels)(ds, index, look);
    if (status == LINNET_OK || status == LINNET_ERR_LIMIT) return status;
    return keep_error(ds, look);
}

/* ---- all of them -------------------------------------------------------------------------------------- */

struct crew {
    const struct ln_dataset *ds;
    struct ln_looks *looks;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t ended; /* a thread has */
    size_t next, done;
    int running;
    bool stop;
    int status;
    struct ln_error error; /* of the first failure */
};

static void *crew_main(void *crew_) {
    struct crew *crew = crew_;
    pthread_mutex_lock(&crew->lock);
    while (!crew->stop && crew->next < crew->looks->count) {
        size_t i = crew->next++;
        pthread_mutex_unlock(&crew->lock);
        int status = look_at(crew->ds, (uint32_t)i, &crew->looks->items[i]);
        pthread_mutex_lock(&crew->lock);
        crew->done++;
        crew->looks->bad += crew->looks->items[i].error != NULL;
        if (status == LINNET_OK || crew->status != LINNET_OK) continue;
        crew->status = status;
        crew->error = *ln_error_get();
        crew->stop = true;
    }
    crew->running--;
    pthread_cond_signal(&crew->ended);
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* The lock is held, but not while it is told. */
static void tell_progress(struct crew *crew, const struct ln_looks_opts *opts) {
    size_t done = crew->done;
    pthread_mutex_unlock(&crew->lock);
    if (opts->on_progress) opts->on_progress(opts->user, (int64_t)done, (int64_t)crew->looks->count);
    pthread_mutex_lock(&crew->lock);
}

/* Waits for the threads, telling how far they are, and whether to stop. */
static void watch(struct crew *crew, const struct ln_looks_opts *opts) {
    pthread_mutex_lock(&crew->lock);
    while (crew->running > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TELL_NANOSECONDS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&crew->ended, &crew->lock, &until);
        if (opts->stop && *opts->stop) crew->stop = true;
        tell_progress(crew, opts);
    }
    tell_progress(crew, opts);
    pthread_mutex_unlock(&crew->lock);
}

static int run_crew(struct crew *crew, const struct ln_looks_opts *opts) {
    pthread_t threads[LN_THREADS_MAX];
    int wanted = opts->threads ? opts->threads : ln_threads_available(), made = 0, status = LINNET_OK;
    if (wanted > LN_THREADS_MAX) wanted = LN_THREADS_MAX;
    if ((size_t)wanted > crew->looks->count) wanted = (int)crew->looks->count;
    crew->running = wanted;
    for (; made < wanted && status == LINNET_OK; made += status == LINNET_OK)
        status = ln_thread_create(&threads[made], crew_main, crew);
    pthread_mutex_lock(&crew->lock);
    crew->running -= wanted - made;        /* those that there are not */
    if (made > 0 && status != LINNET_OK) { /* the others do it all */
        ln_error_clear();
        status = LINNET_OK;
    }
    pthread_mutex_unlock(&crew->lock);
    watch(crew, opts);
    for (int i = 0; i < made; i++) ln_thread_join(threads[i]);
    return status;
}

int ln_looks_take(struct ln_looks *looks, const struct ln_dataset *ds, const struct ln_looks_opts *opts) {
    struct crew crew = {
        .ds = ds, .looks = looks, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    *looks = (struct ln_looks){.items = ln_calloc(ds->count, sizeof *looks->items), .count = ds->count};
    if (!looks->items) return LINNET_ERR_LIMIT;
    int status = run_crew(&crew, opts);
    if (status == LINNET_OK && crew.status != LINNET_OK) {
        ln_error_set(&crew.error);
        status = crew.status;
    }
    if (status == LINNET_OK && crew.stop)
        status = ln_fail(LINNET_ERR_INTERRUPTED, "look-stopped", "%s: stopped after %zu of %zu images",
                         ds->path, crew.done, looks->count);
    pthread_cond_destroy(&crew.ended);
    pthread_mutex_destroy(&crew.lock);
    if (status != LINNET_OK) ln_looks_fini(looks);
    return status;
}

int ln_looks_leave_out(const struct ln_looks *looks, struct ln_dataset *ds) {
    if (looks->bad == 0) return LINNET_OK;
    ds->left_out = ln_calloc(ds->count, 1);
    if (!ds->left_out) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < looks->count; i++) ds->left_out[i] = looks->items[i].error != NULL;
    ln_log(LINNET_LOG_WARNING, "%s: %zu of %zu images can't be read and are left out", ds->path, looks->bad,
           looks->count);
    return LINNET_OK;
}

void ln_looks_fini(struct ln_looks *looks) {
    for (size_t i = 0; looks->items && i < looks->count; i++) ln_free(looks->items[i].error);
    ln_free(looks->items);
    *looks = (struct ln_looks){0};
}
