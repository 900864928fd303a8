/* libheif, loaded when the first HEIF file is read, and the functions that heif.c calls, under their own names without
 * the prefix:
 *
 *     struct ln_heif heif;
 *     LN_TRY(ln_heif_open(&heif, name));
 *     struct heif_context *context = heif.context_alloc();
 *     ...
 *     ln_heif_close(&heif);
 *
 * The declarations are Linnet's own, so that a build does not need libheif's headers and every Linnet reads HEIC and
 * AVIF where libheif is installed. A shared library keeps its functions as long as its version number, here 1, stays
 * the same; tests/unit/image/test_heif.c compares the declarations with libheif's header if it is installed.
 */
#ifndef LN_IMAGE_HEIF_LIBRARY_H
#define LN_IMAGE_HEIF_LIBRARY_H

#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

struct heif_context;
struct heif_image_handle;
struct heif_image;
struct heif_decoding_options;
struct heif_reading_options;

/* libheif returns this struct by value. Its enumerations are ints. */
struct ln_heif_error {
    int code, subcode;
    const char *message; /* never NULL */
};

enum { /* of libheif's enumerations */
       LN_HEIF_OK = 0,
       LN_HEIF_INVALID = 2,
       LN_HEIF_UNSUPPORTED_FILE = 3,
       LN_HEIF_UNSUPPORTED_FEATURE = 4,
       LN_HEIF_MEMORY = 6,
       LN_HEIF_END_OF_DATA = 100,
       LN_HEIF_SECURITY_LIMIT = 1000,
       LN_HEIF_UNSUPPORTED_CODEC = 3000,
       LN_HEIF_COLORSPACE_RGB = 1,
       LN_HEIF_CHROMA_RGB = 10,  /* interleaved, 8 bits */
       LN_HEIF_CHANNEL_RGB = 10, /* interleaved */
};

struct ln_heif {
    void *library;
    struct heif_context *(*context_alloc)(void);
    void (*context_free)(struct heif_context *);
    void (*set_size_limit)(struct heif_context *, int side);
    void (*set_threads)(struct heif_context *, int threads);
    struct ln_heif_error (*read)(struct heif_context *, const void *data, size_t size,
                                 const struct heif_reading_options *);
    struct ln_heif_error (*primary)(struct heif_context *, struct heif_image_handle **);
    int (*width)(const struct heif_image_handle *);
    int (*height)(const struct heif_image_handle *);
    void (*handle_release)(const struct heif_image_handle *);
    struct ln_heif_error (*decode)(const struct heif_image_handle *, struct heif_image **, int colorspace,
                                   int chroma, const struct heif_decoding_options *);
    int (*image_width)(const struct heif_image *, int channel);
    int (*image_height)(const struct heif_image *, int channel);
    const uint8_t *(*plane)(const struct heif_image *, int channel, int *stride);
    void (*image_release)(const struct heif_image *);
};

/* `name` is the name of the picture, for messages. LINNET_ERR_INPUT "img-unsupported" if libheif is not installed;
 * LINNET_ERR_INTERNAL "img-heif" if it lacks a function. */
LN_MUST_CHECK int ln_heif_open(struct ln_heif *heif, const char *name);
void ln_heif_close(struct ln_heif *heif); /* allowed after a failed open */

#endif
