/* The options with a few fixed names. A dtype that the processor cannot run is replaced, not refused: a
 * script with --dtype bf16 then works on every machine. The names are tables, so that the help, the checks
 * and the messages list the same ones. */
#include "train/choices.h"
#include "base/log.h"
#include "base/text.h"
#include "dnn/dnn.h"

#include <string.h>

static const char *const samplers[] = {"shuffle", "balanced"}, *const disk_fulls[] = {"wait", "stop"};
static const enum ln_dtype dtypes[] = {LN_F32, LN_BF16};
enum { DTYPES = 2 };
static const char *const convs[] = {"auto", "direct"}, *const freezes[] = {"none", "backbone"},
                         *const auto_augments[] = {"none", "trivial"}, *const ttas[] = {"none", "flip"};

const char *ln_dtype_choice(int index) {
    return index < DTYPES ? ln_dtype_name(dtypes[index]) : index == DTYPES ? "auto" : NULL;
}

static const char int8[] = "int8";

const char *ln_dtype_infer_choice(int index) {
    return index < DTYPES        ? ln_dtype_name(dtypes[index])
           : index == DTYPES     ? int8
           : index == DTYPES + 1 ? "auto"
                                 : NULL;
}

const char *ln_quant_method_choice(int index) {
    static const char *const methods[] = {"auto", "minmax", "percentile", "kl"};
    return index < 4 ? methods[index] : NULL;
}

const char *ln_comm_dtype_choice(int index) {
    return index < DTYPES ? ln_dtype_name(dtypes[index]) : NULL;
}

const char *ln_conv_choice(int index) {
    return index < 2 ? convs[index] : NULL;
}

const char *ln_freeze_choice(int index) {
    return index < 2 ? freezes[index] : NULL;
}

const char *ln_sampler_choice(int index) {
    return index < 2 ? samplers[index] : NULL;
}

const char *ln_on_disk_full_choice(int index) {
    return index < 2 ? disk_fulls[index] : NULL;
}

const char *ln_auto_augment_choice(int index) {
    return index < 2 ? auto_augments[index] : NULL;
}

const char *ln_tta_choice(int index) {
    return index < 2 ? ttas[index] : NULL;
}

static int find(const char *what, const char *name, const char *(*choice)(int index), int *index) {
    int i = 0;
    for (const char *word = choice(0); word; word = choice(++i))
        if (strcmp(word, name) == 0) {
            *index = i;
            return LINNET_OK;
        }
    return ln_fail_unknown("option-name", what, name, choice);
}

enum ln_dtype ln_dtype_auto(const struct ln_net *net, bool has_bf16) {
    return has_bf16 && ln_net_has_role(net, LN_ROLE_NORM) ? LN_BF16 : LN_F32;
}

int ln_dtype_resolve(const char **name, const struct ln_net *net, enum ln_dtype *dtype) {
    int index = 0;
    if (*name) LN_TRY(find("dtype", *name, ln_dtype_choice, &index));
    *dtype = index == DTYPES ? ln_dtype_auto(net, ln_dnn_has_bf16()) : dtypes[index];
    if (*dtype == LN_BF16 && !ln_dnn_has_bf16()) {
        ln_log(LINNET_LOG_WARNING,
               "this processor has no instructions for bf16 (avx512_bf16 or AMX); f32 is used");
        *dtype = LN_F32;
    }
    if (!*name || strcmp(*name, ln_dtype_name(*dtype)) != 0) *name = ln_dtype_name(*dtype);
    return LINNET_OK;
}

int ln_dtype_infer(const char **name, const struct ln_model *model, enum ln_dtype *dtype,
                   const struct ln_quant **quant) {
    const bool asked = *name && strcmp(*name, int8) == 0, open = !*name || strcmp(*name, "auto") == 0;
    int index = 0;
    *quant = NULL;
    *dtype = LN_F32;
    if (*name) LN_TRY(find("dtype", *name, ln_dtype_infer_choice, &index));
    if (asked && !model->quant)
        return ln_fail(
            LINNET_ERR_USAGE, "dtype-int8",
            "this model is not in 8 bits; linnet quantize MODEL --calibrate DATA -o FILE makes one that is");
    if (!model->quant || !(asked || open)) return ln_dtype_resolve(name, model->net, dtype);
    *quant = model->quant;
    *name = int8;
    return LINNET_OK;
}

int ln_conv_resolve(const char *name, bool *direct) {
    int index = 0;
    if (name) LN_TRY(find("conv", name, ln_conv_choice, &index));
    *direct = index == 1;
    return LINNET_OK;
}

bool ln_freeze_backbone(const char *name) {
    return strcmp(name, freezes[1]) == 0;
}

bool ln_tta_flips(const char *name, bool preset) {
    return name ? strcmp(name, ttas[1]) == 0 : preset;
}

bool ln_sampler_balanced(const char *name) {
    return strcmp(name, samplers[1]) == 0;
}

bool ln_on_disk_full_waits(const char *name) {
    return strcmp(name, disk_fulls[0]) == 0;
}
