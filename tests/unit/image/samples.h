/* Small image files of every format, created in memory by the format's library or by hand, and checks shared
 * by the tests of this folder. */
#ifndef TESTS_UNIT_IMAGE_SAMPLES_H
#define TESTS_UNIT_IMAGE_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <spng.h>
#include <tiffio.h>
#include <webp/encode.h>

#include "base/alloc.h"
#include "image/image.h"

enum { SAMPLE_WIDTH = 21, SAMPLE_HEIGHT = 13, SAMPLE_PIXELS = SAMPLE_WIDTH * SAMPLE_HEIGHT };

struct sample {
    const char *name;
    unsigned char *data; /* malloc'd */
    size_t size;
    bool lossless; /* decodes to sample_pixel() */
};

static inline unsigned char sample_pixel(int x, int y, int c) {
    return (unsigned char)(x * 12 + y * 7 * (c + 1) + 40 * c);
}

static inline unsigned char *sample_rgb(void) {
    unsigned char *rgb = malloc(3 * SAMPLE_PIXELS);
    for (int y = 0; y < SAMPLE_HEIGHT; y++)
        for (int x = 0; x < SAMPLE_WIDTH; x++)
            for (int c = 0; c < 3; c++) rgb[3 * (y * SAMPLE_WIDTH + x) + c] = sample_pixel(x, y, c);
    return rgb;
}

static inline struct sample sample_jpeg(bool progressive) {
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *rgb = sample_rgb(), *data = NULL;
    unsigned long size = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &data, &size);
    c.image_width = SAMPLE_WIDTH;
    c.image_height = SAMPLE_HEIGHT;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    if (progressive) jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row = rgb + 3 * SAMPLE_WIDTH * c.next_scanline;
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    free(rgb);
    return (struct sample){progressive ? "progressive JPEG" : "JPEG", data, size, false};
}

static inline struct sample sample_png(bool interlaced) {
    struct spng_ihdr header = {SAMPLE_WIDTH, SAMPLE_HEIGHT, 8, SPNG_COLOR_TYPE_TRUECOLOR, 0, 0, interlaced};
    spng_ctx *spng = spng_ctx_new(SPNG_CTX_ENCODER);
    unsigned char *rgb = sample_rgb();
    size_t size = 0;
    int error = 0;
    spng_set_option(spng, SPNG_ENCODE_TO_BUFFER, 1);
    spng_set_ihdr(spng, &header);
    assert_int_equal(spng_encode_image(spng, rgb, 3 * SAMPLE_PIXELS, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE), 0);
    unsigned char *data = spng_get_png_buffer(spng, &size, &error);
    spng_ctx_free(spng);
    free(rgb);
    return (struct sample){interlaced ? "interlaced PNG" : "PNG", data, size, true};
}

static inline struct sample sample_webp(bool lossless) {
    unsigned char *rgb = sample_rgb(), *encoded = NULL;
    size_t size = lossless
                      ? WebPEncodeLosslessRGB(rgb, SAMPLE_WIDTH, SAMPLE_HEIGHT, 3 * SAMPLE_WIDTH, &encoded)
                      : WebPEncodeRGB(rgb, SAMPLE_WIDTH, SAMPLE_HEIGHT, 3 * SAMPLE_WIDTH, 80, &encoded);
    unsigned char *data = malloc(size);
    memcpy(data, encoded, size);
    WebPFree(encoded);
    free(rgb);
    return (struct sample){lossless ? "lossless WebP" : "WebP", data, size, lossless};
}

/* libtiff is simplest to use with files: writes a temporary one and reads it back. */
static inline struct sample sample_tiff(uint16_t compression, bool tiled) {
    char path[] = "/tmp/linnet-sample-XXXXXX";
    unsigned char *rgb = sample_rgb(), *tile = calloc(16 * 16, 3);
    TIFF *tiff;
    close(mkstemp(path));
    tiff = TIFFOpen(path, "w");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, SAMPLE_WIDTH);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, SAMPLE_HEIGHT);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
    if (tiled) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, 16);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, 16);
        for (int x = 0; x < SAMPLE_WIDTH; x += 16) {
            for (int y = 0; y < SAMPLE_HEIGHT; y++)
                memcpy(tile + 3 * 16 * y, rgb + 3 * (y * SAMPLE_WIDTH + x),
                       3 * (size_t)(SAMPLE_WIDTH - x < 16 ? SAMPLE_WIDTH - x : 16));
            TIFFWriteTile(tiff, tile, (uint32_t)x, 0, 0, 0);
        }
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 5);
        for (int y = 0; y < SAMPLE_HEIGHT; y++)
            TIFFWriteScanline(tiff, rgb + 3 * SAMPLE_WIDTH * y, (uint32_t)y, 0);
    }
    TIFFClose(tiff);
    free(rgb);
    free(tile);
    FILE *file = fopen(path, "rb");
    unsigned char *data = malloc(1 << 16);
    size_t size = fread(data, 1, 1 << 16, file);
    fclose(file);
    unlink(path);
    return (struct sample){tiled ? "tiled TIFF" : "TIFF", data, size, true};
}

