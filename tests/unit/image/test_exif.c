/* EXIF and XMP: the orientation, or 0 if the block has none or is damaged; never a read beyond the block. */
#include "image/exif.h"
#include "samples.h"

struct block {
    unsigned char bytes[128];
    size_t size;
    bool big_endian;
};

static void put(struct block *b, uint32_t value, int n) {
    for (int i = 0; i < n; i++)
        b->bytes[b->size + i] = (unsigned char)(value >> 8 * (b->big_endian ? n - 1 - i : i));
    b->size += (size_t)n;
}

static void begin(struct block *b, bool big_endian, uint32_t entries) {
    *b = (struct block){.big_endian = big_endian};
    memcpy(b->bytes, big_endian ? "MM" : "II", 2);
    b->size = 2;
    put(b, 42, 2);
    put(b, 8, 4);
    put(b, entries, 2);
}

static void entry(struct block *b, uint32_t tag, uint32_t type, uint32_t count, uint32_t value, int bytes) {
    put(b, tag, 2);
    put(b, type, 2);
    put(b, count, 4);
    put(b, value, bytes);
    put(b, 0, 4 - bytes);
}

/* Copies the block to memory of exactly its size, so that AddressSanitizer detects reads beyond it. */
static int orientation(const unsigned char *bytes, size_t size) {
    unsigned char *exact = malloc(size + !size);
    memcpy(exact, bytes, size);
    int result = ln_exif_orientation(exact, size);
    free(exact);
    return result;
}

static int of(const struct block *b) {
    return orientation(b->bytes, b->size);
}

static void both_orders(void **state) {
    for (int big = 0; big < 2; big++)
        for (uint32_t value = 1; value <= 8; value++) {
            struct block b;
            begin(&b, big, 2);
            entry(&b, 256, 3, 1, 7, 2);
            entry(&b, 274, 3, 1, value, 2);
            assert_int_equal(of(&b), value);
            unsigned char prefixed[140] = "Exif\0";
            memcpy(prefixed + 6, b.bytes, b.size);
            assert_int_equal(orientation(prefixed, b.size + 6), value);
        }
}

static void types(void **state) {
    static const struct {
        uint32_t type;
        int bytes, result;
    } cases[] = {{3, 2, 6},  {4, 4, 6}, {6, 1, 6}, {8, 2, 6}, {9, 4, 6},
                 {13, 4, 6}, {1, 1, 1}, {2, 1, 1}, {7, 1, 1}, {99, 2, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct block b;
        begin(&b, i % 2, 1);
        entry(&b, 274, cases[i].type, 1, 6, cases[i].bytes);
        assert_int_equal(of(&b), cases[i].result);
    }
}

static void values(void **state) {
    static const uint32_t wrong[] = {0, 9, 255, 65535};
    for (int i = 0; i < 4; i++) {
        struct block b;
        begin(&b, false, 1);
        entry(&b, 274, 3, 1, wrong[i], 2);
        assert_int_equal(of(&b), 1);
    }
}

/* Values that do not fit into the entry are stored elsewhere; the reader takes the first. */
static void values_elsewhere(void **state) {
    struct block b;
    begin(&b, false, 1);
    entry(&b, 274, 3, 3, 26, 4);
    put(&b, 0, 4);
    put(&b, 5, 2);
    assert_int_equal(of(&b), 0); /* two of the three are missing */
    put(&b, 1, 2);
    put(&b, 1, 2);
    assert_int_equal(of(&b), 5);
}

static void broken(void **state) {
    struct block b;
    begin(&b, false, 2);
    entry(&b, 700, 7, 1000, 50, 4); /* beyond the end: later entries are ignored */
    entry(&b, 274, 3, 1, 6, 2);
    assert_int_equal(of(&b), 0);
    begin(&b, false, 2);
    entry(&b, 274, 3, 1, 6, 2);
    entry(&b, 700, 7, 1000, 50, 4);
    assert_int_equal(of(&b), 6);
    begin(&b, true, 65535); /* claims more entries than the block holds */
    entry(&b, 274, 3, 1, 3, 2);
    assert_int_equal(of(&b), 3);
    begin(&b, false, 1);
    entry(&b, 274, 4, 0xffffffff, 8, 4);
    assert_int_equal(of(&b), 0);
    begin(&b, false, 1);
    entry(&b, 274, 3, 0, 6, 2);
    assert_int_equal(of(&b), 0);
}

static void every_cut(void **state) {
    struct block b;
    begin(&b, false, 1);
    entry(&b, 274, 3, 1, 6, 2);
    for (size_t size = 0; size < b.size; size++) assert_int_equal(orientation(b.bytes, size), 0);
    for (uint32_t offset = 0; offset < 200; offset++) { /* and every offset of the directory */
        b.bytes[4] = (unsigned char)offset;
        (void)of(&b);
    }
    memset(b.bytes + 4, 0xff, 4);
    assert_int_equal(of(&b), 0);
    assert_int_equal(orientation((const unsigned char *)"XX*\0\10\0\0\0\0\0", 10), 0);
}

static int xmp(const char *text) {
    const size_t size = strlen(text);
    char *exact = malloc(size + !size);
    memcpy(exact, text, size);
    int result = ln_xmp_orientation(exact, size);
    free(exact);
    return result;
}

static void packets(void **state) {
    assert_int_equal(xmp("<rdf tiff:Orientation=\"6\"/>"), 6);
    assert_int_equal(xmp("<tiff:Orientation>8</tiff:Orientation>"), 8);
    assert_int_equal(xmp("tiff:Orientation=\"9\""), 1);
    assert_int_equal(xmp("tiff:Orientation tiff:Orientation=\"\" tiff:Orientation>3"), 3);
    assert_int_equal(xmp("tiff:Orientation=\""), 0);
    assert_int_equal(xmp("tiff:Orientation>"), 0);
    assert_int_equal(xmp("tiff:Orientation"), 0);
    assert_int_equal(xmp("tiff:Orient"), 0);
    assert_int_equal(xmp(""), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders),      cmocka_unit_test(types),  cmocka_unit_test(values),
        cmocka_unit_test(values_elsewhere), cmocka_unit_test(broken), cmocka_unit_test(every_cut),
        cmocka_unit_test(packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
