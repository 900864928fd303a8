/* A rank's predictions travel as bytes, at offsets that are multiples of 8:
 *
 *     status of the rank, 8 bytes
 *     struct linnet_prediction, then what it points to: error and code with their NULs; or logits, probabilities, order, features
 *     and picture
 *
 * The pointers are those of the rank that predicted; they are replaced on arrival. */
#include "train/predict_ranks.h"
#include "base/text.h"
#include "data/share.h"

#include <string.h>

enum {
    ROUND = 64,         /* batches of a rank in a round, at whose end the ranks wait for each other */
    PICTURES_ROUND = 4, /* the same with pictures, which have some 100 KB each */
    ALIGNMENT = 8
};

/* A round on this rank. */
struct round {
    const struct ln_predict_job *job;
    size_t first;        /* of this rank's inputs */
    struct ln_text kept; /* its predictions as bytes */
    bool failed;         /* a rank's failure ends the report after its predictions */
};

/* ---- to bytes -------------------------------------------------------------------------------------------- */

static void add(struct ln_text *out, const void *bytes, size_t count) {
    if (count > 0) ln_text_add_bytes(out, bytes, count);
}

static void align(struct ln_text *out) {
    static const char zeros[ALIGNMENT];
    add(out, zeros, (ALIGNMENT - out->length % ALIGNMENT) % ALIGNMENT);
}

static size_t picture_bytes(const struct linnet_prediction *p) {
    return p->picture ? (size_t)p->picture_width * (size_t)p->picture_height * 3 : 0;
}

static void keep(struct ln_text *out, const struct linnet_prediction *p) {
    const size_t classes = (size_t)p->classes;
    add(out, p, sizeof *p);
    if (p->status != LINNET_OK) {
        add(out, p->error, strlen(p->error) + 1);
        add(out, p->code, strlen(p->code) + 1);
    } else {
        add(out, p->logits, classes * sizeof *p->logits);
        add(out, p->probabilities, classes * sizeof *p->probabilities);
        add(out, p->order, classes * sizeof *p->order);
        add(out, p->features, p->features ? (size_t)p->feature_count * sizeof *p->features : 0);
        add(out, p->picture, picture_bytes(p));
    }
    align(out);
}

/* Rank 0's predictions are the first of the round, so rank 0 reports them at once. */
static void on_own(void *round, const struct linnet_prediction *prediction) {
    struct round *r = round;
    struct linnet_prediction p = *prediction;
    p.index += r->first;
    p.count = r->job->count;
    keep(&r->kept, &p);
    if (ln_comm_rank(r->job->opts->ranks) == 0) r->job->on_prediction(r->job->user, &p);
}

/* ---- from bytes ------------------------------------------------------------------------------------------ */

/* Returns *at, and moves it past `count` bytes. */
static const char *next(const char **at, size_t count) {
    const char *here = *at;
    *at += count;
    return here;
}

/* Returns the end of the prediction at `begin`. */
static const char *restore(const char *begin, struct linnet_prediction *p) {
    const char *at = begin;
    memcpy(p, next(&at, sizeof *p), sizeof *p);
    const size_t floats = (size_t)p->classes * sizeof(float);
    if (p->status != LINNET_OK) {
        p->error = next(&at, strlen(at) + 1);
        p->code = next(&at, strlen(at) + 1);
    } else {
        p->logits = (const float *)(const void *)next(&at, floats);
        p->probabilities = (const float *)(const void *)next(&at, floats);
        p->order = (const int *)(const void *)next(&at, (size_t)p->classes * sizeof *p->order);
        if (p->features)
            p->features =
                (const float *)(const void *)next(&at, (size_t)p->feature_count * sizeof *p->features);
        if (p->picture) p->picture = (const unsigned char *)next(&at, picture_bytes(p));
    }
    return begin + ((size_t)(at - begin) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static int take(void *round, int rank, const void *bytes, size_t count) {
    struct round *r = round;
    const struct ln_predict_job *job = r->job;
    const char *at = bytes, *end = at + count;
    int64_t status;
    if (r->failed) return LINNET_OK;
    memcpy(&status, at, sizeof status);
    r->failed = status != LINNET_OK;
    at += sizeof status;
    while (at < end && (rank > 0 || ln_comm_rank(job->opts->ranks) > 0)) {
        struct linnet_prediction p;
        at = restore(at, &p);
        p.path = job->inputs[p.index].path;
        job->on_prediction(job->user, &p);
    }
    return LINNET_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------------------- */

/* Inputs first .. first + count - 1 on this rank; count may be 0. */
static int run(struct round *r, size_t count) {
    const struct ln_predict_job *job = r->job;
    int64_t status = LINNET_OK;
    ln_text_add_bytes(&r->kept, (const char *)&status, sizeof status);
    if (count > 0) status = ln_predictor_run(job->predictor, job->inputs + r->first, count, on_own, r);
    if (r->kept.failed) return ln_fail_memory(r->kept.length); /* this rank alone: its process must end */
    memcpy(r->kept.data, &status, sizeof status);
    LN_TRY(ln_comm_gather(job->opts->ranks, r->kept.data, r->kept.length, take, r));
    return ln_comm_agree(job->opts->ranks, (int)status);
}

int ln_predict_on_ranks(const struct ln_predict_job *job) {
    linnet_ranks *ranks = job->opts->ranks;
    const struct ln_share share = ln_share_of(ranks, 0);
    const size_t batch = (size_t)job->opts->batch, batches = (job->count + batch - 1) / batch;
    const size_t most = (size_t)(job->opts->picture > 0 ? PICTURES_ROUND : ROUND) * (size_t)share.ranks;
    int status = LINNET_OK;
    if (!ranks)
        return ln_predictor_run(job->predictor, job->inputs, job->count, job->on_prediction, job->user);
    for (size_t done = 0, some; done < batches && status == LINNET_OK; done += some) {
        some = batches - done < most ? batches - done : most;
        const size_t first = (done + ln_share_begin(share, some)) * batch;
        const size_t end = first + ln_share_count(share, some) * batch;
        struct round r = {.job = job, .first = first};
        status = run(&r, (end < job->count ? end : job->count) - first);
        ln_text_fini(&r.kept);
    }
    return status;
}
