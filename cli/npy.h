/* NumPy's file format, version 1.0 (NEP 1). */
#ifndef CLI_NPY_H
#define CLI_NPY_H

#include <stddef.h>

/* Writes data[rows][columns] as float32. Failures are reported on stderr. */
int cli_npy_write(const char *path, const float *data, size_t rows, size_t columns);

#endif
