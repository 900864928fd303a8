/* Shared by the tests of src/data: a temporary folder, files in it, small IDX sets, expected refusals. */
#ifndef TESTS_DATA_FIXTURE_H
#define TESTS_DATA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/status.h"
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* ---- a temporary folder, created and removed around each test ----------------------------------------- */

struct fixture {
    char dir[128];
    int64_t live; /* blocks allocated before the test; the same number must be left after it */
};

static inline int fixture_open(void **state) {
    struct fixture *f = test_malloc(sizeof *f);
    strcpy(f->dir, "/tmp/linnet-data-XXXXXX");
    if (!mkdtemp(f->dir)) return -1;
    ln_error_clear();
    f->live = ln_alloc_live();
    *state = f;
    return 0;
}

static inline int fixture_remove(const char *path, const struct stat *st, int kind, struct FTW *walk) {
    return remove(path);
}

static inline int fixture_close(void **state) {
    struct fixture *f = *state;
    int64_t left = ln_alloc_live() - f->live;
    if (left != 0) fprintf(stderr, "%lld blocks are left\n", (long long)left);
    nftw(f->dir, fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
    test_free(f);
    return left == 0 ? 0 : -1;
}

#define fixture_test(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

/* ---- files -------------------------------------------------------------------------------------------- */

/* The path of a file in the folder. Four buffers take turns, so at most four results are valid at once. */
static inline const char *in(const struct fixture *f, const char *name) {
    static char paths[4][256];
    static int at;
    char *path = paths[at++ % 4];
    int length = snprintf(path, sizeof paths[0], "%s/%s", f->dir, name);
    assert_in_range(length, 1, sizeof paths[0] - 1);
    return path;
}

static inline void put_folder(const struct fixture *f, const char *name) {
    assert_int_equal(ln_file_make_folder(in(f, name)), LINNET_OK);
}

static inline void put(const struct fixture *f, const char *name, const void *data, size_t size) {
    FILE *file = fopen(in(f, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static inline void put_text(const struct fixture *f, const char *name, const char *text) {
    put(f, name, text, strlen(text));
}

/* Compresses the data into out as one gzip member; returns its size. */
static inline size_t gzip(const void *data, size_t size, unsigned char *out, size_t room) {
    z_stream z = {
        .next_in = (unsigned char *)data, .avail_in = (uInt)size, .next_out = out, .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static inline void put_gzip(const struct fixture *f, const char *name, const void *data, size_t size) {
    size_t room = size + 1024;
    unsigned char *packed = test_malloc(room);
    put(f, name, packed, gzip(data, size, packed, room));
    test_free(packed);
}

/* ---- IDX files ---------------------------------------------------------------------------------------- */

enum { IDX_SIZE_MAX = 1 << 16 };

struct idx_bytes {
    unsigned char data[IDX_SIZE_MAX];
    size_t size;
};

static inline void idx_add(struct idx_bytes *idx, uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) idx->data[idx->size++] = (unsigned char)(number >> shift);
}

/* Pixel p of image i is 7 i + p, modulo 256. */
static inline void idx_images(struct idx_bytes *idx, uint32_t n, uint32_t h, uint32_t w) {
    idx->size = 0;
    idx_add(idx, 0x803);
    idx_add(idx, n);
    idx_add(idx, h);
    idx_add(idx, w);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t p = 0; p < h * w; p++) idx->data[idx->size++] = (unsigned char)(7 * i + p);
}

/* The label of item i is i modulo `classes`. */
static inline void idx_labels(struct idx_bytes *idx, uint32_t n, uint32_t classes) {
    idx->size = 0;
    idx_add(idx, 0x801);
    idx_add(idx, n);
    for (uint32_t i = 0; i < n; i++) idx->data[idx->size++] = (unsigned char)(i % classes);
}

/* 30 training and 12 test images of 4 x 5 pixels, 10 classes. */
enum { TRAIN_COUNT = 30, TEST_COUNT = 12, ROWS = 4, COLUMNS = 5 };

static inline void put_idx_set(const struct fixture *f) {
    static struct idx_bytes idx;
    idx_images(&idx, TRAIN_COUNT, ROWS, COLUMNS);
    put(f, "train-images-idx3-ubyte", idx.data, idx.size);
    idx_labels(&idx, TRAIN_COUNT, 10);
    put(f, "train-labels-idx1-ubyte", idx.data, idx.size);
    idx_images(&idx, TEST_COUNT, ROWS, COLUMNS);
    put(f, "t10k-images-idx3-ubyte", idx.data, idx.size);
    idx_labels(&idx, TEST_COUNT, 10);
    put(f, "t10k-labels-idx1-ubyte", idx.data, idx.size);
}

/* ---- photos ------------------------------------------------------------------------------------------- */

static inline size_t png_chunk(unsigned char *out, const char *kind, const unsigned char *data,
                               uint32_t size) {
    uint32_t crc = (uint32_t)crc32(crc32(0, (const unsigned char *)kind, 4), data, size);
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(size >> (24 - 8 * i));
    memcpy(out + 4, kind, 4);
    memcpy(out + 8, data, size);
    for (int i = 0; i < 4; i++) out[8 + size + i] = (unsigned char)(crc >> (24 - 8 * i));
    return size + 12;
}

/* A grey PNG of 2 x 2 pixels that all have this value. */
static inline void put_photo(const struct fixture *f, const char *name, unsigned char value) {
    const unsigned char rows[] = {0, value, value, 0, value, value};
    static const unsigned char header[13] = {0, 0, 0, 2, 0, 0, 0, 2, 8};
    unsigned char file[256] = "\x89PNG\r\n\x1a\n", packed[64];
    uLongf packed_size = sizeof packed;
    assert_int_equal(compress(packed, &packed_size, rows, sizeof rows), Z_OK);
    size_t size = 8;
    size += png_chunk(file + size, "IHDR", header, sizeof header);
    size += png_chunk(file + size, "IDAT", packed, (uint32_t)packed_size);
    size += png_chunk(file + size, "IEND", header, 0);
    put(f, name, file, size);
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

/* Expects that the call failed with this status and code, and that its message contains `words`. Clears the
 * error record. */
static inline void assert_refused(int got, int status, const char *code, const char *words) {
    assert_int_equal(got, status);
    assert_string_equal(ln_error_get()->code, code);
    if (!strstr(ln_error_get()->text, words)) fail_msg("'%s' is not in: %s", words, ln_error_get()->text);
    ln_error_clear();
}

#endif
