/* The list of layers, looked up by name. */
#include "op/op.h"

#include <string.h>

static const struct ln_op *const ops[] = {
#define LN_OP(name, ...) &ln_op_##name,
#include "op/op_list.h"
#undef LN_OP
};

const struct ln_op *ln_op_find(const char *name) {
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i]->name, name) == 0) return ops[i];
    return NULL;
}
