/* Limits of control groups, version 2 (the kernel's Documentation/admin-guide/cgroup-v2.rst: cpu.max,
 * memory.max, memory.high) and version 1 (scheduler/sched-bwc.rst: cpu.cfs_quota_us; admin-guide/cgroup-v1/memory.rst).
 *
 * Version 1 costs 35 lines here and is kept because RHEL 8 (in maintenance until 2029) and some sandboxes still use it.
 * A container on such a host finds its limits only there, and the kernel kills a run that exceeds its memory limit.
 */
#include "base/cgroup.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTROL_MAX = 8192 }; /* bytes read from a control file */

/* The limit of the group in `folder`; UINT64_MAX: no limit. */
typedef uint64_t limit_fn(const char *folder);

struct controller {
    const char *name; /* and v1's mount: /sys/fs/cgroup/NAME */
    limit_fn *v1, *v2;
};

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* The beginning of FOLDER/NAME, "" if it is missing. Control files report no size. */
static void control_read(const char *folder, const char *name, char out[CONTROL_MAX]) {
    char path[2 * PATH_MAX];
    size_t length = 0;
    int fd = -1;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t n; fd >= 0 && (n = read(fd, out + length, CONTROL_MAX - 1 - length)) != 0;) {
        if (n < 0 && errno != EINTR) break;
        if (n > 0) length += (size_t)n;
    }
    if (fd >= 0) close(fd);
    out[length] = '\0';
}

/* The number in a file; UINT64_MAX if the file is missing, or the text is negative or not a number
 * ("max"). */
static uint64_t number_read(const char *folder, const char *name) {
    char text[CONTROL_MAX];
    control_read(folder, name, text);
    return text[0] >= '0' && text[0] <= '9' ? strtoull(text, NULL, 10) : UINT64_MAX;
}

/* ceil(quota / period), both in microseconds; no limit unless both are positive ("max" and -1 are not). */
static uint64_t processors(int64_t quota, int64_t period) {
    if (quota <= 0 || period <= 0) return UINT64_MAX;
    return (uint64_t)(quota / period + (quota % period != 0));
}

/* cpu.max holds the quota and the period: "50000 100000". */
static uint64_t cpu_v2(const char *folder) {
    char text[CONTROL_MAX], *end;
    control_read(folder, "cpu.max", text);
    int64_t quota = strtoll(text, &end, 10);
    return processors(quota, strtoll(end, NULL, 10));
}

static uint64_t cpu_v1(const char *folder) {
    char quota[CONTROL_MAX], period[CONTROL_MAX];
    control_read(folder, "cpu.cfs_quota_us", quota);
    control_read(folder, "cpu.cfs_period_us", period);
    return processors(strtoll(quota, NULL, 10), strtoll(period, NULL, 10));
}

/* The value in the line "KEY VALUE" of memory.stat, 0 if there is no such line. */
static uint64_t stat_value(const char *stat, const char *key) {
    size_t length = strlen(key);
    for (const char *line = stat; line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, key, length) == 0 && line[length] == ' ') return strtoull(line + length, NULL, 10);
    }
    return 0;
}

/* limit - (used - files): the kernel drops cached file pages before the group runs short. */
static uint64_t memory_left(uint64_t limit, uint64_t used, uint64_t files) {
    if (used == UINT64_MAX) return UINT64_MAX;
    used -= least(files, used);
    return limit - least(used, limit);
}

/* Version 1 reports a number near 2^63 if there is no limit. memory.stat is read only under a limit, because the
 * kernel sums the counters of all processors for it, which may take milliseconds. */
static bool is_limit(uint64_t bytes) {
    return bytes < UINT64_C(1) << 62;
}

static uint64_t memory_v2(const char *folder) {
    char stat[CONTROL_MAX] = "";
    /* Above memory.high the kernel slows the group down until it gives memory back. */
    const uint64_t limit = least(number_read(folder, "memory.max"), number_read(folder, "memory.high"));
    if (!is_limit(limit)) return UINT64_MAX;
    control_read(folder, "memory.stat", stat);
    uint64_t files = stat_value(stat, "inactive_file") + stat_value(stat, "active_file");
    return memory_left(limit, number_read(folder, "memory.current"), files);
}

static uint64_t memory_v1(const char *folder) {
    char stat[CONTROL_MAX] = "";
    const uint64_t limit = number_read(folder, "memory.limit_in_bytes");
    if (!is_limit(limit)) return UINT64_MAX;
    control_read(folder, "memory.stat", stat);
    uint64_t files = stat_value(stat, "total_inactive_file") + stat_value(stat, "total_active_file");
    return memory_left(limit, number_read(folder, "memory.usage_in_bytes"), files);
}

/* The least limit of the group MOUNT/PATH and its parents, up to MOUNT itself. Inside a container the kernel
 * may report the group's path on the host, which does not exist here; the mount is then the group, and the
 * walk ends there. */
static uint64_t walk(const char *root, const char *mount, const char *group, limit_fn *limit) {
    char folder[PATH_MAX];
    size_t base = (size_t)snprintf(folder, sizeof folder, "%s/sys/fs/cgroup/%s", root, mount);
    if (base + strlen(group) >= sizeof folder) return UINT64_MAX;
    strcpy(folder + base, group);
    uint64_t found = limit(folder);
    for (char *slash; (slash = strrchr(folder + base, '/'));) {
        *slash = '\0';
        found = least(found, limit(folder));
    }
    return found;
}

static bool names(const char *list, const char *name) {
    char commas[256], wanted[32];
    snprintf(commas, sizeof commas, ",%s,", list);
    snprintf(wanted, sizeof wanted, ",%s,", name);
    return strstr(commas, wanted);
}

/* One line of /proc/self/cgroup, "ID:CONTROLLERS:PATH"; version 2's has no controllers. */
static uint64_t line_limit(const char *root, char *line, const struct controller *controller) {
    char *list = strchr(line, ':');
    char *group = list ? strchr(list + 1, ':') : NULL;
    if (!group) return UINT64_MAX;
    *list++ = '\0';
    *group++ = '\0';
    if (!*list) /* version 2 is mounted at unified/ beside version 1 */
        return least(walk(root, ".", group, controller->v2), walk(root, "unified", group, controller->v2));
    return names(list, controller->name) ? walk(root, controller->name, group, controller->v1) : UINT64_MAX;
}

static uint64_t least_limit(const char *root, const struct controller *controller) {
    char text[CONTROL_MAX], *rest = NULL;
    uint64_t found = UINT64_MAX;
    if (strlen(root) >= PATH_MAX) return found;
    char proc[2 * PATH_MAX];
    snprintf(proc, sizeof proc, "%s/proc/self", root);
    control_read(proc, "cgroup", text);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        found = least(found, line_limit(root, line, controller));
    return found;
}

int ln_cgroup_cpus(const char *root) {
    uint64_t cpus = least_limit(root, &(struct controller){"cpu", cpu_v1, cpu_v2});
    return cpus == UINT64_MAX ? 0 : (int)least(cpus, INT_MAX);
}

size_t ln_cgroup_memory(const char *root) {
    return (size_t)least(least_limit(root, &(struct controller){"memory", memory_v1, memory_v2}), SIZE_MAX);
}
