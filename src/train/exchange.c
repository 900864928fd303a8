/* Buckets and the thread that sends them. The training thread raises `ready`, the number of buckets that may be sent; the other
 * thread sends them in order and raises `sent`. Without a second channel for threads (ln_comm_threads) the training thread
 * sends all of them at the end. */
#include "train/exchange.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/threads.h"
#include "tensor/bf16.h"

#include <time.h>

enum { BUCKET_FLOATS = 1 << 20 }; /* 4 MB at least; one parameter more may make it larger */

struct bucket {
    float *values;
    size_t first, count; /* in the gradients */
    size_t done;         /* the step of the backward pass that completes it */
    double ready_s;      /* after the begin */
};

struct ln_exchange {
    struct ln_exchange_opts opts;
    float *grads;
    struct bucket *buckets; /* [count] in the order of sending */
    size_t count;
    ln_bf16 *wire; /* [largest bucket]; NULL: fp32 */
    struct ln_plan_range *ranges;
    size_t range_count;
    float *statistics; /* [statistics_count] packed */
    size_t statistics_count;
    struct ln_exchange_times times;
    double begin; /* of the step's exchange, by the clock */
    double spent; /* processor time of the sending thread until then */

    pthread_t thread;
    bool threaded;
    volatile int hurry;   /* the training thread waits */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    size_t ready, sent; /* at most count + 1: number 0 is the statistics */
    bool quit;
    int status;
    struct ln_error error;
};

/* ---- sending --------------------------------------------------------------------------------------------- */

static int send_bucket(struct ln_exchange *x, const struct bucket *b) {
    struct ln_comm_sum sum = {.channel = LN_COMM_GRADS,
                              .type = LN_COMM_F32,
                              .data = b->values,
                              .count = b->count,
                              .hurry = x->threaded ? &x->hurry : NULL};
    if (!x->wire) return ln_comm_sum(x->opts.comm, &sum);
    ln_bf16_narrow(b->values, x->wire, b->count);
    sum.type = LN_COMM_BF16;
    sum.data = x->wire;
    LN_TRY(ln_comm_sum(x->opts.comm, &sum));
    ln_bf16_widen(x->wire, b->values, b->count);
    return LINNET_OK;
}

/* Number 0 is the statistics, which are never rounded. */
static int send_number(struct ln_exchange *x, size_t number) {
    const double begin = ln_clock_now();
    int status = LINNET_OK;
    if (number > 0)
        status = send_bucket(x, &x->buckets[number - 1]);
    else if (x->statistics_count > 0)
        status = ln_comm_sum(x->opts.comm, &(struct ln_comm_sum){.channel = LN_COMM_GRADS,
                                                                 .type = LN_COMM_F32,
                                                                 .data = x->statistics,
                                                                 .count = x->statistics_count,
                                                                 .hurry = x->threaded ? &x->hurry : NULL});
    x->times.busy_s += ln_clock_now() - begin;
    return status;
}

/* Called with the lock held; releases it while sending. */
static void send_ready(struct ln_exchange *x) {
    while (x->sent < x->ready && x->status == LINNET_OK) {
        const size_t number = x->sent;
        pthread_mutex_unlock(&x->lock);
        ln_error_clear();
        const int status = send_number(x, number);
        pthread_mutex_lock(&x->lock);
        x->sent++;
        x->status = status;
        if (status != LINNET_OK) x->error = *ln_error_get();
        pthread_cond_broadcast(&x->changed);
    }
}

static void *sender(void *exchange) {
    struct ln_exchange *x = exchange;
    pthread_mutex_lock(&x->lock);
    while (!x->quit) {
        send_ready(x);
        if (!x->quit && (x->sent == x->ready || x->status != LINNET_OK))
            pthread_cond_wait(&x->changed, &x->lock);
    }
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

static void allow(struct ln_exchange *x, size_t ready) {
    pthread_mutex_lock(&x->lock);
    x->ready = ready;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->lock);
}

/* ---- the step -------------------------------------------------------------------------------------------- */

static void on_backward(void *exchange, size_t step) {
    struct ln_exchange *x = exchange;
    size_t ready = x->ready;
    while (ready - 1 < x->count && x->buckets[ready - 1].done <= step)
        x->buckets[ready++ - 1].ready_s = ln_clock_now() - x->begin;
    if (ready != x->ready) allow(x, ready);
}

/* Packs the statistics times this rank's share; their sum over the ranks is the mean over all images. */
static void pack(struct ln_exchange *x, const struct ln_plan *plan, double share) {
    size_t all, at = 0;
    const float *values = ln_plan_all_values(plan, &all);
    x->range_count = x->opts.statistics ? ln_plan_statistics(plan, x->ranges) : 0;
    for (size_t i = 0; i < x->range_count; i++)
        for (size_t j = 0; j < x->ranges[i].count; j++)
            x->statistics[at++] = (float)(share * (double)values[x->ranges[i].first + j]);
    x->statistics_count = at;
}

static void unpack(struct ln_exchange *x, const struct ln_plan *plan) {
    size_t all, at = 0;
    float *values = ln_plan_all_values(plan, &all);
    for (size_t i = 0; i < x->range_count; i++)
        for (size_t j = 0; j < x->ranges[i].count; j++) values[x->ranges[i].first + j] = x->statistics[at++];
}

