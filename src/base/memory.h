/* How much memory there is. */
#ifndef LN_BASE_MEMORY_H
#define LN_BASE_MEMORY_H

#include <stddef.h>

size_t ln_memory_available(
    void); /* bytes, as the system says (MemAvailable); SIZE_MAX where the system does not tell */
size_t ln_memory_peak(void); /* the process's largest resident size so far, bytes */

#endif
