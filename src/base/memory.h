/* How much memory is available, and how much the process has used. */
#ifndef LN_BASE_MEMORY_H
#define LN_BASE_MEMORY_H

#include <stddef.h>

/* Bytes that can be allocated without swapping: the system's MemAvailable or what the control group leaves,
 * whichever is less; SIZE_MAX if neither is known. */
size_t ln_memory_available(void);
/* Which of the two it is, for messages. */
enum ln_memory_limit { LN_MEMORY_SYSTEM, LN_MEMORY_GROUP };
enum ln_memory_limit ln_memory_limit(void);
size_t ln_memory_resident(void); /* bytes that the process holds now; 0 if unknown */
size_t ln_memory_peak(void);     /* bytes: the process's largest resident size so far */

#endif
