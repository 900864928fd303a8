/* The queue of pictures: order, models, room, waiting, closing. */
#include "cli_test.h"
#include "serve_queue.h"
#include <pthread.h>
#include <time.h>

static const struct serve_take at_once = {.most = 4, .enough = 4, .wait_ms = 0};

static void assert_items(const struct serve_item *items, size_t got, const struct serve_item *expected,
                         size_t count) {
    assert_int_equal(got, count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(items[i].job, expected[i].job);
        assert_int_equal(items[i].index, expected[i].index);
    }
}

static void test_order(void **state) {
    struct serve_queue *q = serve_queue_create(100);
    struct serve_job a = {.count = 3}, b = {.count = 3};
    struct serve_item items[4];
    assert_true(serve_queue_put(q, &a));
    assert_true(serve_queue_put(q, &b));
    assert_int_equal(serve_queue_depth(q), 6);
    assert_items(items, serve_queue_take(q, &at_once, items),
                 (const struct serve_item[]){{&a, 0}, {&a, 1}, {&a, 2}, {&b, 0}}, 4);
    assert_int_equal(serve_queue_depth(q), 2);
    assert_items(items, serve_queue_take(q, &at_once, items), (const struct serve_item[]){{&b, 1}, {&b, 2}},
                 2);
    serve_queue_close(q);
    assert_int_equal(serve_queue_take(q, &at_once, items), 0);
    serve_queue_destroy(q);
}

/* A batch has pictures of one model: that of the first job, so that no model waits for ever. */
static void test_models(void **state) {
    struct serve_queue *q = serve_queue_create(100);
    struct serve_job a = {.model = 0, .count = 1}, b = {.model = 1, .count = 2}, c = {.model = 0, .count = 1},
                     d = {.model = 1, .count = 1};
    struct serve_item items[4];
    assert_true(serve_queue_put(q, &a) && serve_queue_put(q, &b) && serve_queue_put(q, &c));
    assert_items(items, serve_queue_take(q, &at_once, items), (const struct serve_item[]){{&a, 0}, {&c, 0}},
                 2);
    assert_true(serve_queue_put(q, &d)); /* the last job of the list was taken out before */
    assert_items(items, serve_queue_take(q, &at_once, items),
                 (const struct serve_item[]){{&b, 0}, {&b, 1}, {&d, 0}}, 3);
    assert_int_equal(serve_queue_depth(q), 0);
    assert_true(serve_queue_put(q, &a));
    assert_items(items, serve_queue_take(q, &at_once, items), (const struct serve_item[]){{&a, 0}}, 1);
    serve_queue_destroy(q);
}

