/* HEIF boxes made by hand: a grid of two HEVC tiles with an AV1 alpha, whose bytes all lie in idat. Each box is cut at every
 * byte and each of its bytes is changed; limits and refusals are checked by name. No decoder is needed: only headers are read. */
#include "image/heif_boxes.h"
#include "image/heif_stream.h"
#include "samples.h"

enum { PITM, IINF, IPCO, IPMA, ILOC, IREF, IDAT, PARTS, MOST = 1 << 17 };

static struct part {
    unsigned char at[MOST];
    size_t size;
} parts[PARTS];
static struct part file;

static void put(struct part *p, uint64_t value, int bytes) {
    assert_true(p->size + (size_t)bytes <= MOST);
    for (int i = bytes; i-- > 0;) p->at[p->size++] = (unsigned char)(value >> 8 * i);
}

static void put_bytes(struct part *p, const void *bytes, size_t size) {
    assert_true(p->size + size <= MOST);
    memcpy(p->at + p->size, bytes, size);
    p->size += size;
}

/* Begins a box; returns what box_end() needs. */
static size_t box_begin(struct part *p, const char *type) {
    put(p, 0, 4);
    put_bytes(p, type, 4);
    return p->size - 8;
}

static void box_end(struct part *p, size_t begin) {
    const size_t size = p->size - begin;
    for (int i = 0; i < 4; i++) p->at[begin + (size_t)i] = (unsigned char)(size >> (24 - 8 * i));
}

static void put_box(struct part *p, const char *type, const void *body, size_t size) {
    const size_t begin = box_begin(p, type);
    put_bytes(p, body, size);
    box_end(p, begin);
}

/* ---- the file ------------------------------------------------------------------------------------------- */

/* 4032 x 3024, as in test_heif.c. */
static const unsigned char sps[] = {0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00,
                                    0xb0, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x5a,
                                    0xa0, 0x01, 0xf8, 0x20, 0x02, 0xf4, 0x60};
static const unsigned char slice[] = {0, 0, 0, 3, 0x26, 0x01, 0xaf};
static const unsigned char picture[] = {0x32, 0x01, 0};
static const unsigned char alpha_name[] = "\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";
enum { GRID = 1, LEFT, RIGHT, ALPHA, ITEMS = 4 };

static void put_item(struct part *p, uint32_t id, const char *type) {
    const size_t begin = box_begin(p, "infe");
    put(p, 2, 1);
    put(p, 0, 3);
    put(p, id, 2);
    put(p, 0, 2);
    put_bytes(p, type, 5); /* and an empty name */
    box_end(p, begin);
}

static void put_config(struct part *p) {
    const size_t begin = box_begin(p, "hvcC");
    for (int i = 0; i < 22; i++) put(p, 0, 1);
    put(p, 1, 1);  /* arrays */
    put(p, 33, 1); /* of sequence parameter sets */
    put(p, 1, 2);  /* of one */
    put(p, sizeof sps, 2);
    put_bytes(p, sps, sizeof sps);
    box_end(p, begin);
}

/* The item's bytes go to idat. */
static void put_place(uint32_t id, const void *bytes, size_t size) {
    struct part *p = &parts[ILOC];
    put(p, id, 2);
    put(p, 1, 2); /* in idat */
    put(p, 0, 2);
    put(p, 1, 2); /* extents */
    put(p, parts[IDAT].size, 4);
    put(p, size, 4);
    put_bytes(&parts[IDAT], bytes, size);
}

static void parts_make(void) {
    static const unsigned char grid[] = {0, 0, 0, 1, 0x1f, 0x80, 0x0b, 0xd0}; /* 1 x 2 tiles, 8064 x 3024 */
    for (int i = 0; i < PARTS; i++) parts[i].size = 0;
    put(&parts[PITM], 0, 4);
    put(&parts[PITM], GRID, 2);
    put(&parts[IINF], 0, 4);
    put(&parts[IINF], ITEMS, 2);
    put_item(&parts[IINF], GRID, "grid");
    put_item(&parts[IINF], LEFT, "hvc1");
    put_item(&parts[IINF], RIGHT, "hvc1");
    put_item(&parts[IINF], ALPHA, "av01");
    put_config(&parts[IPCO]);
    put_box(&parts[IPCO], "av1C", "\x81\0\0\0\x0a\x06\x18\x15\x7f\xfe\xff\xc0", 12);
    put_box(&parts[IPCO], "auxC", alpha_name, sizeof alpha_name);
    put(&parts[IPMA], 0, 4);
    put(&parts[IPMA], 3, 4);
    put_bytes(&parts[IPMA], "\0\2\1\x81\0\3\1\1\0\4\2\x82\3", 13); /* item, count, properties */
    put(&parts[ILOC], 1, 1);
    put(&parts[ILOC], 0, 3);
    put(&parts[ILOC], 0x4400, 2); /* bytes of offset and length */
    put(&parts[ILOC], ITEMS, 2);
    put_place(GRID, grid, sizeof grid);
    put_place(LEFT, slice, sizeof slice);
    put_place(RIGHT, slice, sizeof slice);
    put_place(ALPHA, picture, sizeof picture);
    put(&parts[IREF], 0, 4);
    put_box(&parts[IREF], "dimg", "\0\1\0\2\0\2\0\3", 8);
    put_box(&parts[IREF], "auxl", "\0\4\0\1\0\1", 6);
}

