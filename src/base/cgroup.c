/* cpu quotas of control groups: cgroup v2 (kernel's Documentation/admin-guide/cgroup-v2.rst, "cpu.max") and
 * v1 (scheduler/sched-bwc.rst, "cpu.cfs_quota_us").
 */
#include "base/cgroup.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What stands at the beginning of a file of the kernel's, such files having no size; "" where there is none.
 */
static void small_read(const char *path, char *out, size_t size) {
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        do n = read(fd, out, size - 1);
        while (n < 0 && errno == EINTR);
        close(fd);
    }
    out[n > 0 ? n : 0] = '\0';
}

/* FOLDER/NAME into out[64]; "" where it is missing or its name too long. */
static void control_read(const char *folder, const char *name, char out[64]) {
    char path[2 * PATH_MAX];
    out[0] = '\0';
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path) small_read(path, out, 64);
}

/* ceil(quota / period); 0, no limit, where either is no positive number (v2 writes "max", v1 -1). */
static int quota_cpus(const char *quota_text, const char *period_text) {
    char *end;
    long long quota = strtoll(quota_text, &end, 10);
    long long period = strtoll(period_text ? period_text : end, NULL, 10);
    if (quota <= 0 || period <= 0) return 0;
    long long cpus = quota / period + (quota % period != 0);
    return cpus < INT_MAX ? (int)cpus : INT_MAX;
}

static int folder_cpus(const char *folder, bool v2) {
    char quota[64], period[64];
    if (v2) {
        control_read(folder, "cpu.max", quota); /* "50000 100000" */
        return quota_cpus(quota, NULL);
    }
    control_read(folder, "cpu.cfs_quota_us", quota);
    control_read(folder, "cpu.cfs_period_us", period);
    return quota_cpus(quota, period);
}

static int least(int a, int b) {
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* The group MOUNT/PATH and each parent down to MOUNT itself. Inside a container the kernel may name the group
 * by its path outside, which is not there; the mount then is the group, so that the walk finds it at its end.
 */
static int walk_cpus(const char *root, const char *mount, const char *group, bool v2) {
    char folder[PATH_MAX];
    int length = snprintf(folder, sizeof folder, "%s/sys/fs/cgroup%s", root, mount);
    size_t mount_length = (size_t)length;
    if (length < 0 || mount_length + strlen(group) >= sizeof folder) return 0;
    strcpy(folder + mount_length, group);
    int cpus = 0;
    for (;;) {
        cpus = least(cpus, folder_cpus(folder, v2));
        char *slash = strrchr(folder + mount_length, '/');
        if (!slash) return cpus;
        *slash = '\0';
    }
}

static bool has_cpu(const char *controllers) {
    char list[256];
    snprintf(list, sizeof list, ",%s,", controllers);
    return strstr(list, ",cpu,") != NULL;
}

/* One line of /proc/self/cgroup, "ID:CONTROLLERS:PATH"; v2's has ID 0 and no controllers. */
static int line_cpus(const char *root, char *line) {
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) return 0;
    *controllers++ = '\0';
    *group++ = '\0';
    if (*controllers && has_cpu(controllers)) return walk_cpus(root, "/cpu", group, false);
    if (*controllers) return 0;
    return least(walk_cpus(root, "", group, true), walk_cpus(root, "/unified", group, true));
}

int ln_cgroup_cpus(const char *root) {
    char path[PATH_MAX], text[2 * PATH_MAX], *rest = NULL;
    if ((size_t)snprintf(path, sizeof path, "%s/proc/self/cgroup", root) >= sizeof path) return 0;
    small_read(path, text, sizeof text);
    int cpus = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        cpus = least(cpus, line_cpus(root, line));
    return cpus;
}
