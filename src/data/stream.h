/* Reads a file in order and inflates it if it is gzip (recognised by its first two bytes, never by its name).
 *
 *     struct ln_stream stream = {.code = "idx-gzip"};
 *     LN_TRY(ln_stream_open(&stream, path));
 *     ... ln_stream_read(&stream, header, 16, &got) ... claimed <= ln_stream_most(&stream) ...
 *     ln_stream_close(&stream);
 *
 * A hostile gzip file costs no more than the caller requests: nothing is inflated in advance, and
 * ln_stream_most() bounds what a header can truthfully claim before memory is allocated. The end of the
 * stream, with its checksum, has been verified only after a read returns fewer bytes than requested.
 */
#ifndef LN_DATA_STREAM_H
#define LN_DATA_STREAM_H

#include "base/file.h"
#include <zlib.h>

struct ln_stream {
    const char *code; /* error code for damaged gzip data, chosen by the caller's format */
    struct ln_file file;
    uint64_t at;  /* bytes of the file read so far */
    uint64_t out; /* bytes returned so far */
    bool gzip, ended;
    z_stream z;
    unsigned char *input; /* [LN_STREAM_INPUT] input buffer of z; NULL if the file is plain */
};

enum { LN_STREAM_INPUT = 1 << 16 };

LN_MUST_CHECK int ln_stream_open(struct ln_stream *stream, const char *path);
/* An upper bound for the bytes still to come. */
uint64_t ln_stream_most(const struct ln_stream *stream);
/* Reads the next n bytes; *got is less than n only at the end. */
LN_MUST_CHECK int ln_stream_read(struct ln_stream *stream, void *out, size_t n, size_t *got);
void ln_stream_close(struct ln_stream *stream); /* a zeroed struct is fine */

#endif
