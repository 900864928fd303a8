/* run_isa ISA program argument...: runs a test with LINNET_ISA=ISA; skips it where the processor lacks that
 * set of instructions. */
#include "base/cpu.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SKIPPED = 77 };

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    setenv("LINNET_ISA", argv[1], 1);
    if (ln_cpu_check() != LINNET_OK) {
        printf("skipped: %s\n", ln_error_line());
        return SKIPPED;
    }
    execv(argv[2], argv + 2);
    perror(argv[2]);
    return 1;
}
