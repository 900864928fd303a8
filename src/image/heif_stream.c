/* Reads the headers of HEVC and AV1 up to the size of the picture. */
#include "image/heif_stream.h"
#include "base/size.h"

enum {
    NAL_SLICES = 32, /* types below are slices */
    NAL_SPS = 33,
    HVCC_ARRAYS = 22, /* offset of their number in hvcC */
    OBU_SEQUENCE = 1,
    OBU_FRAME_HEADER = 3,
    OBU_FRAME = 6,
};

/* ---- bits ---------------------------------------------------------------------------------------------- */

struct bits {
    const unsigned char *data;
    size_t size, at; /* bytes; the bit */
    bool escaped;    /* HEVC: the third byte of 0, 0, 3 is not part of the data */
    bool ended;      /* a read beyond the end; its bits are 0 */
};

static void skip_escape(struct bits *b) {
    const size_t byte = b->at / 8;
    if (b->escaped && b->at % 8 == 0 && byte >= 2 && byte < b->size && b->data[byte] == 3 &&
        b->data[byte - 1] == 0 && b->data[byte - 2] == 0)
        b->at += 8;
}

static uint32_t read_bits(struct bits *b, int n) {
    uint32_t value = 0;
    for (; n > 0; n--) {
        skip_escape(b);
        b->ended |= b->at / 8 >= b->size;
        value = value << 1 | (b->ended ? 0U : (uint32_t)b->data[b->at / 8] >> (7 - b->at % 8) & 1U);
        if (!b->ended) b->at++;
    }
    return value;
}

static void skip_bits(struct bits *b, int n) {
    for (; n > 0; n--) (void)read_bits(b, 1);
}

/* ue(v) of HEVC and uvlc() of AV1: Exp-Golomb. */
static uint32_t read_golomb(struct bits *b) {
    int zeros = 0;
    while (zeros < 32 && !b->ended && read_bits(b, 1) == 0) zeros++;
    return zeros < 32 ? ((uint32_t)1 << zeros) - 1 + read_bits(b, zeros) : UINT32_MAX;
}

static bool keep_larger(struct ln_heif_stream *s, int64_t width, int64_t height) {
    if (width < 1 || height < 1) return false;
    s->width = ln_larger(s->width, width);
    s->height = ln_larger(s->height, height);
    return true;
}

/* ---- HEVC ---------------------------------------------------------------------------------------------- */

/* profile_tier_level(1, layers), 7.3.3: layers is sps_max_sub_layers_minus1. */
static void skip_profile(struct bits *b, int layers) {
    int profiles = 0, levels = 0;
    skip_bits(b, 88 + 8);
    for (int i = 0; i < layers; i++) {
        profiles += (int)read_bits(b, 1);
        levels += (int)read_bits(b, 1);
    }
    if (layers > 0) skip_bits(b, 2 * (8 - layers));
    skip_bits(b, 88 * profiles + 8 * levels);
}

static bool read_sps(const unsigned char *nal, size_t size, struct ln_heif_stream *s) {
    struct bits b = {.data = nal, .size = size, .at = 16, .escaped = true};
    skip_bits(&b, 4);
    const int layers = (int)read_bits(&b, 3);
    skip_bits(&b, 1);
    skip_profile(&b, layers);
    (void)read_golomb(&b);                      /* sps_seq_parameter_set_id */
    if (read_golomb(&b) == 3) skip_bits(&b, 1); /* chroma_format_idc, separate_colour_plane_flag */
    const int64_t width = read_golomb(&b), height = read_golomb(&b);
    return !b.ended && keep_larger(s, width, height);
}

static bool read_nal(const unsigned char *nal, size_t size, struct ln_heif_stream *s) {
    if (size < 3) return true;
    const int type = nal[0] >> 1 & 63;
    if (type == NAL_SPS) return read_sps(nal, size, s);
    if (type < NAL_SLICES) {
        s->pictures += nal[2] >> 7; /* first_slice_segment_in_pic_flag */
        s->slices++;
    }
    return true;
}

static size_t big(const unsigned char *p, int bytes) {
    size_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | p[i];
    return value;
}

