/* Internals of the pickle machine, shared by its two files: pickle.c has bytes, values and the stack,
 * pickle_ops.c the opcodes. Functions fail with the codes of ln_pickle_read and the position of the current
 * opcode. */
#ifndef LN_MODEL_PICKLE_MACHINE_H
#define LN_MODEL_PICKLE_MACHINE_H

#include "model/pickle.h"

enum { LN_PM_LINE_MAX = 256 };
#define LN_PM_MARK UINT32_MAX /* a mark on the stack */

struct ln_pm {
    struct ln_pickle *out;
    const struct ln_file *file;
    const struct ln_pickle_opts *opts;
    size_t at, op_at; /* position of the next byte; position of the current opcode */
    size_t ops;
    uint32_t *stack, *memo; /* memo: number of a value + 1; 0 if the entry is unused */
    size_t depth, stack_capacity, memo_count, memo_used;
};

/* Records a failure: "m.pth: data.pkl byte 37: what". */
int ln_pm_fail(const struct ln_pm *m, const char *code, const char *fmt, ...) LN_PRINTF(3, 4);

/* Takes the next n bytes; *at is their position in out->bytes. */
LN_MUST_CHECK int ln_pm_take(struct ln_pm *m, uint64_t n, size_t *at);
/* Reads a little-endian number of n bytes, at most 8. */
LN_MUST_CHECK int ln_pm_number(struct ln_pm *m, int n, uint64_t *number);
/* Takes the bytes up to the next newline. */
LN_MUST_CHECK int ln_pm_line(struct ln_pm *m, size_t *at, size_t *size);

LN_MUST_CHECK int ln_pm_push(struct ln_pm *m, uint32_t number);
LN_MUST_CHECK int ln_pm_push_value(struct ln_pm *m, struct ln_pickle_value value);
/* The topmost value; fails if a mark is on top. */
LN_MUST_CHECK int ln_pm_peek(const struct ln_pm *m, uint32_t *number);
LN_MUST_CHECK int ln_pm_pop(struct ln_pm *m, uint32_t *number);
/* The depth of the stack below the topmost mark. */
LN_MUST_CHECK int ln_pm_find_mark(const struct ln_pm *m, size_t *depth);

struct ln_pickle_value ln_pm_container(enum ln_pickle_kind kind); /* an empty container */
LN_MUST_CHECK int ln_pm_item_add(struct ln_pm *m, uint32_t container, uint32_t value);
/* Moves the values from stack[from] upwards into the container. */
LN_MUST_CHECK int ln_pm_items_add(struct ln_pm *m, uint32_t container, size_t from);

#endif
