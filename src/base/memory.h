/* How much memory is available, and how much the process has used. */
#ifndef LN_BASE_MEMORY_H
#define LN_BASE_MEMORY_H

#include <stddef.h>

/* Bytes that can be allocated without swapping: the system's MemAvailable or what the control group leaves,
 * whichever is less; SIZE_MAX if neither is known. */
size_t ln_memory_available(void);
size_t ln_memory_peak(void); /* bytes: the process's largest resident size so far */

#endif
