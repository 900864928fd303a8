/* Memory that the ranks of one machine share. Each rank chooses where to map it:
 *
 *     struct ln_comm_memory memory;
 *     LN_TRY(ln_comm_memory_open(comm, bytes, &memory));           all ranks
 *     if (memory.bytes > 0)                                        0: these ranks cannot share memory
 *         floats = ln_comm_memory_map(&memory, 0, bytes, NULL);
 *
 * What one rank writes, another may read after both have taken part in a sum, in a broadcast from the rank that wrote, or in an agreement.
 */
#ifndef LN_COMM_COMM_MEMORY_H
#define LN_COMM_COMM_MEMORY_H

#include "comm/comm.h"

struct ln_comm_memory {
    int file;
    size_t bytes; /* 0: none */
};

/* All ranks call it. The memory is zeroed. memory->bytes is 0, which is not an error, if the ranks are on several machines, if the
 * system isolates them from each other, or if it has too little memory. */
LN_MUST_CHECK int ln_comm_memory_open(linnet_ranks *comm, size_t bytes, struct ln_comm_memory *memory);
/* Closes the file; what is mapped stays. */
void ln_comm_memory_close(struct ln_comm_memory *memory);

/* Rounds up to whole pages; the offsets, sizes and addresses below must be multiples of a page. */
size_t ln_comm_memory_pages(size_t bytes);
/* at: replaces what is mapped there; NULL: anywhere. NULL with LINNET_ERR_LIMIT "memory" recorded if it cannot be mapped. */
void *ln_comm_memory_map(const struct ln_comm_memory *memory, size_t offset, size_t bytes, void *at);
void ln_comm_memory_unmap(void *at, size_t bytes); /* NULL is fine */
/* Makes the pages mapped at `at` private to this rank; they keep their contents. */
LN_MUST_CHECK int ln_comm_memory_part(const struct ln_comm_memory *memory, size_t offset, size_t bytes,
                                      void *at);

#endif
