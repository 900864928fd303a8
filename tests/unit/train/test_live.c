/* progress.json: its fields, when it is written, and that a run survives a failure to write it. */
#include "shapes.h"

#include "base/file.h"

#include "train/live.h"
#include "train/run_folder.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>

static void assert_file(const struct fixture *f, const char *const *parts) {
    unsigned char *text;
    size_t size;
    assert_int_equal(ln_file_read(in(f, "progress.json"), 1 << 16, &text, &size), LINNET_OK);
    for (; *parts; parts++)
        if (!strstr((const char *)text, *parts)) fail_msg("no %s in %s", *parts, (const char *)text);
    ln_free(text);
}

static const struct linnet_event first = {
    .kind = LINNET_EVENT_START, .part = LINNET_TRAIN, .epoch = 2, .epochs = 9, .step = 3, .steps = 40};

static void test_a_run(void **state) {
    const struct fixture *f = *state;
    struct ln_live live;
    ln_live_init(&live, f->dir, true);
    live.watched = "val";
    live.resumed_epoch = 2;
    ln_live_event(&live, &first);
    assert_file(f, (const char *[]){"\"state\": \"training\"", "\"part\": \"train\"", "\"watched\": \"val\"",
                                    "\"epoch\": 2", "\"epochs\": 9", "\"step\": 3", "\"steps\": 40",
                                    "\"resumed_epoch\": 2", "\"locked\": true", "\"message\": null", NULL});
    /* A moment later: too soon for a step, never for an epoch. */
    struct linnet_event next = first;
    next.kind = LINNET_EVENT_STEP;
    next.step = 4;
    ln_live_event(&live, &next);
    assert_file(f, (const char *[]){"\"step\": 3", NULL});
    next.kind = LINNET_EVENT_EPOCH;
    next.best = true;
    ln_live_event(&live, &next);
    assert_file(f, (const char *[]){"\"step\": 4", "\"best_epoch\": 2", NULL});
    ln_live_part(&live, LINNET_TEST);
    assert_file(f, (const char *[]){"\"state\": \"training\"", "\"part\": \"test\"", NULL});
    ln_live_end(&live, LINNET_OK);
    assert_file(f, (const char *[]){"\"state\": \"finished\"", "\"part\": null", NULL});
    assert_int_not_equal(access(in(f, ".progress.json.next"), F_OK), 0);
}

static void test_ends(void **state) {
    const struct fixture *f = *state;
    struct ln_live live;
    ln_live_init(&live, f->dir, false);
    ln_live_end(&live, LINNET_ERR_INTERRUPTED);
    assert_file(f, (const char *[]){"\"state\": \"stopped\"", "\"locked\": false", NULL});
    ln_live_init(&live, f->dir, false);
    int status = ln_fail(LINNET_ERR_DIVERGED, "train-nonfinite", "loss is \"nan\"\n");
    ln_live_end(&live, status);
    assert_file(f, (const char *[]){"\"state\": \"failed\"", "\"message\": \"loss is \\\"nan\\\"", NULL});
    assert_string_equal(ln_error_get()->code, "train-nonfinite");
    ln_error_clear();
}

static void test_no_folder(void **state) {
    const struct fixture *f = *state;
    struct ln_live live;
    ln_live_init(&live, NULL, false);
    ln_live_event(&live, &first);
    ln_live_end(&live, LINNET_OK);
    ln_live_init(&live, in(f, "missing"), false);
    ln_live_event(&live, &first);
    ln_live_end(&live, LINNET_OK);
    assert_int_equal(ln_error_get()->status, LINNET_OK);
}

static void *let_go(void *fd) {
    usleep(50000);
    flock(*(int *)fd, LOCK_UN);
    return NULL;
}

/* A program that checks whether a run is active holds a shared lock for a moment; a run that starts meanwhile waits. */
static void test_a_look_at_the_lock(void **state) {
    const struct fixture *f = *state;
    int look = open(f->dir, O_RDONLY | O_DIRECTORY), lock = -1;
    pthread_t thread;
    assert_int_equal(flock(look, LOCK_SH), 0);
    assert_int_equal(pthread_create(&thread, NULL, let_go, &look), 0);
    assert_int_equal(ln_run_lock(f->dir, &lock), LINNET_OK);
    pthread_join(thread, NULL);
    assert_true(lock >= 0);
    assert_int_equal(flock(look, LOCK_SH | LOCK_NB), -1);
    ln_run_unlock(lock);
    assert_int_equal(flock(look, LOCK_SH | LOCK_NB), 0);
    close(look);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_a_run),
        fixture_test(test_ends),
        fixture_test(test_no_folder),
        fixture_test(test_a_look_at_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
