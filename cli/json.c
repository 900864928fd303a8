/* JSON on a stream. A failed write is not reported here: cli_output_end() and cli_file_commit() check the
 * stream once, at the end. */
#include "json.h"

static void write_bytes(void *stream, const char *bytes, size_t count) {
    fwrite(bytes, 1, count, stream);
}

struct linnet_json cli_json_to(FILE *stream, int lines) {
    return (struct linnet_json){.write = write_bytes, .user = stream, .lines = lines, .digits = 9};
}