static void test_room(void **state) {
    struct serve_queue *q = serve_queue_create(4);
    struct serve_job a = {.count = 3}, b = {.count = 2}, c = {.count = 1}, none = {.count = 0},
                     huge = {.count = SIZE_MAX};
    struct serve_item items[4];
    assert_false(serve_queue_put(q, &none));
    assert_false(serve_queue_put(q, &huge));
    assert_true(serve_queue_put(q, &a));
    assert_false(serve_queue_put(q, &b));
    assert_true(serve_queue_put(q, &c));
    assert_int_equal(serve_queue_take(q, &at_once, items), 4);
    assert_true(serve_queue_put(q, &b));
    serve_queue_close(q);
    assert_false(serve_queue_put(q, &c));
    assert_int_equal(serve_queue_take(q, &at_once, items), 2); /* closed, but not yet empty */
    assert_int_equal(serve_queue_take(q, &at_once, items), 0);
    serve_queue_destroy(q);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* serve_queue_take waits only while a request arrives, and at most wait_ms. */
static void test_waiting(void **state) {
    struct serve_queue *q = serve_queue_create(100);
    struct serve_job a = {.count = 1, .batch = 8}, b = {.count = 4, .batch = 8};
    struct serve_item items[4];
    const struct serve_take patient = {.most = 4, .enough = 4, .wait_ms = 500};
    double begun = now();
    assert_true(serve_queue_put(q, &a));
    assert_int_equal(serve_queue_take(q, &patient, items), 1);
    assert_true(now() - begun < 0.45);
    serve_queue_arriving(q, 1);
    assert_true(serve_queue_put(q, &a));
    begun = now();
    assert_int_equal(serve_queue_take(q, &patient, items), 1);
    assert_true(now() - begun > 0.45);
    assert_true(serve_queue_put(q, &b)); /* enough */
    begun = now();
    assert_int_equal(serve_queue_take(q, &patient, items), 4);
    assert_true(now() - begun < 0.45);
    a.arriving = true; /* the announced request has arrived */
    assert_true(serve_queue_put(q, &a));
    begun = now();
    assert_int_equal(serve_queue_take(q, &patient, items), 1);
    assert_true(now() - begun < 0.45);
    serve_queue_destroy(q);
}

/* The remainder after whole batches stays for the next take; less than one batch is taken as it is. */
static void test_whole_batches(void **state) {
    const struct serve_take many = {.most = 32, .enough = 8};
    struct serve_queue *q = serve_queue_create(100);
    struct serve_job jobs[11] = {0}, large = {.count = 37, .batch = 4};
    struct serve_item items[32];
    for (int i = 0; i < 11; i++) {
        jobs[i] = (struct serve_job){.count = 1, .batch = 4};
        assert_true(serve_queue_put(q, &jobs[i]));
    }
    assert_int_equal(serve_queue_take(q, &many, items), 8);
    assert_int_equal(serve_queue_take(q, &many, items), 3);
    assert_ptr_equal(items[2].job, &jobs[10]);
    assert_true(serve_queue_put(q, &large));
    assert_int_equal(serve_queue_take(q, &many, items), 32);
    assert_int_equal(serve_queue_take(q, &many, items), 4);
    assert_int_equal(serve_queue_take(q, &many, items), 1);
    assert_int_equal(serve_queue_depth(q), 0);
    serve_queue_destroy(q);
}

/* A model that computes one picture at a time does not wait for others. */
static void test_single(void **state) {
    const struct serve_take patient = {.most = 4, .enough = 4, .wait_ms = 2000};
    struct serve_queue *q = serve_queue_create(100);
    struct serve_job a = {.count = 1, .batch = 1};
    struct serve_item items[4];
    assert_true(serve_queue_put(q, &a));
    serve_queue_arriving(q, 1);
    const double begun = now();
    assert_int_equal(serve_queue_take(q, &patient, items), 1);
    assert_true(now() - begun < 1);
    serve_queue_destroy(q);
}

/* Many threads put jobs while one thread takes them: every picture is taken once. */
enum { PUTTERS = 4, JOBS = 500 };

struct putting {
    struct serve_queue *queue;
    struct serve_job jobs[JOBS];
};

static void *put_jobs(void *putting) {
    struct putting *p = putting;
    for (int i = 0; i < JOBS; i++) {
        p->jobs[i] = (struct serve_job){.model = i % 2, .count = 1 + (size_t)i % 5};
        while (!serve_queue_put(p->queue, &p->jobs[i])) nanosleep(&(struct timespec){.tv_nsec = 10000}, NULL);
    }
    return NULL;
}

static void test_threads(void **state) {
    static struct putting putting[PUTTERS];
    pthread_t threads[PUTTERS];
    struct serve_item items[4];
    struct serve_queue *q = serve_queue_create(20);
    size_t expected = 0, taken = 0;
    for (int i = 0; i < JOBS; i++) expected += PUTTERS * (1 + (size_t)i % 5);
    for (int t = 0; t < PUTTERS; t++) {
        putting[t].queue = q;
        assert_int_equal(pthread_create(&threads[t], NULL, put_jobs, &putting[t]), 0);
    }
    while (taken < expected) {
        const size_t got = serve_queue_take(q, &at_once, items);
        assert_in_range(got, 1, 4);
        for (size_t i = 0; i < got; i++) {
            assert_int_equal(items[i].job->model, items[0].job->model);
            assert_int_equal(items[i].index, items[i].job->done++);
        }
        taken += got;
    }
    for (int t = 0; t < PUTTERS; t++) pthread_join(threads[t], NULL);
    for (int t = 0; t < PUTTERS; t++)
        for (int i = 0; i < JOBS; i++) assert_int_equal(putting[t].jobs[i].done, putting[t].jobs[i].count);
    assert_int_equal(serve_queue_depth(q), 0);
    serve_queue_destroy(q);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order),         cmocka_unit_test(test_models),
                                       cmocka_unit_test(test_room),          cmocka_unit_test(test_waiting),
                                       cmocka_unit_test(test_whole_batches), cmocka_unit_test(test_single),
                                       cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
