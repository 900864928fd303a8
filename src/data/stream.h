/* The bytes of a file in order, inflated on the way where it is gzip (told by its first two bytes, never by
 * its name).
 *
 *     struct ln_stream stream = {.code = "idx-gzip"};
 *     LN_TRY(ln_stream_open(&stream, path));
 *     ... ln_stream_read(&stream, header, 16, &got) ... claimed <= ln_stream_most(&stream) ...
 *     ln_stream_close(&stream);
 *
 * A hostile gzip costs no more than the caller asks for: nothing is inflated ahead, and ln_stream_most()
 * bounds what a header can truthfully claim before memory is asked for. The end, with its checksum, has been
 * seen only when a read comes back short.
 */
#ifndef LN_DATA_STREAM_H
#define LN_DATA_STREAM_H

#include "base/file.h"
#include <zlib.h>

struct ln_stream {
    const char *code; /* of the error where the gzip is damaged: the owner's format names it */
    struct ln_file file;
    uint64_t at;  /* bytes of the file taken so far */
    uint64_t out; /* bytes given so far */
    bool gzip, ended;
    z_stream z;
    unsigned char *input; /* [LN_STREAM_INPUT], what z reads from; NULL where the file is plain */
};

enum { LN_STREAM_INPUT = 1 << 16 };

LN_MUST_CHECK int ln_stream_open(struct ln_stream *stream, const char *path);
/* No more bytes than this can still come. */
uint64_t ln_stream_most(const struct ln_stream *stream);
/* The next n bytes; *got is less than n only at the end. */
LN_MUST_CHECK int ln_stream_read(struct ln_stream *stream, void *out, size_t n, size_t *got);
void ln_stream_close(struct ln_stream *stream); /* a zeroed one is fine */

#endif