static inline struct sample sample_ppm(void) {
    unsigned char *rgb = sample_rgb(), *data = malloc(3 * SAMPLE_PIXELS + 32);
    size_t at = (size_t)sprintf((char *)data, "P6\n%d %d\n255\n", SAMPLE_WIDTH, SAMPLE_HEIGHT);
    memcpy(data + at, rgb, 3 * SAMPLE_PIXELS);
    free(rgb);
    return (struct sample){"PNM", data, at + 3 * SAMPLE_PIXELS, true};
}

static inline void put32(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> 8 * i);
}

static inline struct sample sample_bmp(void) {
    enum { STRIDE = (3 * SAMPLE_WIDTH + 3) / 4 * 4, SIZE = 54 + STRIDE * SAMPLE_HEIGHT };
    unsigned char *data = calloc(SIZE, 1);
    memcpy(data, "BM", 2);
    put32(data + 10, 54);
    put32(data + 14, 40);
    put32(data + 18, SAMPLE_WIDTH);
    put32(data + 22, SAMPLE_HEIGHT);
    put32(data + 26, 1 | 24 << 16); /* planes, bits */
    for (int y = 0; y < SAMPLE_HEIGHT; y++)
        for (int x = 0; x < SAMPLE_WIDTH; x++)
            for (int c = 0; c < 3; c++)
                data[54 + STRIDE * (SAMPLE_HEIGHT - 1 - y) + 3 * x + 2 - c] = sample_pixel(x, y, c);
    return (struct sample){"BMP", data, SIZE, true};
}

/* Uses three-bit codes only and clears the table before it would need longer ones. The pixels differ from
 * sample_pixel(). */
static inline struct sample sample_gif(void) {
    unsigned char *data = calloc(4096, 1);
    size_t at = 13 + 12, bits = 0, start;
    memcpy(data, "GIF89a", 6);
    data[6] = SAMPLE_WIDTH;
    data[8] = SAMPLE_HEIGHT;
    data[10] = 0x81; /* four colours */
    for (int i = 0; i < 12; i++) data[13 + i] = (unsigned char)(20 * i);
    data[at++] = ',';
    data[at + 4] = SAMPLE_WIDTH;
    data[at + 6] = SAMPLE_HEIGHT;
    at += 9;
    data[at++] = 2; /* bits of an index */
    start = at;
    for (int i = 0; i <= SAMPLE_PIXELS + SAMPLE_PIXELS / 2 + 1; i++) {
        const unsigned code = i > SAMPLE_PIXELS + SAMPLE_PIXELS / 2 ? 5 : i % 3 == 0 ? 4 : (unsigned)i % 4;
        for (int b = 0; b < 3; b++, bits++) { /* in sub-blocks of 255 bytes */
            const size_t byte = bits / 8, place = start + byte / 255 * 256 + 1 + byte % 255;
            data[place] |= (unsigned char)((code >> b & 1) << bits % 8);
        }
    }
    const size_t bytes = (bits + 7) / 8;
    for (size_t block = 0; block * 255 < bytes; block++)
        data[start + block * 256] = (unsigned char)(bytes - block * 255 < 255 ? bytes - block * 255 : 255);
    at = start + bytes + (bytes + 254) / 255;
    data[at + 1] = ';';
    return (struct sample){"GIF", data, at + 2, false};
}

enum { SAMPLE_COUNT = 12 };

static inline void make_samples(struct sample samples[SAMPLE_COUNT]) {
    samples[0] = sample_jpeg(false);
    samples[1] = sample_jpeg(true);
    samples[2] = sample_png(false);
    samples[3] = sample_png(true);
    samples[4] = sample_webp(true);
    samples[5] = sample_webp(false);
    samples[6] = sample_tiff(COMPRESSION_LZW, false);
    samples[7] = sample_tiff(COMPRESSION_ADOBE_DEFLATE, true);
    samples[8] = sample_tiff(COMPRESSION_NONE, false);
    samples[9] = sample_ppm();
    samples[10] = sample_bmp();
    samples[11] = sample_gif();
}

static inline void drop_samples(struct sample samples[SAMPLE_COUNT]) {
    for (int i = 0; i < SAMPLE_COUNT; i++) free(samples[i].data);
}

/* Calls `run` with allocation number 1, 2, 3 ... failing until it succeeds. Nothing may leak, and each
 * failure must be recorded. */
static inline void fail_each_allocation(int (*run)(void *user), void *user) {
    const int64_t live = ln_alloc_live();
    for (uint64_t n = 1;; n++) {
        assert_true(n < 100000);
        ln_error_clear();
        ln_alloc_fail_at(n);
        const int status = run(user);
        ln_alloc_fail_at(0);
        assert_int_equal(ln_alloc_live(), live);
        if (status == LINNET_OK) break;
        assert_int_equal(status, LINNET_ERR_LIMIT);
        assert_string_equal(ln_error_get()->code, "mem-alloc");
    }
    ln_error_clear();
}

#endif
