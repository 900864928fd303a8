/* Magic, version, length of the header, a Python dictionary padded to 64 bytes, the numbers. */
#include "npy.h"
#include "output.h"

int cli_npy_write(const char *path, const float *data, size_t rows, size_t columns) {
    enum { START = 10, ALIGN = 64 };
    char text[4 * ALIGN];
    struct cli_file file;
    const int one = 1;
    const int length =
        snprintf(text, sizeof text, "{'descr': '%cf4', 'fortran_order': False, 'shape': (%zu, %zu), }",
                 *(const char *)&one ? '<' : '>', rows, columns);
    const int padded = (START + length + 1 + ALIGN - 1) / ALIGN * ALIGN - START;
    const int status = cli_file_begin(&file, path);
    if (status) return status;
    fprintf(file.stream, "\x93NUMPY%c%c%c%c%s%*s", 1, 0, padded & 255, padded >> 8, text, padded - length,
            "\n");
    fwrite(data, sizeof *data, rows * columns, file.stream);
    return cli_file_commit(&file);
}
