/* JPEG by libjpeg-turbo, into memory. libjpeg reports a failure by longjmp, which never leaves this file. */
#include "image/jpeg_write.h"
#include "base/text.h"
#include <setjmp.h>
#include <stdio.h>
/* jpeglib.h wants stdio.h before it. */
#include <jpeglib.h>

struct encoder {
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf failed;
    unsigned char piece[4096]; /* libjpeg writes here, */
    struct ln_text bytes;      /* and full pieces are kept here */
};

/* ---- what libjpeg calls back --------------------------------------------------------------------------- */

_Noreturn static void fail(j_common_ptr common) {
    struct encoder *e = common->client_data;
    longjmp(e->failed, 1);
}

static void begin_piece(j_compress_ptr cinfo) {
    struct encoder *e = cinfo->client_data;
    e->destination.next_output_byte = e->piece;
    e->destination.free_in_buffer = sizeof e->piece;
}

static boolean keep_piece(j_compress_ptr cinfo) {
    struct encoder *e = cinfo->client_data;
    ln_text_add_bytes(&e->bytes, e->piece, sizeof e->piece);
    begin_piece(cinfo);
    return TRUE;
}

static void keep_last(j_compress_ptr cinfo) {
    struct encoder *e = cinfo->client_data;
    ln_text_add_bytes(&e->bytes, e->piece, sizeof e->piece - e->destination.free_in_buffer);
}

/* ---- encoding ------------------------------------------------------------------------------------------ */

static void start(struct encoder *e, const struct ln_image *image, int quality) {
    jpeg_create_compress(&e->cinfo);
    e->destination = (struct jpeg_destination_mgr){
        .init_destination = begin_piece, .empty_output_buffer = keep_piece, .term_destination = keep_last};
    e->cinfo.dest = &e->destination;
    e->cinfo.image_width = (JDIMENSION)image->width;
    e->cinfo.image_height = (JDIMENSION)image->height;
    e->cinfo.input_components = image->channels;
    e->cinfo.in_color_space = image->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&e->cinfo);
    jpeg_set_quality(&e->cinfo, quality, TRUE);
    e->cinfo.optimize_coding = TRUE; /* a tenth smaller */
}

static void write_rows(struct encoder *e, const struct ln_image *image) {
    const size_t stride = (size_t)image->width * (size_t)image->channels;
    jpeg_start_compress(&e->cinfo, TRUE);
    while (e->cinfo.next_scanline < e->cinfo.image_height) {
        JSAMPROW row = image->pixels + e->cinfo.next_scanline * stride;
        jpeg_write_scanlines(&e->cinfo, &row, 1);
    }
    jpeg_finish_compress(&e->cinfo);
}

static int encode(struct encoder *e, const struct ln_image *image, int quality) {
    if (setjmp(e->failed))
        return ln_fail(LINNET_ERR_LIMIT, "img-write", "a picture of %d x %d pixels cannot be written as JPEG",
                       image->width, image->height);
    start(e, image, quality);
    write_rows(e, image);
    return LINNET_OK;
}

int ln_jpeg_encode(const struct ln_image *image, int quality, unsigned char **data, size_t *size) {
    struct encoder e = {.bytes.failed = false};
    char *bytes = NULL;
    e.cinfo.err = jpeg_std_error(&e.errors);
    e.cinfo.client_data = &e;
    e.errors.error_exit = fail;
    int status = encode(&e, image, quality);
    jpeg_destroy_compress(&e.cinfo);
    *size = e.bytes.length;
    if (status == LINNET_OK) status = ln_text_take(&e.bytes, &bytes);
    ln_text_fini(&e.bytes);
    *data = (unsigned char *)bytes;
    return status;
}
