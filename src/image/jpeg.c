/* JPEG (ITU-T T.81) by libjpeg-turbo: baseline, progressive, arithmetic; grey, YCbCr, RGB, CMYK, YCCK. libjpeg reports
 * a failure by longjmp, which never leaves this file.
 *
 * Linnet reads the files that Pillow reads. Pillow gives libjpeg the bytes of the file without adding an end marker,
 * and refuses a file that ends before its last row. It ignores libjpeg's warnings: stray bytes before a marker, a bad
 * code, a segment that ends early and leaves rows grey. Such a picture is used here too, and the first warning about
 * its data is noted as its damage.
 */
#include "base/alloc.h"
#include "image/colour.h"
#include "image/exif.h"
#include "image/format.h"
#include "image/orient.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
/* jpeglib.h wants stdio.h before it. */
#include <jerror.h>
#include <jpeglib.h>

extern const struct ln_image_format ln_image_format_jpeg;
static const struct ln_image_format *const self = &ln_image_format_jpeg;

enum {
    MARKER_EXIF = JPEG_APP0 + 1,
    /* The samples that all scans of a multi-scan file may visit: FREE_WORK, plus WORK_A_BYTE for each byte of the
     * file. Ten scans of 24 megapixels visit 200 to 350 million. */
    FREE_WORK = 256 << 20,
    WORK_A_BYTE = 128,
};

struct decoder {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    struct jpeg_source_mgr source;
    jmp_buf failed;
    const struct ln_image_input *in;
    int status;
    int64_t work;       /* samples visited so far, over all scans */
    unsigned char *row; /* [width][4], for CMYK */
};

static bool jpeg_sniff(const unsigned char *data, size_t size) {
    return size >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff;
}

/* ---- what libjpeg calls back --------------------------------------------------------------------------- */

/* Rows that were read completely in the current scan. */
static int64_t rows_read(const struct jpeg_decompress_struct *cinfo) {
    int64_t rows = (int64_t)cinfo->input_iMCU_row * cinfo->max_v_samp_factor * DCTSIZE;
    return rows < cinfo->image_height ? rows : cinfo->image_height;
}

/* The kinds of frame that libjpeg does not decode, by their marker (T.81, table B.1). */
static const char *process_name(int marker) {
    switch (marker) {
    case 0xc3: return "of the lossless kind";
    case 0xc5:
    case 0xc6:
    case 0xcd:
    case 0xce: return "of the hierarchical kind";
    case 0xc7:
    case 0xcb:
    case 0xcf: return "of a lossless kind, hierarchical or arithmetic";
    default: return "of an unknown kind";
    }
}

/* Fails for a file that seems sound, but that libjpeg does not support. */
static int fail_unsupported(const struct decoder *d, const struct jpeg_error_mgr *err, const char *what) {
    char text[40];
    switch (err->msg_code) {
    case JERR_SOF_UNSUPPORTED: return ln_image_unsupported(d->in, self, process_name(err->msg_parm.i[0]));
    case JERR_BAD_PRECISION:
        snprintf(text, sizeof text, "of %d bits a sample", err->msg_parm.i[0]);
        return ln_image_unsupported(d->in, self, text);
    case JERR_EMPTY_IMAGE:
        return ln_image_unsupported(d->in, self, "whose header gives a width, height or channel count of 0");
    case JERR_ARITH_NOTIMPL: return ln_image_unsupported(d->in, self, "with arithmetic coding");
    default: return ln_image_unsupported(d->in, self, what);
    }
}

/* Records libjpeg's message and leaves libjpeg. */
_Noreturn static void fail(j_common_ptr common) {
    struct decoder *d = common->client_data;
    char what[JMSG_LENGTH_MAX];
    common->err->format_message(common, what);
    switch (common->err->msg_code) {
    case JERR_OUT_OF_MEMORY: d->status = ln_fail_memory(d->in->size); break;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_EMPTY_IMAGE:
    case JERR_SOF_UNSUPPORTED: d->status = fail_unsupported(d, common->err, what); break;
    default: d->status = ln_image_damaged(d->in, self, rows_read(&d->cinfo), d->cinfo.image_height, what);
    }
    longjmp(d->failed, 1);
}

