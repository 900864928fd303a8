/* The globals that a file of tensors may mention. A pickle that names any other global is refused, whether or
 * not it would be called: PyTorch with weights_only=False would import it, and importing a module already
 * runs its code.
 *
 * A storage's class gives the type of its elements ("torch.FloatStorage"). The oldest files name a tensor's
 * class instead, and files that were saved on a GPU have torch.cuda in front.
 */
#include "model/torch_objects.h"

enum { DTYPE = 100 }; /* the number of a dtype's global is DTYPE + enum ln_dtype */

#define TYPE(name, dtype)                                                \
    {"torch." name "Storage", LN_GLOBAL_NAME, DTYPE + (dtype)},          \
        {"torch.cuda." name "Storage", LN_GLOBAL_NAME, DTYPE + (dtype)}, \
        {"torch." name "Tensor", LN_GLOBAL_NAME, DTYPE + (dtype)}, {     \
        "torch.cuda." name "Tensor", LN_GLOBAL_NAME, DTYPE + (dtype)     \
    }

static const struct ln_pickle_global globals[] = {
    {"collections.OrderedDict", LN_GLOBAL_DICT, LN_TORCH_DICT},
    {"torch._utils._rebuild_tensor", LN_GLOBAL_CALL, LN_TORCH_TENSOR},
    {"torch._utils._rebuild_tensor_v2", LN_GLOBAL_CALL, LN_TORCH_TENSOR_V2},
    {"torch._utils._rebuild_parameter", LN_GLOBAL_CALL, LN_TORCH_PARAMETER},
    {"torch.Size", LN_GLOBAL_CALL, LN_TORCH_OTHER},
    {"torch.device", LN_GLOBAL_CALL, LN_TORCH_OTHER},
    TYPE("Float", LN_F32),
    TYPE("BFloat16", LN_BF16),
    TYPE("Half", LN_F16),
    TYPE("Double", LN_F64),
    TYPE("Long", LN_I64),
    TYPE("Int", LN_I32),
    TYPE("Short", LN_I16),
    TYPE("Char", LN_I8),
    TYPE("Byte", LN_U8),
    TYPE("Bool", LN_BOOL),
    {NULL},
};

const struct ln_pickle_global *ln_torch_globals(void) {
    return globals;
}

bool ln_torch_dtype(const struct ln_pickle_value *global, enum ln_dtype *dtype) {
    if (global->kind != LN_PICKLE_GLOBAL || global->global->number < DTYPE) return false;
    *dtype = (enum ln_dtype)(global->global->number - DTYPE);
    return true;
}

const char *ln_torch_dtype_name(enum ln_dtype dtype) {
    static const char *const names[LN_DTYPES] = {
        [LN_F32] = "float32", [LN_BF16] = "bfloat16", [LN_F16] = "float16", [LN_F64] = "float64",
        [LN_I64] = "int64",   [LN_I32] = "int32",     [LN_I16] = "int16",   [LN_I8] = "int8",
        [LN_U8] = "uint8",    [LN_BOOL] = "bool"};
    return names[dtype];
}