static void file_make(void) {
    file.size = 0;
    put_box(&file, "ftyp", "heic\0\0\0\0mif1heic", 16);
    const size_t meta = box_begin(&file, "meta");
    put(&file, 0, 4);
    put_box(&file, "pitm", parts[PITM].at, parts[PITM].size);
    put_box(&file, "iinf", parts[IINF].at, parts[IINF].size);
    const size_t iprp = box_begin(&file, "iprp");
    put_box(&file, "ipco", parts[IPCO].at, parts[IPCO].size);
    put_box(&file, "ipma", parts[IPMA].at, parts[IPMA].size);
    box_end(&file, iprp);
    put_box(&file, "iloc", parts[ILOC].at, parts[ILOC].size);
    put_box(&file, "iref", parts[IREF].at, parts[IREF].size);
    put_box(&file, "idat", parts[IDAT].at, parts[IDAT].size);
    box_end(&file, meta);
}

/* Reads from a block of exactly the file's size, so that AddressSanitizer notices a read beyond it. */
static int inspect_bytes(struct ln_heif_layout *layout) {
    extern const struct ln_image_format ln_image_format_heif;
    unsigned char *copy = malloc(file.size);
    const struct ln_image_input in = {.data = copy,
                                      .size = file.size,
                                      .name = "x",
                                      .opts = {.limits = {.pixels = 1 << 26, .scans = 1, .bytes = 1 << 30}}};
    memcpy(copy, file.at, file.size);
    ln_error_clear();
    const int status = ln_heif_inspect(&in, &ln_image_format_heif, layout);
    free(copy);
    return status;
}

static int inspect(struct ln_heif_layout *layout) {
    file_make();
    return inspect_bytes(layout);
}

static void refused(const char *code, const char *words) {
    struct ln_heif_layout layout;
    const int status = inspect(&layout);
    if (status == LINNET_OK) fail_msg("accepted, not refused with '%s'", words);
    assert_string_equal(ln_error_get()->code, code);
    if (!strstr(ln_error_get()->text, words)) fail_msg("'%s' is not in '%s'", words, ln_error_get()->text);
    ln_error_clear();
}

/* ---- tests ---------------------------------------------------------------------------------------------- */

static int read_good(void *user) {
    struct ln_heif_layout layout;
    const int status = inspect(&layout);
    if (status != LINNET_OK) return status;
    assert_true(layout.grid);
    assert_int_equal(layout.width, 8064);
    assert_int_equal(layout.height, 3024);
    assert_int_equal(layout.tile_width, 4032);
    assert_int_equal(layout.pictures, 3);
    assert_int_equal(layout.bytes, 2 * sizeof slice + sizeof picture);
    return LINNET_OK;
}

static void good(void **state) {
    parts_make();
    fail_each_allocation(read_good, NULL);
}

static void outcome_check(const struct ln_heif_layout *layout, int status) {
    if (status != LINNET_OK)
        assert_true(status == LINNET_ERR_INPUT && strncmp(ln_error_get()->code, "img-", 4) == 0);
    else
        assert_true(layout->width > 0 && layout->height > 0 && layout->pictures > 0 &&
                    layout->bytes <= (int64_t)file.size);
}

/* A table that ends early is refused. A list that ends early is refused unless it ends after an entry. */
static void boxes_cut(void **state) {
    for (int i = 0; i < PARTS; i++)
        for (size_t cut = 1;; cut++) {
            struct ln_heif_layout layout;
            parts_make();
            if (cut > parts[i].size) break;
            parts[i].size -= cut;
            const int status = inspect(&layout);
            outcome_check(&layout, status);
            if (status == LINNET_OK && (i == PITM || i == IPMA || i == ILOC || i == IDAT))
                fail_msg("part %d without its last %zu bytes is accepted", i, cut);
        }
    ln_error_clear();
}