/* True if the warning is about metadata, not about the picture's data. */
static bool concerns_metadata(int message) {
    return message == JWRN_ADOBE_XFORM || message == JWRN_JFIF_MAJOR || message == JWRN_NOT_SEQUENTIAL;
}

static void on_message(j_common_ptr common, int level) {
    static const char prefix[] = "Corrupt JPEG data: ";
    const struct decoder *d = common->client_data;
    char what[JMSG_LENGTH_MAX];
    if (level >= 0 || concerns_metadata(common->err->msg_code)) return;
    common->err->format_message(common, what);
    const size_t skip = strncmp(what, prefix, sizeof prefix - 1) == 0 ? sizeof prefix - 1 : 0;
    ln_image_note(d->in, self, rows_read(&d->cinfo), d->cinfo.image_height, what + skip);
}

static int fail_scans(const struct decoder *d, int scans) {
    return ln_fail(LINNET_ERR_INPUT, "img-scans",
                   "%s: JPEG has more than %d scans; this is the limit for a file of %zu bytes", d->in->name,
                   scans, d->in->size);
}

/* Called after each row of blocks. A progressive file may scan the picture again and again with almost no data, and so
 * take time that neither the size of the file nor that of the picture bounds.
 */
static void on_progress(j_common_ptr common) {
    struct decoder *d = common->client_data;
    const struct jpeg_decompress_struct *c = &d->cinfo;
    if (c->input_scan_number > d->in->opts.limits.scans) {
        d->status = fail_scans(d, d->in->opts.limits.scans);
        longjmp(d->failed, 1);
    }
    for (int i = 0; i < c->comps_in_scan; i++)
        d->work +=
            (int64_t)c->cur_comp_info[i]->width_in_blocks * c->cur_comp_info[i]->v_samp_factor * DCTSIZE2;
    if (c->input_scan_number > 1 && d->work > FREE_WORK + WORK_A_BYTE * (int64_t)d->in->size) {
        d->status = fail_scans(d, c->input_scan_number - 1);
        longjmp(d->failed, 1);
    }
}

/* The whole file is in the buffer from the start. Past its end libjpeg gets nothing, so its functions return early
 * ("suspend"); jpeg_mem_src would invent an end marker instead. */
static void source_open(j_decompress_ptr cinfo) {}

static boolean source_fill(j_decompress_ptr cinfo) {
    return FALSE;
}

static void source_skip(j_decompress_ptr cinfo, long n) {
    struct jpeg_source_mgr *source = cinfo->src;
    const size_t step = (size_t)n < source->bytes_in_buffer ? (size_t)n : source->bytes_in_buffer;
    source->next_input_byte += step;
    source->bytes_in_buffer -= step;
}

static void source_close(j_decompress_ptr cinfo) {}

static void source_init(struct decoder *d) {
    d->source = (struct jpeg_source_mgr){.next_input_byte = d->in->data,
                                         .bytes_in_buffer = d->in->size,
                                         .init_source = source_open,
                                         .fill_input_buffer = source_fill,
                                         .skip_input_data = source_skip,
                                         .resync_to_restart = jpeg_resync_to_restart,
                                         .term_source = source_close};
    d->cinfo.src = &d->source;
}

/* ---- decoding: from here on anything may end in longjmp ------------------------------------------------ */

static int fail_truncated(const struct decoder *d) {
    return ln_image_truncated(d->in, self, rows_read(&d->cinfo), d->cinfo.image_height);
}

/* The header up to the first scan. Tables may come first as a stream of their own, with an end marker. */
static int read_header(struct decoder *d) {
    int state;
    do state = jpeg_read_header(&d->cinfo, FALSE);
    while (state == JPEG_HEADER_TABLES_ONLY);
    return state == JPEG_HEADER_OK ? LINNET_OK : fail_truncated(d);
}

static int read_orientation(const struct jpeg_decompress_struct *cinfo) {
    for (jpeg_saved_marker_ptr m = cinfo->marker_list; m; m = m->next)
        if (m->marker == MARKER_EXIF && m->data_length >= 5 && memcmp(m->data, "Exif", 5) == 0)
            return ln_exif_orientation(m->data, m->data_length);
    return 1;
}

