/* The pictures that wait to be computed. Requests put jobs of one or many pictures; the compute thread takes pictures of
 * one model from as many jobs as it needs for a batch.
 */
#ifndef CLI_SERVE_QUEUE_H
#define CLI_SERVE_QUEUE_H

#include <linnet/linnet.h>
#include <stdbool.h>
#include <stddef.h>

/* The outcome for one picture: a prediction that owns its numbers. */
struct serve_result {
    struct linnet_prediction
        prediction; /* its arrays point into `memory`, its error and code into the texts */
    float *memory;
    char error[512], code[64];
};

/* The pictures of one request for one model. The request keeps the job until the compute thread calls `finish`, when all
 * results are complete. */
struct serve_job {
    int model;
    size_t batch; /* pictures that the model computes at a time; 0 and 1: one */
    size_t count;
    struct linnet_input *inputs;  /* [count] */
    struct serve_result *results; /* [count] */
    void (*finish)(struct serve_job *job);
    void *user;

    bool arriving; /* serve_queue_arriving() announced the request; serve_queue_put() takes that back */

    size_t taken, done; /* the queue's and the compute thread's */
    struct serve_job *next;
};

struct serve_item {
    struct serve_job *job;
    size_t index;
};

struct serve_queue;
struct serve_queue *serve_queue_create(size_t most); /* pictures; NULL: out of memory */
void serve_queue_destroy(struct serve_queue *queue); /* NULL is allowed */

/* False if the queue has no room for all pictures of the job, or is closed. */
bool serve_queue_put(struct serve_queue *queue, struct serve_job *job);
/* Announces a request whose body is still being received (`by` is 1), or takes that back (-1). */
void serve_queue_arriving(struct serve_queue *queue, int by);

/* How many pictures serve_queue_take() takes, and how long it waits for more. */
struct serve_take {
    size_t most;    /* pictures; room in items */
    size_t enough;  /* pictures with which it does not wait for more */
    double wait_ms; /* longest wait for more, and only while a request is arriving */
};
/* Waits for pictures and takes those of the first job's model in the order of arrival; if more than a batch waits, whole
 * batches only. Returns the number of pictures; 0: the queue is closed and empty. */
size_t serve_queue_take(struct serve_queue *queue, const struct serve_take *take, struct serve_item *items);

/* Refuses further jobs; queued pictures can still be taken. */
void serve_queue_close(struct serve_queue *queue);
size_t serve_queue_depth(struct serve_queue *queue); /* waiting pictures */

#endif