static void file_cut(void **state) {
    struct ln_heif_layout layout;
    parts_make();
    file_make();
    while (file.size-- > 1) assert_int_equal(inspect_bytes(&layout), LINNET_ERR_INPUT);
    ln_error_clear();
}

static void bytes_changed(void **state) {
    static const unsigned char values[] = {0, 1, 2, 3, 9, 0x7f, 0x80, 0x90, 0xff};
    parts_make();
    for (int i = 0; i < PARTS; i++)
        for (size_t at = 0; at < parts[i].size; at++) {
            const unsigned char before = parts[i].at[at];
            for (size_t v = 0; v < sizeof values; v++) {
                struct ln_heif_layout layout;
                parts[i].at[at] = values[v];
                const int status = inspect(&layout);
                outcome_check(&layout, status);
            }
            parts[i].at[at] = before;
        }
    ln_error_clear();
}

static void limits(void **state) {
    parts_make();
    for (uint32_t i = 0; i < 4096; i++) put_item(&parts[IINF], 100 + i, "hvc1");
    refused("img-unsupported", "with more than 4096 items");
    parts_make();
    for (int i = 0; i < 4096; i++) put_box(&parts[IPCO], "free", "", 0);
    refused("img-unsupported", "with more than 4096 properties");
    parts_make();
    const size_t begin = box_begin(&parts[IREF], "dimg");
    put(&parts[IREF], GRID, 2);
    put(&parts[IREF], 4096, 2);
    for (int i = 0; i < 4096; i++) put(&parts[IREF], LEFT, 2);
    box_end(&parts[IREF], begin);
    refused("img-unsupported", "with more than 4096 tiles");
    parts_make();
    parts[IPMA].at[5] = 1; /* 65,539 entries */
    refused("img-damaged", "its table of properties");
    parts_make();
    parts[ILOC].at[6] = 0x10; /* 4,100 places */
    refused("img-damaged", "its table of places");
}

static void damage(void **state) {
    enum { PLACE = 16 /* bytes of an entry of iloc, from byte 8 */ };
    parts_make();
    parts[ILOC].at[8 + PLACE + 1] = GRID;
    refused("img-damaged", "an item has two places");
    parts_make();
    parts[ILOC].at[8 + 3] = 2; /* an offset into another item */
    refused("img-unsupported", "with a picture in several pieces");
    parts_make();
    memset(parts[ILOC].at + 8 + PLACE + 12, 0, 4);
    refused("img-damaged", "a picture has no bytes");
    parts_make();
    parts[ILOC].at[8 + PLACE + 8] = 1;
    refused("img-truncated", "x");
    parts_make();
    put_place(9, slice, sizeof slice); /* no such item: ignored */
    parts[ILOC].at[7]++;
    struct ln_heif_layout layout;
    assert_int_equal(inspect(&layout), LINNET_OK);
    parts_make();
    parts[IPMA].at[10] = 0; /* the first tile has no property */
    parts[IPMA].at[11] = 0;
    refused("img-damaged", "its table");
    parts_make();
    parts[IDAT].at[8 + 4 + 2] = 0x2f; /* a slice that continues a missing picture */
    refused("img-damaged", "a stream without a picture");
    parts_make();
    parts[IDAT].at[8 + 3] = 9; /* longer than the stream */
    refused("img-damaged", "its HEVC stream");
    parts_make();
    parts[IDAT].at[8 + 2 * sizeof slice + 1] = 9;
    refused("img-damaged", "its AV1 stream");
}

/* Indices of properties in two bytes, ids of items in four. */
static void wide_tables(void **state) {
    struct ln_heif_layout layout;
    parts_make();
    parts[IPMA].size = 0;
    put(&parts[IPMA], 1, 1); /* version */
    put(&parts[IPMA], 1, 3); /* flags */
    put(&parts[IPMA], 4, 4);
    for (uint32_t id = LEFT; id <= 5; id++) { /* 5: no such item */
        put(&parts[IPMA], id, 4);
        put(&parts[IPMA], 3, 1);
        put(&parts[IPMA], id == ALPHA ? 0x8002 : 1, 2);
        put(&parts[IPMA], id == ALPHA ? 3 : 0, 2);
        put(&parts[IPMA], 99, 2); /* no such property */
    }
    parts[IREF].size = 0;
    put(&parts[IREF], 1, 1);
    put(&parts[IREF], 0, 3);
    put_box(&parts[IREF], "dimg", "\0\0\0\1\0\2\0\0\0\2\0\0\0\3", 14);
    put_box(&parts[IREF], "auxl", "\0\0\0\4\0\1\0\0\0\1", 10);
    put_box(&parts[IREF], "auxl", "\0\0\0\2\0\1\0\0\0\1", 10); /* from a picture that is no alpha */
    put_box(&parts[IREF], "cdsc", "\0\0\0\2\0\1\0\0\0\1", 10);
    assert_int_equal(inspect(&layout), LINNET_OK);
    assert_int_equal(layout.pictures, 3);
}

