/* The input as a pickle: fuzz_pickle.h. */
#include "fuzz_pickle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pickle_check(data, size);
    return 0;
}
