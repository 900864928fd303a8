/* How much memory there is. */
#ifndef LN_BASE_MEMORY_H
#define LN_BASE_MEMORY_H

#include <stddef.h>

/* Bytes that can be taken without swapping: what the system says (MemAvailable), or less where a control
 * group leaves less; SIZE_MAX where neither tells. */
size_t ln_memory_available(void);
size_t ln_memory_peak(void); /* the process's largest resident size so far, bytes */

#endif
