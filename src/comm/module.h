/* What a module for one MPI provides to src/comm: the few calls of MPI that Linnet makes, behind C's own types. The program
 * itself is linked with no MPI; it loads the module of the MPI whose mpirun started it (comm_open.c), and an MPI's binary
 * interface differs from the others'.
 *
 * Every function but `describe` and `close` is called by all ranks at the same place. Each returns 0 or MPI's error code.
 */
#ifndef LN_COMM_MODULE_H
#define LN_COMM_MODULE_H

#include <stdbool.h>
#include <stddef.h>

enum { LN_COMM_ABI = 2 }; /* changes whenever this header does */

enum ln_comm_type { LN_COMM_F32, LN_COMM_F64, LN_COMM_BF16 };

enum { LN_COMM_CHUNK = 1 << 20 }; /* bytes of a large sum that a rank sends at a time */

/* Calls on one channel never match calls on the other. */
enum ln_comm_channel {
    LN_COMM_MAIN,  /* of the thread that trains */
    LN_COMM_GRADS, /* of the thread that sends gradients at the same time */
    LN_COMM_CHANNELS
};

struct ln_comm_start {
    int rank, size;
    bool threads; /* two threads may call at once, each on a channel of its own */
};

struct ln_comm_sum {
    enum ln_comm_channel channel;
    enum ln_comm_type type;
    void *data; /* [count], replaced by the sum over all ranks, with the same bits on each */
    size_t count;
    /* The sum sleeps in short naps while it waits, which leaves the processor to the threads that compute, until *hurry
     * becomes non-zero. NULL: it waits by polling. */
    const volatile int *hurry;
};

struct ln_comm_module {
    int abi;
    int (*start)(struct ln_comm_start *start);
    int (*sum)(const struct ln_comm_sum *sum);
    int (*broadcast)(void *data, size_t bytes, int from);
    void (*describe)(int code, char *out, size_t size);
    void (*close)(void);
};

/* The one name that a module exports. */
#define LN_COMM_MODULE_NAME "ln_comm_module"
typedef const struct ln_comm_module *ln_comm_module_fn(void);

#endif
