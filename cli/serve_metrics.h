/* The server's counters, for Prometheus (text format 0.0.4). */
#ifndef CLI_SERVE_METRICS_H
#define CLI_SERVE_METRICS_H

#include <stddef.h>
#include <stdio.h>

struct serve_metrics;
struct serve_metrics *serve_metrics_create(void);          /* NULL: out of memory */
void serve_metrics_destroy(struct serve_metrics *metrics); /* NULL is allowed */

/* An answered request. path: a constant string, the route's pattern. */
void serve_metrics_request(struct serve_metrics *metrics, const char *path, int status, double seconds);
/* A batch of `pictures`, of which `failed` could not be predicted. */
void serve_metrics_batch(struct serve_metrics *metrics, size_t pictures, size_t failed, double seconds);

struct serve_gauges {
    size_t queue_depth, connections, body_bytes;
};
void serve_metrics_write(struct serve_metrics *metrics, const struct serve_gauges *gauges, FILE *out);

#endif
