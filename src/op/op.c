/* The list of layers. */
#include "op/op.h"

#include <string.h>

static const struct ln_op *const ops[] = {
#define LN_OP(name, ...) &ln_op_##name,
#include "op/op_list.h"
#undef LN_OP
};

const struct ln_op *ln_op_at(size_t i) {
    return i < sizeof ops / sizeof *ops ? ops[i] : NULL;
}

const struct ln_op *ln_op_find(const char *name) {
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i]->name, name) == 0) return ops[i];
    return NULL;
}

const struct ln_op *ln_op_of_role(enum ln_role role) {
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (ops[i]->role == role) return ops[i];
    return NULL;
}

struct ln_activation ln_op_activation(const struct ln_op *op, const void *attrs) {
    struct ln_activation f = {0};
    if (!op->activation) return f;
    f = *op->activation;
    f.name = op->name;
    if (op->activate) op->activate(attrs, &f);
    return f;
}
