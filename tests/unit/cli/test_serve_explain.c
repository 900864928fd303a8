/* The explaining thread: it answers every job that it accepts, refuses jobs if its queue is full, and answers the queued jobs when
 * it stops. tests/cli/watch.bats tests the contents of answers over HTTP. */
#include "cli_test.h"
#include "serve_explain.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOBS = 3 * SERVE_EXPLAIN_WAITING };

/* Blocks the thread in its first answer until the gate is opened. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int answered, failed;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void finish(struct serve_explain_job *job) {
    pthread_mutex_lock(&gate.lock);
    while (!gate.open) pthread_cond_wait(&gate.changed, &gate.lock);
    gate.answered++;
    gate.failed += !job->text && *job->error && *job->code;
    pthread_mutex_unlock(&gate.lock);
}

static void draw(struct serve_explain_open *open, struct serve_explain_job *job) {
    serve_explain_fail(job, "cli-test", "nothing is drawn");
}

static void test_queue(void **state) {
    static struct serve_explain_job jobs[JOBS];
    struct serve_explain *e = serve_explain_start();
    int taken = 0;
    assert_non_null(e);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct serve_explain_job){.key = (uint64_t)i, .draw = draw, .finish = finish};
        taken += serve_explain_put(e, &jobs[i]);
    }
    /* The thread may already have taken one job from the queue. */
    assert_in_range(taken, SERVE_EXPLAIN_WAITING, SERVE_EXPLAIN_WAITING + 1);
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    serve_explain_stop(e);
    assert_true(gate.answered == taken && gate.failed == taken);
}

/* The key identifies the mistake, the version the model file. There is no job if the mistake or the model is missing. */
static void test_jobs(void **state) {
    static const char csv[] =
        "epoch,path,label,predicted,probability,loss\n1,a.png,cat,dog,0.9,3\n1,b.png,cat,dog,0.8,2\n";
    char folder[] = "/tmp/linnet-explain-XXXXXX", path[64], why[SERVE_RUN_WHY];
    assert_non_null(mkdtemp(folder));
    const int at = open(folder, O_RDONLY | O_DIRECTORY);
    const struct serve_runs_visit visit = {"run", folder, at};
    snprintf(path, sizeof path, "%s/worst_mistakes.csv", folder);
    FILE *file = fopen(path, "w");
    fputs(csv, file);
    fclose(file);
    assert_null(serve_explain_mistake(&visit, 0, why));
    assert_non_null(strstr(why, "no best.safetensors"));
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/best.safetensors", folder);
        file = fopen(path, "w");
        fputs(i ? "longer" : "x", file);
        fclose(file);
        struct serve_explain_job *a = serve_explain_mistake(&visit, 0, why),
                                 *b = serve_explain_mistake(&visit, 1, why),
                                 *same = serve_explain_mistake(&visit, 0, why);
        static uint64_t before;
        assert_true(a && b && same);
        assert_true(a->key == same->key && a->key != b->key && a->version == b->version &&
                    a->version != before);
        assert_string_equal(b->mistake.path, "b.png");
        before = a->version;
        serve_explain_free(a);
        serve_explain_free(b);
        serve_explain_free(same);
    }
    assert_null(serve_explain_mistake(&visit, 2, why));
    assert_null(serve_explain_mistake(&visit, -1, why));
    assert_non_null(strstr(why, "no mistake"));
    unlink(path);
    snprintf(path, sizeof path, "%s/worst_mistakes.csv", folder);
    unlink(path);
    close(at);
    rmdir(folder);
    serve_explain_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_jobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
