/* Rows that several tables of options share, so that a flag has the same range and help everywhere. A file with a table
 * defines OPTS, its struct, and writes
 *
 *     {ROW(INT, threads), THREADS, .group = "training"},
 */
#ifndef LN_TRAIN_OPTION_ROWS_H
#define LN_TRAIN_OPTION_ROWS_H

#include "base/option.h"
#include "base/threads.h"
#include "train/choices.h"

#define ROW(kind, field) \
    .name = #field, .type = LINNET_OPTION_##kind, .offset = offsetof(OPTS, field), .sized = true

enum { LN_BATCH_MAX = 65536, LN_IMGSZ_MAX = 4096, LN_CACHE_MB_MAX = 1 << 30 };
#define LN_SEED_MAX 1e18

#define BATCH .min = 1, .max = LN_BATCH_MAX, .letter = 'b', .value = "N"

#define THREADS                                                                 \
    .min = 1, .max = LN_THREADS_MAX, .flag = "threads", .value = "N",           \
    .default_text = "all that this process may use", .help = "compute threads", \
    .detail = "By default OMP_NUM_THREADS, else as many as the affinity mask and the cgroup allow."

#define WORKERS .min = 1, .max = LN_THREADS_MAX, .flag = "workers", .letter = 'j', .value = "N"

#define DTYPE                                                                                              \
    .flag = "dtype", .choice = ln_dtype_choice, .preset_name = "f32",                                      \
    .help = "type of activations; bf16 takes half the memory",                                             \
    .detail =                                                                                              \
        "It is the type of activations and their gradients. bf16 needs half the memory traffic and is "    \
        "often faster, if the processor has the instructions (avx512_bf16, AMX); on other processors f32 " \
        "is used and a note says so. auto is bf16 if the processor has the instructions and the network "  \
        "has batch normalisation, else f32. Weights, statistics, loss and files stay f32."

#define DTYPE_INFER                                                                                         \
    .flag = "dtype", .choice = ln_dtype_infer_choice,                                                       \
    .default_text = "int8 for a model in 8 bits, else f32", .help = "type of activations: f32, bf16, int8", \
    .detail =                                                                                               \
        "bf16 needs half the memory traffic of f32 and is often faster, if the processor has the "          \
        "instructions (avx512_bf16, AMX); on other processors f32 is used and a note says so. int8 is for " \
        "models that linnet quantize made; with f32 such a model runs in fp32, with its weights as they "   \
        "are. auto is int8 for these models; for others bf16 if the processor has the instructions and "    \
        "the network has batch normalisation, else f32."

#define CONV                                                                 \
    .flag = "conv", .choice = ln_conv_choice, .preset_name = "auto",         \
    .help = "auto: fastest convolution algorithm; direct: direct sums only", \
    .detail = "auto may use Winograd's minimal filtering, which rounds slightly differently."

#define AUGMENT .flag = "augment", .choice = ln_augment_choice

#define CACHE_MB                                                                              \
    .min = 0, .max = LN_CACHE_MB_MAX, .zero_is_none = true, .flag = "cache-mb", .value = "N", \
    .default_text = "a quarter of the free memory"

#define MAX_MEMORY                                                                                         \
    .min = 1, .max = LN_CACHE_MB_MAX, .flag = "max-memory", .value = "MB", .default_text = "what is free", \
    .help = "refuse to begin if more memory than this is needed",                                          \
    .detail = "The memory for the program, weights, activations and images is computed first. The exit "   \
              "status is 5 if the sum exceeds the value of this flag, what the control group allows, or "  \
              "what the machine can give."

#define TTA                                                                                                \
    .flag = "tta", .choice = ln_tta_choice, .bare = "flip",                                                \
    .help = "average the probabilities of a picture and of its mirror image",                              \
    .detail = "Test-time augmentation: takes twice the time and usually improves the results on photos a " \
              "little. Do not use it if left and right matter, as in digits or text."

#define STRICT                                                                                           \
    .flag = "strict", .help = "stop at an image that cannot be read or is damaged",                      \
    .detail = "The exit status is then 3. Without the flag such images are reported on standard error; " \
              "unreadable ones are skipped, damaged ones are used."

#endif