/* ---- streams -------------------------------------------------------------------------------------------- */

/* A parameter set cut anywhere before its height, in a stream whose lengths are right. */
static void sps_cut(void **state) {
    for (size_t size = 3; size < sizeof sps; size++) {
        unsigned char stream[4 + sizeof sps] = {0, 0, 0, (unsigned char)size};
        struct ln_heif_stream s = {0};
        memcpy(stream + 4, sps, size);
        assert_false(ln_heif_hevc(stream, 4 + size, &s));
    }
}

/* Bits, written from the front. */
struct bits {
    unsigned char at[64];
    size_t count;
};

static void put_bits(struct bits *b, uint32_t value, int n) {
    for (int i = n; i-- > 0; b->count++)
        b->at[b->count / 8] |= (unsigned char)((value >> i & 1) << (7 - b->count % 8));
}

static void put_golomb(struct bits *b, uint32_t value) {
    int length = 0;
    while (((uint64_t)value + 1) >> (length + 1)) length++;
    put_bits(b, 0, length);
    put_bits(b, value + 1, length + 1);
}

enum { SPS_BYTES = 4 + 64 };

/* A NAL unit of a parameter set with `layers` more layers, each with a profile and a level. */
static void sps_make(int layers, uint32_t chroma, uint32_t width, uint32_t height,
                     unsigned char stream[SPS_BYTES]) {
    struct bits b = {.at = {0x42, 1}, .count = 16};
    put_bits(&b, 0, 4);
    put_bits(&b, (uint32_t)layers, 3);
    put_bits(&b, 0, 1);
    for (int i = 0; i < 12; i++) put_bits(&b, 0x55, 8);
    for (int i = 0; i < layers; i++) put_bits(&b, 3, 2);
    if (layers) put_bits(&b, 0, 2 * (8 - layers));
    for (int i = 0; i < 12 * layers; i++) put_bits(&b, 0x55, 8);
    put_golomb(&b, 0);
    put_golomb(&b, chroma);
    if (chroma == 3) put_bits(&b, 0, 1);
    put_golomb(&b, width);
    put_golomb(&b, height);
    memcpy(stream, "\0\0\0\100", 4);
    memcpy(stream + 4, b.at, sizeof b.at);
}

static bool sps_read(int layers, uint32_t chroma, uint32_t width, uint32_t height, struct ln_heif_stream *s) {
    unsigned char stream[SPS_BYTES];
    sps_make(layers, chroma, width, height, stream);
    *s = (struct ln_heif_stream){0};
    return ln_heif_hevc(stream, sizeof stream, s);
}

/* The product of the sides would not fit in 64 bits. */
static void largest_sides(void **state) {
    enum { PLACE = 8 + 16 + 8 }; /* in iloc: its head, the grid's entry, the head of the left tile's */
    unsigned char stream[SPS_BYTES + sizeof slice];
    sps_make(0, 1, UINT32_MAX - 1, UINT32_MAX - 1, stream);
    memcpy(stream + SPS_BYTES, slice, sizeof slice);
    parts_make();
    const struct part places = parts[ILOC];
    parts[ILOC].size = PLACE;
    put(&parts[ILOC], parts[IDAT].size, 4);
    put(&parts[ILOC], sizeof stream, 4);
    parts[ILOC].size = places.size;
    put_bytes(&parts[IDAT], stream, sizeof stream);
    refused("img-pixels", "4294967294 x 4294967294 pixels");
}

