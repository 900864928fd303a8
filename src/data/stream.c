/* Plain and gzip files as one stream of bytes. gzip (RFC 1952) is inflated by zlib with memory from
 * base/alloc. */
#include "data/stream.h"
#include "base/alloc.h"
#include <string.h>

/* A match of 258 bytes takes at least two bits, so deflate (RFC 1951, 3.2.5) cannot expand by more than this.
 */
enum { DEFLATE_MOST = 258 * 8 / 2 };

/* zlib's counters have 32 bits, so large reads are split into pieces. */
enum { PIECE = 1 << 30 };

static void *zlib_alloc(void *user, unsigned n, unsigned size) {
    return ln_calloc(n, size);
}

static void zlib_free(void *user, void *block) {
    ln_free(block);
}

static int inflate_begin(struct ln_stream *s) {
    s->input = ln_alloc(LN_STREAM_INPUT);
    if (!s->input) return LINNET_ERR_LIMIT;
    s->z = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free};
    int r = inflateInit2(&s->z, 16 + MAX_WBITS);   /* 16: gzip only */
    if (r == Z_MEM_ERROR) return LINNET_ERR_LIMIT; /* recorded by zlib_alloc */
    if (r != Z_OK)
        return ln_fail(LINNET_ERR_INTERNAL, "zlib", "zlib %s: inflateInit2 gives %d", zlibVersion(), r);
    s->gzip = true;
    return LINNET_OK;
}

int ln_stream_open(struct ln_stream *s, const char *path) {
    LN_TRY(ln_file_open(&s->file, path));
    unsigned char start[2] = {0};
    if (s->file.size >= sizeof start) LN_TRY(ln_file_read_at(&s->file, 0, start, sizeof start));
    return start[0] == 0x1f && start[1] == 0x8b ? inflate_begin(s) : LINNET_OK;
}

void ln_stream_close(struct ln_stream *s) {
    if (s->gzip) inflateEnd(&s->z);
    ln_free(s->input);
    if (s->file.path) ln_file_close(&s->file);
    *s = (struct ln_stream){0};
}

uint64_t ln_stream_most(const struct ln_stream *s) {
    return s->gzip ? s->file.size * DEFLATE_MOST - s->out : s->file.size - s->at;
}

static int read_plain(struct ln_stream *s, unsigned char *out, size_t n, size_t *got) {
    uint64_t left = s->file.size - s->at;
    *got = n < left ? n : (size_t)left;
    LN_TRY(ln_file_read_at(&s->file, s->at, out, *got));
    s->at += *got;
    return LINNET_OK;
}

static int refill(struct ln_stream *s) {
    uint64_t left = s->file.size - s->at;
    size_t n = left < LN_STREAM_INPUT ? (size_t)left : LN_STREAM_INPUT;
    LN_TRY(ln_file_read_at(&s->file, s->at, s->input, n));
    s->at += n;
    s->z.next_in = s->input;
    s->z.avail_in = (uInt)n;
    return LINNET_OK;
}

static bool input_is_spent(const struct ln_stream *s) {
    return s->z.avail_in == 0 && s->at == s->file.size;
}

/* One member has ended with a correct checksum. Another may follow (RFC 1952, 2.2); any other data is refused
 * when it is parsed as one. */
static void end_member(struct ln_stream *s) {
    if (input_is_spent(s))
        s->ended = true;
    else
        inflateReset(&s->z);
}

static int fail_damaged(const struct ln_stream *s, const char *what) {
    return ln_fail(LINNET_ERR_INPUT, s->code, "%s: byte %llu of %llu: gzip is damaged: %s", s->file.path,
                   (unsigned long long)(s->at - s->z.avail_in), (unsigned long long)s->file.size, what);
}

static int read_gzip(struct ln_stream *s, unsigned char *out, size_t n, size_t *got) {
    while (*got < n && !s->ended) {
        if (s->z.avail_in == 0)
            LN_TRY(refill(s)); /* refills with nothing at the end, because zlib may
                                                      still hold output */
        uInt room = n - *got < PIECE ? (uInt)(n - *got) : PIECE;
        s->z.next_out = out + *got;
        s->z.avail_out = room;
        int r = inflate(&s->z, Z_NO_FLUSH);
        *got += room - s->z.avail_out;
        if (r == Z_STREAM_END)
            end_member(s);
        else if (r == Z_MEM_ERROR)
            return LINNET_ERR_LIMIT;
        else if (r == Z_BUF_ERROR && input_is_spent(s))
            return fail_damaged(s, "it ends early");
        else if (r != Z_OK && r != Z_BUF_ERROR) /* Z_BUF_ERROR alone only means that zlib needs more input */
            return fail_damaged(s, s->z.msg ? s->z.msg : "not deflate data");
    }
    s->out += *got;
    return LINNET_OK;
}

int ln_stream_read(struct ln_stream *s, void *out, size_t n, size_t *got) {
    *got = 0;
    return s->gzip ? read_gzip(s, out, n, got) : read_plain(s, out, n, got);
}
