/* The share of the processors that a control group leaves to this process: what a container's --cpus sets. */
#ifndef LN_BASE_CGROUP_H
#define LN_BASE_CGROUP_H

/* The least quota of the group and its parents, cgroup v2 (cpu.max) or v1 (cpu.cfs_quota_us), in whole
 * processors, rounded up; 0 where there is none. Files are looked for under `root`: "" for the system's own,
 * a folder in tests. */
int ln_cgroup_cpus(const char *root);

#endif
