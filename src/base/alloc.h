/* All heap memory passes through here: linnet_set_allocator can replace the allocator, calls are counted, and a test
 * can make call number N fail.
 */
#ifndef LN_BASE_ALLOC_H
#define LN_BASE_ALLOC_H

#include <linnet/linnet.h>
#include <stddef.h>
#include <stdint.h>

/* NULL if memory is short or n * size overflows; the failure is already recorded (ln_fail_memory), so that a
 * caller only returns LINNET_ERR_LIMIT. A size of 0 gives a valid pointer. ln_calloc clears the memory,
 * ln_alloc does not. */
void *ln_alloc(size_t size) __attribute__((malloc));
void *ln_calloc(size_t n, size_t size) __attribute__((malloc));
/* As realloc: on failure the old block stays valid. n * size is checked. */
void *ln_realloc_array(void *block, size_t n, size_t size);
char *ln_strdup(const char *s);
void ln_free(void *block); /* NULL is fine */

/* Room for one more element in a growing array: doubles *capacity (from 8) when count reaches it. Returns
 * the array, maybe moved, or NULL (recorded; the old one stays valid). */
void *ln_grow(void *array, size_t count, size_t *capacity, size_t size);

/* Takes every block from `allocator` (NULL: malloc). Called before the first block is allocated. */
void ln_alloc_replace(const struct linnet_allocator *allocator);

/* Calls of ln_alloc, ln_calloc and ln_realloc_array since the program began, over all threads. */
uint64_t ln_alloc_count(void);
/* Blocks handed out and not yet freed. */
int64_t ln_alloc_live(void);
/* The n-th call from now (1 = the next) fails, once; 0 turns it off. For tests. */
void ln_alloc_fail_at(uint64_t n);

#endif
