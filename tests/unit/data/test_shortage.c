/* Shortage in a real control group of 300 MB: a cache of 138 MB shares it with blocks that grow to 180 MB. */
#include "base/log.h"
#include "data/shortage.h"
#include "unit/data/fixture.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { PICTURES = 4000, SIDE = 110, BLOCKS = 18 };
static const size_t block = 10 << 20;

static bool write_to(const char *folder, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool written = fd >= 0 && write(fd, text, strlen(text)) > 0;
    if (fd >= 0) close(fd);
    return written;
}

/* Creates a group of 300 MB; false if the machine does not allow it. */
static bool group_make(char path[128]) {
    static const char *const tops[] = {"/sys/fs/cgroup/memory", "/sys/fs/cgroup"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, 128, "%s/linnet-shortage-%d", tops[i], (int)getpid());
        if (mkdir(path, 0755) != 0) continue;
        if (write_to(path, "memory.limit_in_bytes", "300M") || write_to(path, "memory.max", "300M"))
            return true;
        rmdir(path);
    }
    return false;
}

static void fill(struct ln_cache *cache) {
    for (uint32_t i = 0; i < PICTURES; i++) {
        struct ln_prepared sample = {.image = {SIDE, SIDE, 3, ln_alloc(SIDE * SIDE * 3)}};
        if (!sample.image.pixels) _exit(10);
        memset(sample.image.pixels, 1, SIDE * SIDE * 3);
        ln_cache_hold(cache);
        ln_cache_keep(cache, i, &sample);
        ln_cache_release(cache);
        ln_image_fini(&sample.image);
    }
}

static void count_line(void *lines, int level, const char *line) {
    if (level == LINNET_LOG_WARNING && strstr(line, "memory is short")) ++*(int *)lines;
}

/* The kernel kills this process if the cache does not shrink. */
static void grow_beside_a_cache(void) {
    struct ln_cache *cache;
    struct ln_shortage shortage = {0};
    char *blocks[BLOCKS];
    int lines = 0;
    ln_log_set(count_line, &lines);
    if (ln_cache_create(&cache, PICTURES, SIZE_MAX / 2) != LINNET_OK) _exit(2);
    fill(cache);
    const size_t all = ln_cache_bytes(cache);
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = ln_alloc(block);
        if (!blocks[i]) _exit(3);
        memset(blocks[i], 1, block);
        shortage.next = 0; /* a second later */
        ln_shortage_watch(&shortage, cache);
    }
    if (ln_cache_bytes(cache) >= all || ln_cache_bytes(cache) == 0) _exit(4);
    if (lines != 1) _exit(5);
    for (int i = 0; i < BLOCKS; i++) ln_free(blocks[i]);
    shortage.next = 0;
    ln_shortage_watch(&shortage, cache);
    fill(cache);
    _exit(ln_cache_bytes(cache) == all ? 0 : 6);
}

static void a_cache_gives_back_before_the_group_runs_out(void **state) {
    char group[128];
    int status;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    print_message("skipped: a sanitizer keeps freed memory\n");
    skip();
#endif
    if (!group_make(group)) {
        print_message("skipped: no control group with a memory limit can be made here\n");
        skip();
    }
    const pid_t child = fork();
    if (child == 0) {
        if (!write_to(group, "cgroup.procs", "0")) _exit(7);
        grow_beside_a_cache();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    for (int i = 0; i < 100 && rmdir(group) != 0; i++) usleep(10000);
    assert_int_equal(status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {fixture_test(a_cache_gives_back_before_the_group_runs_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
