/* Which type activations are of: what is asked for, and what the processor can do. */
#include "base/log.h"
#include "base/text.h"
#include "train/train.h"

#include <string.h>

static const enum ln_dtype choices[] = {LN_F32, LN_BF16};

static int find(const char *name, enum ln_dtype *dtype) {
    const char *names[] = {ln_dtype_name(choices[0]), ln_dtype_name(choices[1])};
    for (int i = 0; i < 2; i++)
        if (strcmp(name, names[i]) == 0) {
            *dtype = choices[i];
            return LINNET_OK;
        }
    const char *near = ln_text_nearest(name, names, 2);
    return ln_fail(LINNET_ERR_USAGE, "dtype", "unknown dtype '%s': f32 or bf16%s%s", name,
                   near ? "; did you mean " : "", near ? near : "");
}

int ln_dtype_settle(const char **name, enum ln_dtype *dtype) {
    *dtype = LN_F32;
    if (*name) LN_TRY(find(*name, dtype));
    if (*dtype == LN_BF16 && !ln_dnn_has_bf16()) {
        ln_log(LINNET_LOG_WARNING,
               "this processor has no instructions for bf16 (avx512_bf16 or AMX); f32 is used");
        *dtype = LN_F32;
    }
    if (!*name || strcmp(*name, ln_dtype_name(*dtype)) != 0) *name = ln_dtype_name(*dtype);
    return LINNET_OK;
}
