/* Sends inspected images from the rank that inspected them to the others, each as
 *
 *     struct travelling, then the texts: format, error and code, each with its NUL
 */
#include "base/alloc.h"
#include "base/text.h"
#include "data/inspect.h"

#include <string.h>

struct travelling {
    size_t index, texts; /* bytes of the texts */
    struct ln_inspected image;
};

static void add_image(struct ln_text *out, size_t index, const struct ln_inspected *image) {
    const char *const texts[] = {image->format ? image->format : "", image->error ? image->error : "",
                                 image->code ? image->code : ""};
    struct travelling t;
    memset(&t, 0, sizeof t); /* its padding is sent too */
    t.index = index;
    t.image = *image;
    for (int i = 0; i < 3; i++) t.texts += strlen(texts[i]) + 1;
    ln_text_add_bytes(out, (const char *)&t, sizeof t);
    for (int i = 0; i < 3; i++) ln_text_add_bytes(out, texts[i], strlen(texts[i]) + 1);
}

/* texts: [size] */
static int take_image(struct ln_inspected *out, const struct ln_inspected *image, const char *texts,
                      size_t size) {
    const char *error = texts + strlen(texts) + 1;
    *out = *image;
    out->format = image->format ? ln_image_format_known(texts) : NULL;
    if (!image->error) return LINNET_OK;
    const size_t bytes = size - (size_t)(error - texts);
    out->error = ln_alloc(bytes);
    if (!out->error) return LINNET_ERR_LIMIT;
    memcpy(out->error, error, bytes);
    out->code = out->error + strlen(error) + 1;
    return LINNET_OK;
}

struct taking {
    struct ln_inspection *inspection;
    int rank, status; /* of this rank */
};

/* Succeeds even without memory (all->status), because gathering must not end on this rank alone. */
static int take_images(void *taking, int rank, const void *bytes, size_t count) {
    struct taking *all = taking;
    const char *at = bytes, *end = at + count;
    while (at < end && rank != all->rank && all->status == LINNET_OK) {
        struct travelling t;
        memcpy(&t, at, sizeof t);
        struct ln_inspected *out = &all->inspection->images[t.index];
        all->status = take_image(out, &t.image, at + sizeof t, t.texts);
        if (all->status == LINNET_OK) all->inspection->bad += t.image.error != NULL;
        at += sizeof t + t.texts;
    }
    return LINNET_OK;
}

int ln_inspection_share(struct ln_inspection *inspection, linnet_ranks *ranks, int status) {
    const size_t rank = (size_t)ln_comm_rank(ranks), size = (size_t)ln_comm_size(ranks);
    struct ln_text own = {0};
    if (!ranks) return status;
    for (size_t i = rank; status == LINNET_OK && i < inspection->count; i += size)
        add_image(&own, i, &inspection->images[i]);
    if (own.failed) status = ln_fail_memory(own.length);
    status = ln_comm_agree(ranks, status);
    if (status == LINNET_OK) {
        struct taking taking = {inspection, (int)rank, LINNET_OK};
        status = ln_comm_gather(ranks, own.data, own.length, take_images, &taking);
        if (status == LINNET_OK) status = ln_comm_agree(ranks, taking.status);
    }
    ln_text_fini(&own);
    return status;
}
