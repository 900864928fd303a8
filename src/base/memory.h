/* How much memory is available, and how much the process has used. */
#ifndef LN_BASE_MEMORY_H
#define LN_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that can be allocated without swapping: the system's MemAvailable or what the control group leaves,
 * whichever is less; SIZE_MAX if neither is known. */
size_t ln_memory_available(void);
/* The most memory that this process may hold, including what it already holds: `given` MB (0: no such limit), or
 * what the system or the control group leaves, whichever is less. */
struct ln_memory_allowed {
    int64_t bytes;
    const char *by; /* "--max-memory allows": for messages */
};
struct ln_memory_allowed ln_memory_allowed(int64_t given);
size_t ln_memory_resident(void); /* bytes that the process holds now; 0 if unknown */
size_t ln_memory_peak(void);     /* bytes: the process's largest resident size so far */
/* Returns the pages of freed blocks, which malloc keeps, to the system. */
void ln_memory_trim(void);

#endif
