/* CPU and memory limits, read from imitations of the kernel's files in a scratch folder. */
#include "base/cgroup.h"
#include "base/file.h"
#include "base_test.h"

static char folder[64];

static int enter(void **state) {
    scratch_enter(folder);
    ln_error_clear();
    return 0;
}

static int leave(void **state) {
    scratch_leave(folder);
    return 0;
}

/* Writes a file in the scratch folder and creates its parent folders. */
static void put(const char *path, const char *text) {
    char parent[512];
    snprintf(parent, sizeof parent, "%.*s", (int)(ln_file_name(path) - path), path);
    assert_int_equal(ln_file_make_folder(parent), LINNET_OK);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int cpus(void) {
    return ln_cgroup_cpus(folder);
}

static void test_nothing(void **state) {
    assert_int_equal(cpus(), 0);
    put("proc/self/cgroup", "");
    assert_int_equal(cpus(), 0);
    put("proc/self/cgroup", "0::/\n");
    assert_int_equal(cpus(), 0);
    assert_int_equal(ln_error_get()->status, LINNET_OK);
}

/* A container with a cgroup namespace sees itself as the root. */
static void test_v2_root(void **state) {
    put("proc/self/cgroup", "0::/\n");
    put("sys/fs/cgroup/cpu.max", "max 100000\n");
    assert_int_equal(cpus(), 0);
    put("sys/fs/cgroup/cpu.max", "200000 100000\n");
    assert_int_equal(cpus(), 2);
    put("sys/fs/cgroup/cpu.max", "150000 100000\n");
    assert_int_equal(cpus(), 2); /* rounded up */
    put("sys/fs/cgroup/cpu.max", "1000 100000\n");
    assert_int_equal(cpus(), 1);
    put("sys/fs/cgroup/cpu.max", "9223372036854775807 1\n");
    assert_int_equal(cpus(), INT32_MAX);
}

static void test_v2_least_of_the_parents(void **state) {
    put("proc/self/cgroup", "0::/system.slice/train.service/worker\n");
    put("sys/fs/cgroup/system.slice/train.service/worker/cpu.max", "800000 100000\n");
    assert_int_equal(cpus(), 8);
    put("sys/fs/cgroup/system.slice/train.service/cpu.max", "300000 100000\n");
    assert_int_equal(cpus(), 3);
    put("sys/fs/cgroup/system.slice/cpu.max", "max 100000\n");
    assert_int_equal(cpus(), 3);
    put("sys/fs/cgroup/system.slice/train.service/worker/cpu.max", "100000 100000\n");
    assert_int_equal(cpus(), 1);
}

/* Without a namespace the path is the host's. The container does not mount it: its mount is the group itself. */
static void test_v2_without_namespace(void **state) {
    put("proc/self/cgroup", "0::/docker/0123456789ab\n");
    put("sys/fs/cgroup/cpu.max", "400000 100000\n");
    assert_int_equal(cpus(), 4);
}

static void test_v1(void **state) {
    put("proc/self/cgroup", "12:memory:/a\n4:cpu,cpuacct:/docker/x\n3:cpuset:/b\n1:name=systemd:/c\n");
    put("sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us", "100000\n");
    assert_int_equal(cpus(), 0);
    put("sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us", "250000\n");
    assert_int_equal(cpus(), 3);
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n"); /* a parent's, with no period: no limit */
    assert_int_equal(cpus(), 3);
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "25000\n");
    assert_int_equal(cpus(), 2);
}

/* Both hierarchies are mounted: v1 has the controllers, and v2 is under unified/. */
static void test_hybrid(void **state) {
    put("proc/self/cgroup", "2:cpuacct,cpu:/g\n0::/h\n");
    put("sys/fs/cgroup/unified/h/cpu.max", "500000 100000\n");
    assert_int_equal(cpus(), 5);
    put("sys/fs/cgroup/cpu/g/cpu.cfs_quota_us", "400000\n");
    put("sys/fs/cgroup/cpu/g/cpu.cfs_period_us", "100000\n");
    assert_int_equal(cpus(), 4);
}

/* Only a whole controller name counts: cpuset and cpuacct have no quota. */
static void test_other_controllers(void **state) {
    put("proc/self/cgroup", "2:cpuacct,cpuset:/g\n3:xcpu:/g\n");
    put("sys/fs/cgroup/cpu/g/cpu.cfs_quota_us", "100000\n");
    put("sys/fs/cgroup/cpu/g/cpu.cfs_period_us", "100000\n");
    assert_int_equal(cpus(), 0);
}

