/* The sizes of the pictures in a coded stream, read from its headers before anything is decoded: a stream of a hundred bytes may
 * claim 65536 x 65536 pixels, whatever its container says.
 *
 * HEVC (ITU-T H.265, sections 7.3.1 and 7.3.2.2) is a list of NAL units, AV1 (section 5.5) a list of OBUs.
 */
#ifndef LN_IMAGE_HEIF_STREAM_H
#define LN_IMAGE_HEIF_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ln_heif_stream {
    int64_t width, height; /* of the largest picture that the headers allow; 0: no header so far */
    int pictures;
    int slices; /* parts of pictures that are decoded one by one */
};

/* Add the pictures in the bytes to *stream. False if the bytes cannot be parsed to their end. */
bool ln_heif_hevc(const unsigned char *data, size_t size, struct ln_heif_stream *stream);
bool ln_heif_hevc_config(const unsigned char *data, size_t size, struct ln_heif_stream *stream); /* hvcC */
bool ln_heif_av1(const unsigned char *data, size_t size, struct ln_heif_stream *stream);

#endif