static void sps_kinds(void **state) {
    struct ln_heif_stream s;
    for (int layers = 0; layers <= 2; layers++)
        for (uint32_t chroma = 0; chroma < 4; chroma++) {
            assert_true(sps_read(layers, chroma, 640, 481, &s));
            assert_int_equal(s.width, 640);
            assert_int_equal(s.height, 481);
        }
    assert_false(sps_read(0, 1, 0, 8, &s));
    assert_false(sps_read(0, 1, 8, 0, &s));
    /* A number with 32 or more leading zeros reads as UINT32_MAX (AV1, section 4.10.3). */
    static const unsigned char zeros[4 + 60] = {0, 0, 0, 60, 0x42};
    s = (struct ln_heif_stream){0};
    assert_true(ln_heif_hevc(zeros, sizeof zeros, &s));
    assert_int_equal(s.width, UINT32_MAX);
}

static void configs(void **state) {
    unsigned char config[23 + 3 + 2 + sizeof sps] = {[22] = 1, [25] = 1, [27] = sizeof sps};
    struct ln_heif_stream s = {0};
    memcpy(config + 28, sps, sizeof sps);
    assert_true(ln_heif_hevc_config(config, sizeof config, &s));
    assert_int_equal(s.width, 4032);
    for (size_t size = 0; size < sizeof config; size++)
        if (size != 26)
            assert_false(ln_heif_hevc_config(config, size, &s)); /* 26: a list that is cut is empty */
}

/* A sequence header with timing, a decoder model and operating points with all optional fields. */
static bool sequence_read(bool model, bool equal_ticks, struct ln_heif_stream *s) {
    struct bits b = {0};
    unsigned char stream[2 + 40] = {0x0a, 40};
    put_bits(&b, 0, 3 + 1 + 1);
    put_bits(&b, 1, 1); /* timing */
    put_bits(&b, 7, 32);
    put_bits(&b, 7, 32);
    put_bits(&b, equal_ticks, 1);
    if (equal_ticks) put_golomb(&b, 3);
    put_bits(&b, model, 1);
    if (model) put_bits(&b, 9, 5); /* a delay has 10 bits */
    if (model) put_bits(&b, 0, 32 + 5 + 5 - 32), put_bits(&b, 0, 32);
    put_bits(&b, 1, 1); /* delays of display */
    put_bits(&b, 1, 5); /* two operating points */
    for (int i = 0; i < 2; i++) {
        put_bits(&b, 0, 12);
        put_bits(&b, i ? 8 : 7, 5);
        if (i) put_bits(&b, 0, 1);
        if (model) put_bits(&b, (uint32_t)i, 1);
        if (model && i) put_bits(&b, 0, 2 * 10 + 1);
        put_bits(&b, (uint32_t)i, 1);
        if (i) put_bits(&b, 0, 4);
    }
    put_bits(&b, 9, 4);
    put_bits(&b, 8, 4);
    put_bits(&b, 99, 10);
    put_bits(&b, 99, 9);
    memcpy(stream + 2, b.at, 40);
    *s = (struct ln_heif_stream){0};
    return ln_heif_av1(stream, sizeof stream, s);
}

static void sequences(void **state) {
    struct ln_heif_stream s;
    for (int kind = 0; kind < 4; kind++) {
        assert_true(sequence_read(kind & 1, kind & 2, &s));
        assert_int_equal(s.width, 1 << 10);
        assert_int_equal(s.height, 1 << 9);
    }
}

static void units(void **state) {
    static const unsigned char header[] = {0x1a, 0}, extended[] = {0x36, 0, 0}, short_extension[] = {0x36},
                               endless[] = {0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0},
                               unended[] = {0x32, 0x80}, rest[] = {0x30, 1, 2, 3}, cut[] = {0x0a, 1, 0};
    struct ln_heif_stream s = {0};
    assert_true(ln_heif_av1(header, sizeof header, &s));
    assert_true(ln_heif_av1(extended, sizeof extended, &s));
    assert_true(ln_heif_av1(rest, sizeof rest, &s)); /* without a length: up to the end */
    assert_int_equal(s.pictures, 3);
    assert_false(ln_heif_av1(short_extension, sizeof short_extension, &s));
    assert_false(ln_heif_av1(endless, sizeof endless, &s));
    assert_false(ln_heif_av1(unended, sizeof unended, &s));
    assert_false(ln_heif_av1(cut, sizeof cut, &s));
    assert_int_equal(s.width, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),          cmocka_unit_test(boxes_cut), cmocka_unit_test(file_cut),
        cmocka_unit_test(bytes_changed), cmocka_unit_test(limits),    cmocka_unit_test(damage),
        cmocka_unit_test(wide_tables),   cmocka_unit_test(sps_cut),   cmocka_unit_test(sps_kinds),
        cmocka_unit_test(largest_sides), cmocka_unit_test(configs),   cmocka_unit_test(sequences),
        cmocka_unit_test(units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
