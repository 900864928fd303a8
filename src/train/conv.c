/* How convolutions are computed: by the fastest way, or as direct sums alone. */
#include "base/text.h"
#include "train/train.h"

#include <string.h>

int ln_conv_settle(const char *conv, bool *direct) {
    char shown[128];
    *direct = conv && strcmp(conv, "direct") == 0;
    if (!conv || *direct || strcmp(conv, "auto") == 0) return LINNET_OK;
    ln_text_printable(conv, strlen(conv), shown, sizeof shown);
    return ln_fail(LINNET_ERR_USAGE, "conv-name", "no way of convolving named '%s'; auto, direct", shown);
}
