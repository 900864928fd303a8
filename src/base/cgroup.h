/* The limits of this process's control groups: a container's --cpus and --memory. A group is bound by its own
 * limit and by those of its parents; the least one counts. Files are read under `root`: "" for the system's,
 * a folder in tests. Nothing here fails: a missing file means no limit.
 */
#ifndef LN_BASE_CGROUP_H
#define LN_BASE_CGROUP_H

#include <stddef.h>

/* The CPU quota in whole processors, rounded up; 0: no quota. */
int ln_cgroup_cpus(const char *root);
/* Bytes that can still be allocated below the limit, cached files counted as free; SIZE_MAX: no limit. */
size_t ln_cgroup_memory(const char *root);

#endif
