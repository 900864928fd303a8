/* Counters and histograms under one lock. */
#include "serve_metrics.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_MAX = 256, BUCKETS_MAX = 16 };

/* Upper bounds: powers of two of pictures, and seconds. */
static const double batch_bounds[] = {1, 2, 4, 8, 16, 32};
static const double second_bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                       0.25,  0.5,    1,     2.5,  5,     10};
enum {
    BATCH_BOUNDS = sizeof batch_bounds / sizeof *batch_bounds,
    SECOND_BOUNDS = sizeof second_bounds / sizeof *second_bounds,
};

struct histogram {
    long long buckets[BUCKETS_MAX]; /* not cumulative; the last one is +Inf */
    long long count;
    double sum;
};

struct series {
    const char *path;
    int status;
    long long count;
};

struct serve_metrics {
    pthread_mutex_t lock;
    struct series series[SERIES_MAX];
    int series_count;
    long long pictures, failed;
    struct histogram batch, compute, latency;
};

struct serve_metrics *serve_metrics_create(void) {
    struct serve_metrics *m = calloc(1, sizeof *m);
    if (m) pthread_mutex_init(&m->lock, NULL);
    return m;
}

void serve_metrics_destroy(struct serve_metrics *m) {
    if (m) pthread_mutex_destroy(&m->lock);
    free(m);
}

static void observe(struct histogram *h, const double *bounds, int count, double value) {
    int i = 0;
    while (i < count && value > bounds[i]) i++;
    h->buckets[i]++;
    h->count++;
    h->sum += value;
}

static struct series *series_of(struct serve_metrics *m, const char *path, int status) {
    for (int i = 0; i < m->series_count; i++)
        if (m->series[i].status == status && !strcmp(m->series[i].path, path)) return &m->series[i];
    if (m->series_count == SERIES_MAX) return NULL;
    struct series *s = &m->series[m->series_count++];
    *s = (struct series){.path = path, .status = status};
    return s;
}

void serve_metrics_request(struct serve_metrics *m, const char *path, int status, double seconds) {
    pthread_mutex_lock(&m->lock);
    struct series *s = series_of(m, path, status);
    if (s) s->count++;
    observe(&m->latency, second_bounds, SECOND_BOUNDS, seconds);
    pthread_mutex_unlock(&m->lock);
}

void serve_metrics_batch(struct serve_metrics *m, size_t pictures, size_t failed, double seconds) {
    pthread_mutex_lock(&m->lock);
    m->pictures += (long long)(pictures - failed);
    m->failed += (long long)failed;
    observe(&m->batch, batch_bounds, BATCH_BOUNDS, (double)pictures);
    observe(&m->compute, second_bounds, SECOND_BOUNDS, seconds);
    pthread_mutex_unlock(&m->lock);
}

/* ---- the text --------------------------------------------------------------------------------------------- */

static void head(FILE *out, const char *name, const char *type, const char *help) {
    fprintf(out, "# HELP linnet_%s %s\n# TYPE linnet_%s %s\n", name, help, name, type);
}

static void write_histogram(FILE *out, const char *name, const char *help, const struct histogram *h,
                            const double *bounds, int count) {
    long long sum = 0;
    head(out, name, "histogram", help);
    for (int i = 0; i < count; i++) {
        sum += h->buckets[i];
        fprintf(out, "linnet_%s_bucket{le=\"%g\"} %lld\n", name, bounds[i], sum);
    }
    fprintf(out, "linnet_%s_bucket{le=\"+Inf\"} %lld\n", name, h->count);
    fprintf(out, "linnet_%s_sum %.9g\nlinnet_%s_count %lld\n", name, h->sum, name, h->count);
}

static void write_gauge(FILE *out, const char *name, const char *help, size_t value) {
    head(out, name, "gauge", help);
    fprintf(out, "linnet_%s %zu\n", name, value);
}

void serve_metrics_write(struct serve_metrics *m, const struct serve_gauges *gauges, FILE *out) {
    pthread_mutex_lock(&m->lock);
    head(out, "requests_total", "counter", "Answered requests by path and HTTP status.");
    for (int i = 0; i < m->series_count; i++)
        fprintf(out, "linnet_requests_total{path=\"%s\",status=\"%d\"} %lld\n", m->series[i].path,
                m->series[i].status, m->series[i].count);
    head(out, "images_total", "counter", "Pictures by outcome.");
    fprintf(out, "linnet_images_total{outcome=\"predicted\"} %lld\n", m->pictures);
    fprintf(out, "linnet_images_total{outcome=\"refused\"} %lld\n", m->failed);
    write_histogram(out, "batch_size", "Pictures computed together.", &m->batch, batch_bounds, BATCH_BOUNDS);
    write_histogram(out, "batch_seconds", "Time to decode and compute a batch.", &m->compute, second_bounds,
                    SECOND_BOUNDS);
    write_histogram(out, "request_seconds", "Time from a request's header to its answer.", &m->latency,
                    second_bounds, SECOND_BOUNDS);
    write_gauge(out, "queue_depth", "Pictures that wait to be computed.", gauges->queue_depth);
    write_gauge(out, "connections", "Open connections.", gauges->connections);
    write_gauge(out, "body_bytes", "Memory in use for the bodies of requests.", gauges->body_bytes);
    pthread_mutex_unlock(&m->lock);
}
