/* Inside the pickle machine: what its two files share. pickle.c has bytes, values and the stack,
 * pickle_ops.c the opcodes. Each function fails as ln_pickle_read says, with the byte of the opcode.
 */
#ifndef LN_MODEL_PICKLE_MACHINE_H
#define LN_MODEL_PICKLE_MACHINE_H

#include "model/pickle.h"

enum { LN_PM_LINE_MAX = 256 };
#define LN_PM_MARK UINT32_MAX /* on the stack, between values */

struct ln_pm {
    struct ln_pickle *out;
    const struct ln_file *file;
    const struct ln_pickle_opts *opts;
    size_t at, op_at; /* the next byte; the opcode under way */
    size_t ops;
    uint32_t *stack, *memo; /* memo: a value's number + 1; 0: nothing was put there */
    size_t depth, stack_capacity, memo_count, memo_used;
};

/* "m.pth: data.pkl byte 37: what" */
int ln_pm_fail(const struct ln_pm *m, const char *code, const char *fmt, ...) LN_PRINTF(3, 4);

/* The next n bytes; *at says where they begin in out->bytes. */
LN_MUST_CHECK int ln_pm_take(struct ln_pm *m, uint64_t n, size_t *at);
/* A little-endian number of n bytes, at most 8. */
LN_MUST_CHECK int ln_pm_number(struct ln_pm *m, int n, uint64_t *number);
/* What stands before the next newline. */
LN_MUST_CHECK int ln_pm_line(struct ln_pm *m, size_t *at, size_t *size);

LN_MUST_CHECK int ln_pm_push(struct ln_pm *m, uint32_t number);
LN_MUST_CHECK int ln_pm_push_value(struct ln_pm *m, struct ln_pickle_value value);
/* The topmost value, which no mark covers. */
LN_MUST_CHECK int ln_pm_peek(const struct ln_pm *m, uint32_t *number);
LN_MUST_CHECK int ln_pm_pop(struct ln_pm *m, uint32_t *number);
/* The stack's depth below the topmost mark. */
LN_MUST_CHECK int ln_pm_find_mark(const struct ln_pm *m, size_t *depth);

struct ln_pickle_value ln_pm_container(enum ln_pickle_kind kind); /* an empty one */
LN_MUST_CHECK int ln_pm_item_add(struct ln_pm *m, uint32_t container, uint32_t value);
/* The values from stack[from] on into the container, and off the stack. */
LN_MUST_CHECK int ln_pm_items_add(struct ln_pm *m, uint32_t container, size_t from);

#endif