/* Reads `count` NAL units, each preceded by its length in `bytes` bytes, and moves *at past them. */
static bool read_nals(const unsigned char *data, size_t size, size_t *at, int bytes, size_t count,
                      struct ln_heif_stream *s) {
    for (; count > 0 && *at < size; count--) {
        if (!ln_size_slice(size, *at, (size_t)bytes)) return false;
        const size_t length = big(data + *at, bytes);
        *at += (size_t)bytes;
        if (!ln_size_slice(size, *at, length) || !read_nal(data + *at, length, s)) return false;
        *at += length;
    }
    return true;
}

bool ln_heif_hevc(const unsigned char *data, size_t size, struct ln_heif_stream *s) {
    size_t at = 0;
    return read_nals(data, size, &at, 4, SIZE_MAX, s);
}

bool ln_heif_hevc_config(const unsigned char *data, size_t size, struct ln_heif_stream *s) {
    if (size <= HVCC_ARRAYS) return false;
    size_t at = HVCC_ARRAYS + 1;
    for (int arrays = data[HVCC_ARRAYS]; arrays > 0; arrays--) {
        if (!ln_size_slice(size, at, 3)) return false;
        at += 3;
        if (!read_nals(data, size, &at, 2, big(data + at - 2, 2), s)) return false;
    }
    return true;
}

/* ---- AV1 ----------------------------------------------------------------------------------------------- */

/* timing_info() and decoder_model_info(); returns the bits of a delay, 0 without a decoder model. */
static int skip_timing(struct bits *b) {
    if (!read_bits(b, 1)) return 0;
    skip_bits(b, 64);
    if (read_bits(b, 1)) (void)read_golomb(b);
    if (!read_bits(b, 1)) return 0;
    const int delay = (int)read_bits(b, 5) + 1;
    skip_bits(b, 32 + 5 + 5);
    return delay;
}

static void skip_operating_points(struct bits *b, int delay) {
    const bool display_delay = read_bits(b, 1);
    for (int points = (int)read_bits(b, 5) + 1; points > 0; points--) {
        skip_bits(b, 12);
        if (read_bits(b, 5) > 7) skip_bits(b, 1);
        if (delay && read_bits(b, 1)) skip_bits(b, 2 * delay + 1);
        if (display_delay && read_bits(b, 1)) skip_bits(b, 4);
    }
}

/* sequence_header_obu(). A frame may override the size, but not exceed the number of bits given here, so that number
 * bounds the size. A reduced still picture cannot override it. */
static bool read_sequence(const unsigned char *data, size_t size, struct ln_heif_stream *s) {
    struct bits b = {.data = data, .size = size};
    skip_bits(&b, 3 + 1);
    const bool reduced = read_bits(&b, 1);
    if (reduced)
        skip_bits(&b, 5);
    else
        skip_operating_points(&b, skip_timing(&b));
    const int width_bits = (int)read_bits(&b, 4) + 1, height_bits = (int)read_bits(&b, 4) + 1;
    const int64_t width = (int64_t)read_bits(&b, width_bits) + 1,
                  height = (int64_t)read_bits(&b, height_bits) + 1;
    if (b.ended) return false;
    return reduced ? keep_larger(s, width, height)
                   : keep_larger(s, (int64_t)1 << width_bits, (int64_t)1 << height_bits);
}

/* leb128(), of at most 8 bytes. */
static bool read_leb128(const unsigned char *data, size_t size, size_t *at, size_t *value) {
    *value = 0;
    for (int i = 0; i < 8 && *at < size; i++) {
        const unsigned char byte = data[(*at)++];
        *value |= (size_t)(byte & 127) << 7 * i;
        if (byte < 128) return true;
    }
    return false;
}

bool ln_heif_av1(const unsigned char *data, size_t size, struct ln_heif_stream *s) {
    for (size_t at = 0; at < size;) {
        const unsigned char header = data[at];
        const int type = header >> 3 & 15;
        at += header & 4 ? 2 : 1; /* with an extension byte */
        if (at > size) return false;
        size_t length = size - at;
        if (header & 2 && !read_leb128(data, size, &at, &length)) return false;
        if (!ln_size_slice(size, at, length)) return false;
        if (type == OBU_SEQUENCE && !read_sequence(data + at, length, s)) return false;
        if (type == OBU_FRAME || type == OBU_FRAME_HEADER) {
            s->pictures++;
            s->slices++;
        }
        at += length;
    }
    return true;
}
