/* Memory: /proc/meminfo, the control group's limit, and getrusage. */
#include "base/memory.h"
#include "base/cgroup.h"

#include <malloc.h>
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

struct ln_memory_allowed ln_memory_allowed(int64_t given) {
    const size_t system = system_available(), group = ln_cgroup_memory(""),
                 left = system < group ? system : group;
    const int64_t most = given > 0 ? given << 20 : INT64_MAX;
    struct ln_memory_allowed a = {INT64_MAX,
                                  group < system ? "the control group allows" : "this machine can give"};
    if (left < INT64_MAX / 2) a.bytes = (int64_t)(ln_memory_resident() + left);
    return most <= a.bytes ? (struct ln_memory_allowed){most, "--max-memory allows"} : a;
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

void ln_memory_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
