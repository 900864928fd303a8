/* What the control groups of this process leave to it: a container's --cpus and --memory. A group is bound by
 * its own limit and by each parent's; the least one counts. Files are looked for under `root`: "" for the
 * system's own, a folder in tests. Nothing here fails: where a file is missing there is no limit.
 */
#ifndef LN_BASE_CGROUP_H
#define LN_BASE_CGROUP_H

#include <stddef.h>

/* The cpu quota in whole processors, rounded up; 0 where there is none. */
int ln_cgroup_cpus(const char *root);
/* Bytes that may still be taken before memory is short, cached files counted as free; SIZE_MAX without a
 * limit. */
size_t ln_cgroup_memory(const char *root);

#endif