/* Seconds of processor time that the sending thread has taken. */
static double sender_time(const struct ln_exchange *x) {
    clockid_t clock;
    struct timespec t;
    if (!x->threaded || pthread_getcpuclockid(x->thread, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int ln_exchange_begin(struct ln_exchange *x, struct ln_plan *plan, double share) {
    x->begin = ln_clock_now();
    x->spent = sender_time(x);
    pack(x, plan, share);
    for (size_t i = 0; i < x->count; i++)
        x->buckets[i].done = ln_plan_grads_done(plan, x->buckets[i].first, x->buckets[i].count);
    pthread_mutex_lock(&x->lock);
    x->sent = 0;
    x->ready = 1;
    x->hurry = 0;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->lock);
    if (x->threaded) ln_plan_on_backward(plan, on_backward, x);
    return LINNET_OK;
}

int ln_exchange_end(struct ln_exchange *x, struct ln_plan *plan) {
    const double begin = ln_clock_now();
    x->times.stolen_s += sender_time(x) - x->spent;
    ln_plan_on_backward(plan, NULL, NULL);
    pthread_mutex_lock(&x->lock);
    x->hurry = 1;
    x->ready = x->count + 1;
    pthread_cond_broadcast(&x->changed);
    if (!x->threaded) send_ready(x);
    while (x->sent < x->ready && x->status == LINNET_OK) pthread_cond_wait(&x->changed, &x->lock);
    const int status = x->status;
    if (status != LINNET_OK) ln_error_set(&x->error);
    pthread_mutex_unlock(&x->lock);
    x->times.exposed_s += ln_clock_now() - begin;
    if (status == LINNET_OK) unpack(x, plan);
    return status;
}

struct ln_exchange_times ln_exchange_times(const struct ln_exchange *x) {
    return x->times;
}

bool ln_exchange_bucket(const struct ln_exchange *x, size_t i, struct ln_exchange_bucket *bucket) {
    if (i >= x->count) return false;
    *bucket = (struct ln_exchange_bucket){x->buckets[i].count * (x->wire ? sizeof *x->wire : sizeof(float)),
                                          x->buckets[i].ready_s};
    return true;
}

size_t ln_exchange_bytes(const struct ln_exchange *x) {
    size_t floats = 0;
    for (size_t i = 0; i < x->count; i++) floats += x->buckets[i].count;
    return floats * (x->wire ? sizeof *x->wire : sizeof(float)) + x->statistics_count * sizeof(float);
}

/* ---- buckets --------------------------------------------------------------------------------------------- */

static int add_bucket(struct ln_exchange *x, size_t first, size_t count) {
    if (count == 0) return LINNET_OK;
    struct bucket *more = ln_realloc_array(x->buckets, x->count + 1, sizeof *more);
    if (!more) return LINNET_ERR_LIMIT;
    x->buckets = more;
    x->buckets[x->count++] = (struct bucket){.values = x->grads + first, .first = first, .count = count};
    return LINNET_OK;
}

/* From the last weight down to the first; then the parameters without decay, which lie behind the weights. */
static int cut_buckets(struct ln_exchange *x, const struct ln_plan *plan) {
    const size_t decayed = ln_plan_decayed(plan);
    size_t trained, end = decayed;
    ln_plan_values(plan, &trained);
    for (size_t i = ln_plan_net(plan)->param_count; i-- > 0;) {
        size_t count;
        if (!ln_plan_is_trained(plan, i)) continue;
        const size_t first = ln_plan_param_place(plan, i, &count);
        if (first >= decayed || end - first < BUCKET_FLOATS) continue;
        LN_TRY(add_bucket(x, first, end - first));
        end = first;
    }
    LN_TRY(add_bucket(x, 0, end));
    return add_bucket(x, decayed, trained - decayed);
}

static int take_memory(struct ln_exchange *x, const struct ln_plan *plan) {
    size_t largest = 0, all;
    for (size_t i = 0; i < x->count; i++)
        if (x->buckets[i].count > largest) largest = x->buckets[i].count;
    if (x->opts.bf16) x->wire = ln_alloc((largest + 1) * sizeof *x->wire);
    if (x->opts.bf16 && !x->wire) return LINNET_ERR_LIMIT;
    x->ranges = ln_calloc(ln_plan_net(plan)->param_count + 1, sizeof *x->ranges);
    if (!x->ranges) return LINNET_ERR_LIMIT;
    ln_plan_all_values(plan, &all);
    x->statistics = ln_calloc(all - ln_plan_decayed(plan) + 1, sizeof *x->statistics);
    return x->statistics ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_exchange_create(struct ln_exchange **out, const struct ln_plan *plan,
                       const struct ln_exchange_opts *opts) {
    *out = NULL;
    struct ln_exchange *x = ln_calloc(1, sizeof *x);
    if (!x) return LINNET_ERR_LIMIT;
    x->opts = *opts;
    x->grads = ln_plan_grads(plan);
    pthread_mutex_init(&x->lock, NULL);
    pthread_cond_init(&x->changed, NULL);
    int status = opts->statistics_only ? LINNET_OK : cut_buckets(x, plan);
    if (status == LINNET_OK) status = take_memory(x, plan);
    if (status == LINNET_OK && ln_comm_threads(opts->comm) && !opts->statistics_only) {
        status = ln_thread_create(&x->thread, sender, x);
        x->threaded = status == LINNET_OK;
    }
    if (status == LINNET_OK)
        *out = x;
    else
        ln_exchange_destroy(x);
    return status;
}

void ln_exchange_destroy(struct ln_exchange *x) {
    if (!x) return;
    pthread_mutex_lock(&x->lock);
    x->quit = true;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->lock);
    if (x->threaded) ln_thread_join(x->thread);
    pthread_cond_destroy(&x->changed);
    pthread_mutex_destroy(&x->lock);
    ln_free(x->buckets);
    ln_free(x->wire);
    ln_free(x->ranges);
    ln_free(x->statistics);
    ln_free(x);
}
