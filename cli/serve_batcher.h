/* The compute thread: compiles the models, then takes pictures from the queue, predicts them in batches and finishes the
 * jobs. */
#ifndef CLI_SERVE_BATCHER_H
#define CLI_SERVE_BATCHER_H

#include "serve_metrics.h"
#include "serve_model.h"
#include "serve_queue.h"

struct serve_batcher_opts {
    struct serve_model *models; /* [count] */
    int count;
    struct linnet_predict_opts predict;
    struct serve_queue *queue;
    struct serve_metrics *metrics;
};

struct serve_batcher;
/* Returns when all models are compiled. A failure was reported on stderr. */
int serve_batcher_start(struct serve_batcher **batcher, const struct serve_batcher_opts *opts);
/* Waits until the queue is closed and everything in it is finished. NULL is allowed. */
void serve_batcher_join(struct serve_batcher *batcher);

void serve_result_fini(struct serve_result *result);

#endif