static void test_rubbish(void **state) {
    static const char *const quotas[] = {"",          "\n",       "max",       "0 100000", "100000",
                                         "-5 100000", "100000 0", "100000 -1", "x y",      "100000 period"};
    put("proc/self/cgroup", "0::/\n");
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        put("sys/fs/cgroup/cpu.max", quotas[i]);
        assert_int_equal(cpus(), 0);
    }
    put("sys/fs/cgroup/cpu.max", "200000 100000");
    static const char *const groups[] = {"\n\n", "0", "0:", "::", "no line at all", ":cpu:", "0:x:/"};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        put("proc/self/cgroup", groups[i]);
        int found = cpus();
        assert_true(found == 0 || (strcmp(groups[i], "::") == 0 && found == 2));
    }
}

static void test_long_paths(void **state) {
    static char text[20000];
    int at = sprintf(text, "0::");
    for (int i = 0; i < 3900; i += 2) at += sprintf(text + at, "/d");
    put("proc/self/cgroup", text);
    put("sys/fs/cgroup/cpu.max", "200000 100000");
    assert_int_equal(cpus(), 2); /* the walk ends at the mount */
    while (at < 19000) at += sprintf(text + at, "/d");
    put("proc/self/cgroup", text);
    assert_int_equal(cpus(), 0);
    memset(text, 'r', sizeof text - 1);
    assert_int_equal(ln_cgroup_cpus(text), 0);
}

static size_t memory(void) {
    return ln_cgroup_memory(folder);
}

static void test_memory_v2(void **state) {
    put("proc/self/cgroup", "0::/a/b\n");
    assert_true(memory() == SIZE_MAX);
    put("sys/fs/cgroup/a/b/memory.max", "max\n");
    put("sys/fs/cgroup/a/b/memory.current", "5000\n");
    assert_true(memory() == SIZE_MAX);
    put("sys/fs/cgroup/a/b/memory.max", "9000\n");
    assert_int_equal(memory(), 4000);
    put("sys/fs/cgroup/a/b/memory.stat",
        "anon 3000\nfile 2000\nxactive_file 9\nactive_file 500\ninactive_file 1000\n");
    assert_int_equal(memory(), 5500); /* the kernel can drop cached files */
    put("sys/fs/cgroup/a/memory.max", "7000\n");
    put("sys/fs/cgroup/a/memory.current", "6900\n");
    assert_int_equal(memory(), 100); /* the parent's limit */
    put("sys/fs/cgroup/a/memory.current", "7100\n");
    assert_int_equal(memory(), 0);
    put("sys/fs/cgroup/a/memory.stat", "inactive_file 99999\n");
    assert_int_equal(memory(), 5500); /* more cached files than use: all 7000 of the parent are free */
    put("sys/fs/cgroup/a/b/memory.high", "6000\n");
    assert_int_equal(memory(), 2500); /* where the kernel begins to slow the group down */
}

static void test_memory_v1(void **state) {
    put("proc/self/cgroup", "9:cpu:/c\n4:memory:/g\n");
    put("sys/fs/cgroup/memory/g/memory.limit_in_bytes", "1000000\n");
    assert_true(memory() == SIZE_MAX); /* use unknown */
    put("sys/fs/cgroup/memory/g/memory.usage_in_bytes", "400000\n");
    assert_int_equal(memory(), 600000);
    put("sys/fs/cgroup/memory/g/memory.stat",
        "active_file 7\ntotal_inactive_file 30000\ntotal_active_file 70000");
    assert_int_equal(memory(), 700000);
    put("sys/fs/cgroup/memory/g/memory.limit_in_bytes", "rubbish");
    assert_true(memory() == SIZE_MAX);
    assert_int_equal(cpus(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_nothing),
        TEST(test_v2_root),
        TEST(test_v2_least_of_the_parents),
        TEST(test_v2_without_namespace),
        TEST(test_v1),
        TEST(test_hybrid),
        TEST(test_other_controllers),
        TEST(test_rubbish),
        TEST(test_long_paths),
        TEST(test_memory_v2),
        TEST(test_memory_v1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
