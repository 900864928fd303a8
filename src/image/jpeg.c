/* JPEG (ITU-T T.81) by libjpeg-turbo: baseline, progressive, arithmetic; grey, YCbCr, RGB, CMYK, YCCK.
 * libjpeg leaves by longjmp where it fails, and that stays in this file. It only warns where data is missing
 * or rotten and goes on with grey; here every warning about the picture's data is the end, told with its row.
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
    MARKER_EOI = 0xd9,
    /* Some cameras leave a few bytes between the last block and the end marker. More is a stream that lost
       its way. */
    HARMLESS_TAIL = 16,
    /* Samples that a file of several scans may pass over, and more for each of its bytes; ten scans of 24
     * megapixels come to 200 to 350 million. */
    FREE_WORK = 256 << 20,
    WORK_A_BYTE = 128,
};

struct decoder {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    const struct ln_image_input *in;
    int status;
    bool in_scans;      /* the header is behind us */
    int64_t work;       /* samples passed over so far */
    unsigned char *row; /* [width][4], for CMYK */
};

static bool jpeg_sniff(const unsigned char *data, size_t size) {
    return size >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff;
}

/* ---- what libjpeg calls back --------------------------------------------------------------------------- */

/* Rows that were read whole, in the scan at hand. */
static int64_t rows_read(const struct jpeg_decompress_struct *cinfo) {
    int64_t rows = (int64_t)cinfo->input_iMCU_row * cinfo->max_v_samp_factor * DCTSIZE;
    return rows < cinfo->image_height ? rows : cinfo->image_height;
}

/* Frames by their marker (T.81, table B.1), those that libjpeg does not decode. */
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

/* A sound file, as far as one can see, that libjpeg leaves alone. */
static int fail_unsupported(const struct decoder *d, const struct jpeg_error_mgr *err, const char *what) {
    char text[40];
    switch (err->msg_code) {
    case JERR_SOF_UNSUPPORTED: return ln_image_unsupported(d->in, self, process_name(err->msg_parm.i[0]));
    case JERR_BAD_PRECISION:
        snprintf(text, sizeof text, "of %d bits a sample", err->msg_parm.i[0]);
        return ln_image_unsupported(d->in, self, text);
    case JERR_EMPTY_IMAGE:
        return ln_image_unsupported(d->in, self, "that leaves its height for later, or is empty,");
    case JERR_ARITH_NOTIMPL: return ln_image_unsupported(d->in, self, "with arithmetic coding");
    default: return ln_image_unsupported(d->in, self, what);
    }
}

/* Records what libjpeg has to say, and leaves it. */
_Noreturn static void fail(j_common_ptr common) {
    struct decoder *d = common->client_data;
    char what[JMSG_LENGTH_MAX];
    common->err->format_message(common, what);
    switch (common->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY:
        d->status = ln_image_truncated(d->in, self, rows_read(&d->cinfo), d->cinfo.image_height);
        break;
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

/* Is this warning about something beside the picture's data? */
static bool is_harmless(const struct decoder *d, const struct jpeg_error_mgr *err) {
    if (err->msg_code == JWRN_JPEG_EOF) return false;
    if (!d->in_scans || err->msg_code == JWRN_NOT_SEQUENTIAL) return true;
    return err->msg_code == JWRN_EXTRANEOUS_DATA && err->msg_parm.i[0] <= HARMLESS_TAIL &&
           err->msg_parm.i[1] == MARKER_EOI;
}

static void on_message(j_common_ptr common, int level) {
    if (level < 0 && !is_harmless(common->client_data, common->err)) fail(common);
}

static int fail_scans(const struct decoder *d, int scans) {
    return ln_fail(LINNET_ERR_INPUT, "img-scans",
                   "%s: JPEG passes over the picture more than %d times; the limit for %zu bytes",
                   d->in->name, scans, d->in->size);
}

/* Called after each row of blocks that was read. A progressive file may pass over the picture again and
 * again, with next to nothing to say each time, and cost time that neither its size nor the picture's bounds.
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

/* ---- decoding: from here on anything may end in longjmp ------------------------------------------------ */

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

/* Adobe writes CMYK inverted, and PIL takes all CMYK for Adobe's. */
static void read_cmyk_row(struct decoder *d, unsigned char *rgb) {
    jpeg_read_scanlines(&d->cinfo, &d->row, 1);
    const unsigned char *cmyk = d->row;
    for (JDIMENSION x = 0; x < d->cinfo.output_width; x++, cmyk += 4, rgb += 3) {
        for (int c = 0; c < 3; c++) rgb[c] = 255 - cmyk[c];
        ln_cmy_to_rgb(rgb, 255u - cmyk[3]);
    }
}

/* Bytes of memory a pixel: RGB and what else a row needs; and of a file in several scans, all coefficients,
 * of 16 bits each, which are as many as the components have samples. */
static int cost(struct jpeg_decompress_struct *cinfo) {
    int samples = 0;
    if (!jpeg_has_multiple_scans(cinfo)) return 3 + 1;
    for (int i = 0; i < cinfo->num_components; i++)
        samples += cinfo->comp_info[i].h_samp_factor * cinfo->comp_info[i].v_samp_factor;
    const int share = cinfo->max_h_samp_factor * cinfo->max_v_samp_factor;
    return 3 + (2 * samples + share - 1) / share;
}

static int decode_guarded(struct decoder *d, struct ln_image *image, int *orientation) {
    struct jpeg_decompress_struct *cinfo = &d->cinfo;
    jpeg_mem_src(cinfo, d->in->data, d->in->size);
    jpeg_save_markers(cinfo, MARKER_EXIF, 0xffff);
    (void)jpeg_read_header(cinfo, TRUE);
    d->in_scans = true;
    *orientation = read_orientation(cinfo);
    LN_TRY(ln_image_check(d->in, self, cinfo->image_width, cinfo->image_height, cost(cinfo)));
    choose_scale(d, *orientation);
    const bool cmyk = cinfo->num_components == 4;
    cinfo->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_calc_output_dimensions(cinfo);
    LN_TRY(ln_image_create(d->in, self, cinfo->output_width, cinfo->output_height, 3, image));
    if (cmyk && !(d->row = ln_alloc(4 * (size_t)image->width))) return LINNET_ERR_LIMIT;
    (void)jpeg_start_decompress(cinfo);
    while (cinfo->output_scanline < cinfo->output_height) {
        unsigned char *rgb = image->pixels + 3 * (size_t)image->width * cinfo->output_scanline;
        if (cmyk)
            read_cmyk_row(d, rgb);
        else
            jpeg_read_scanlines(cinfo, &rgb, 1);
    }
    (void)jpeg_finish_decompress(cinfo); /* reads up to the end marker */
    return LINNET_OK;
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
        d.status = decode_guarded(&d, image, orientation);
    }
    jpeg_destroy_decompress(&d.cinfo);
    ln_free(d.row);
    return d.status;
}

const struct ln_image_format ln_image_format_jpeg = {
    .name = "JPEG", .sniff = jpeg_sniff, .decode = jpeg_decode};
