/* Memory: /proc/meminfo, the control group's limit, and getrusage. */
#include "base/memory.h"
#include "base/cgroup.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static size_t system_available(void) {
    FILE *f = fopen("/proc/meminfo", "re");
    char line[128];
    unsigned long long kib = 0;
    bool found = false;
    while (f && !found && fgets(line, sizeof line, f))
        found = sscanf(line, "MemAvailable: %llu kB", &kib) == 1;
    if (f) fclose(f);
    return found ? (size_t)kib * 1024 : SIZE_MAX;
}

size_t ln_memory_available(void) {
    size_t system = system_available(), group = ln_cgroup_memory("");
    return system < group ? system : group;
}

enum ln_memory_limit ln_memory_limit(void) {
    return ln_cgroup_memory("") < system_available() ? LN_MEMORY_GROUP : LN_MEMORY_SYSTEM;
}

size_t ln_memory_resident(void) {
    FILE *f = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;
    const bool found = f && fscanf(f, "%*u %llu", &pages) == 1;
    if (f) fclose(f);
    return found ? (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

size_t ln_memory_peak(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}