static void choose_scale(struct decoder *d, int orientation) {
    const struct ln_decode_opts *opts = &d->in->opts;
    if (!opts->shrink) return;
    bool swap = ln_orientation_swaps(orientation);
    int width = (int)d->cinfo.image_width, height = (int)d->cinfo.image_height;
    int factor = opts->shrink(opts->user, swap ? height : width, swap ? width : height);
    d->cinfo.scale_num = 1;
    d->cinfo.scale_denom = factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1;
}

/* Adobe writes CMYK inverted, and PIL treats all CMYK as Adobe's. */
static void convert_cmyk(const struct decoder *d, unsigned char *rgb) {
    const unsigned char *cmyk = d->row;
    for (JDIMENSION x = 0; x < d->cinfo.output_width; x++, cmyk += 4, rgb += 3) {
        for (int c = 0; c < 3; c++) rgb[c] = 255 - cmyk[c];
        ln_cmy_to_rgb(rgb, 255u - cmyk[3]);
    }
}

/* Bytes of memory per pixel: RGB and the buffers of a row. A file in several scans also needs all coefficients, one
 * of 16 bits for each sample of a component. */
static int cost(struct jpeg_decompress_struct *cinfo) {
    int samples = 0;
    if (!jpeg_has_multiple_scans(cinfo)) return 3 + 1;
    for (int i = 0; i < cinfo->num_components; i++)
        samples += cinfo->comp_info[i].h_samp_factor * cinfo->comp_info[i].v_samp_factor;
    const int share = cinfo->max_h_samp_factor * cinfo->max_v_samp_factor;
    return 3 + (2 * samples + share - 1) / share;
}

static int read_rows(struct decoder *d, const struct ln_image *image) {
    struct jpeg_decompress_struct *cinfo = &d->cinfo;
    if (!jpeg_start_decompress(cinfo)) return fail_truncated(d);
    while (cinfo->output_scanline < cinfo->output_height) {
        unsigned char *rgb = image->pixels + 3 * (size_t)image->width * cinfo->output_scanline;
        if (jpeg_read_scanlines(cinfo, d->row ? &d->row : &rgb, 1) != 1) return fail_truncated(d);
        if (d->row) convert_cmyk(d, rgb);
    }
    if (!jpeg_finish_decompress(cinfo)) /* reads up to the end marker */
        ln_image_note(d->in, self, image->height, image->height, "the end marker is missing");
    return LINNET_OK;
}

static int decode_guarded(struct decoder *d, struct ln_image *image, int *orientation) {
    struct jpeg_decompress_struct *cinfo = &d->cinfo;
    jpeg_save_markers(cinfo, MARKER_EXIF, 0xffff);
    LN_TRY(read_header(d));
    *orientation = read_orientation(cinfo);
    LN_TRY(ln_image_check(d->in, self, cinfo->image_width, cinfo->image_height, cost(cinfo)));
    choose_scale(d, *orientation);
    const bool cmyk = cinfo->num_components == 4;
    cinfo->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_calc_output_dimensions(cinfo);
    LN_TRY(ln_image_create(d->in, self, cinfo->output_width, cinfo->output_height, 3, image));
    if (cmyk && !(d->row = ln_alloc(4 * (size_t)image->width))) return LINNET_ERR_LIMIT;
    return read_rows(d, image);
}

static int jpeg_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct decoder d = {.in = in};
    d.cinfo.err = jpeg_std_error(&d.errors);
    d.cinfo.client_data = &d;
    d.errors.error_exit = fail;
    d.errors.emit_message = on_message;
    d.progress.progress_monitor = on_progress;
    if (setjmp(d.failed) == 0) {
        jpeg_create_decompress(&d.cinfo);
        d.cinfo.progress = &d.progress;
        source_init(&d);
        d.status = decode_guarded(&d, image, orientation);
    }
    jpeg_destroy_decompress(&d.cinfo);
    ln_free(d.row);
    return d.status;
}

const struct ln_image_format ln_image_format_jpeg = {
    .name = "JPEG", .sniff = jpeg_sniff, .decode = jpeg_decode};
