/* The tar form of a .pth, with one member or one header of the good archive replaced: each refusal has its code, a member that
 * is cut anywhere is refused, and forms that repacking produces are read. */
#include "model/torch_pth.h"
#include "unit/base/memory_file.h"

enum { BLOCK = 512, SYSTEM = 0, OBJECT, STORAGES, TENSORS, MEMBERS, ARCHIVE_MOST = 80 * BLOCK };

struct archive {
    unsigned char bytes[ARCHIVE_MOST];
    size_t size;
};

static unsigned char good[ARCHIVE_MOST]; /* tests/fuzz/corpus/pth/tar */
static size_t header_at[MEMBERS];        /* in `good` */

static size_t member_size(const unsigned char *header) {
    return strtoul((const char *)header + 124, NULL, 8);
}

static int good_read(void **state) {
    char path[512];
    unsigned char *bytes;
    size_t size, at = 0;
    const char *source = getenv("LINNET_SOURCE");
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/pth/tar", source ? source : ".");
    assert_int_equal(ln_file_read(path, sizeof good, &bytes, &size), LINNET_OK);
    memcpy(good, bytes, size);
    ln_free(bytes);
    for (int m = 0; m < MEMBERS; m++) {
        header_at[m] = at;
        at += BLOCK + (member_size(good + at) + BLOCK - 1) / BLOCK * BLOCK;
    }
    return 0;
}

/* Writes the sum over the header's bytes, with blanks in place of the sum. */
static void sum_write(unsigned char *header) {
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++) sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

/* Appends a member with the header of the good archive's m-th. */
static void member_add(struct archive *a, int m, const void *content, size_t size) {
    unsigned char *header = a->bytes + a->size;
    assert_true(a->size + 2 * BLOCK + size <= sizeof a->bytes);
    memcpy(header, good + header_at[m], BLOCK);
    snprintf((char *)header + 124, 12, "%011zo", size);
    sum_write(header);
    if (size) memcpy(header + BLOCK, content, size);
    a->size += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
}

/* The good archive with its m-th member replaced. */
static void archive_make(struct archive *a, int m, const void *content, size_t size) {
    *a = (struct archive){0};
    for (int i = 0; i < MEMBERS; i++) {
        const unsigned char *header = good + header_at[i];
        if (i == m)
            member_add(a, m, content, size);
        else
            member_add(a, i, header + BLOCK, member_size(header));
    }
}

static int archive_open(const struct archive *a) {
    struct ln_pth pth;
    int64_t live = ln_alloc_live();
    const struct memory_file file = memory_file_make(a->bytes, a->size);
    int status = ln_pth_open(&pth, file.path);
    if (status == LINNET_OK) {
        float values[4];
        const struct ln_pth_tensor *w = ln_pth_find(&pth, "w");
        assert_non_null(w);
        assert_int_equal(ln_pth_read_f32(&pth, w, values), LINNET_OK);
        for (int i = 0; i < 4; i++) assert_true(values[i] == (float)i + 1);
        ln_pth_close(&pth);
    }
    memory_file_drop(&file);
    assert_int_equal(ln_alloc_live(), live);
    return status;
}

/* ---- members -------------------------------------------------------------------------------------------- */

/* Pickles of a number, of (key, place, type) and (key, storage's key, type), and of the list of views. */
#define ONE                  "\x80\2K\1."
#define FLOATS(key)          "\x80\2(" key "X\3\0\0\0cpuctorch\nFloatStorage\nt."
#define TENSOR(key, storage) "\x80\2(" key storage "ctorch\nFloatTensor\nt."
#define FOUR                 "\4\0\0\0\0\0\0\0\0\0\x80?\0\0\0@\0\0@@\0\0\x80@" /* a count, and 1, 2, 3, 4 */
#define VIEWS(list)          "\x80\2" list "."
#define STORAGES_WITH(views) ONE FLOATS("K\7") FOUR VIEWS(views)
#define RANK(n)              n "\0\0\0\0\0\0\0"
#define NUMBER(n)            n "\0\0\0\0\0\0\0"
#define SQUARE               RANK("\2") NUMBER("\2") NUMBER("\2") NUMBER("\2") NUMBER("\1") NUMBER("\0")
#define EACH_TENSOR(key, storage) \
    ONE TENSOR(key, storage)      \
    SQUARE

struct replaced {
    int member;
    const char *content;
    size_t size;
    const char *code, *part;
};
#define REPLACED(member, content, code, part) \
    { member, content, sizeof(content) - 1, code, part }

static void test_refused(void **state) {
    static const struct replaced cases[] = {
        REPLACED(STORAGES, "\x80\2N.", "pth-tar", "the number of storages or tensors is impossible"),
        REPLACED(STORAGES, ONE "\x80\2N.", "pth-tar", "a storage has no key or no type"),
        REPLACED(STORAGES, ONE "\x80\2(K\7X\3\0\0\0cpuNt.", "pth-tar", "a storage has no key or no type"),
        REPLACED(STORAGES, ONE FLOATS("N"), "pth-tar", "a storage has no key or no type"),
        REPLACED(STORAGES, ONE FLOATS("U\0"), "pth-tar", "a storage has no key or no type"),
        REPLACED(STORAGES, ONE FLOATS("U\2x7"), "pth-tar", "a storage has no key or no type"),
        REPLACED(STORAGES,
                 ONE FLOATS("U\x18"
                            "123456789012345678901234"),
                 "pth-tar", "no key or no type"),
        REPLACED(STORAGES, ONE FLOATS("K\7") "\0\0\0\0\0\0\0\x80", "pth-storage-size", "only 0 bytes"),
        REPLACED(STORAGES, ONE FLOATS("K\7") FOUR, "pth-truncated", "bytes are needed"),
        REPLACED(STORAGES, STORAGES_WITH("N"), "pth-tar", "the list of views is missing"),
        REPLACED(STORAGES, STORAGES_WITH("](Ne"), "pth-tar", "a view of a storage has no key"),
        REPLACED(STORAGES, STORAGES_WITH("]((K\x8K\7K\0te"), "pth-tar", "a view of a storage has no key"),
        REPLACED(STORAGES, STORAGES_WITH("]((K\x8K\7NK\4te"), "pth-tar", "a view of a storage has no key"),
        REPLACED(STORAGES, STORAGES_WITH("]((K\x8K\7K\0Nte"), "pth-tar", "a view of a storage has no key"),
        REPLACED(STORAGES, STORAGES_WITH("]((K\x8K\7J\xff\xff\xff\xffK\4te"), "pth-tar", "a view of a"),
        REPLACED(STORAGES, STORAGES_WITH("]((K\x8K\7K\0J\xff\xff\xff\xffte"), "pth-tar", "a view of a"),
        REPLACED(STORAGES, STORAGES_WITH("]((NK\7K\0K\4te"), "pth-tar", "a view of a storage has no key"),
        REPLACED(STORAGES, STORAGES_WITH("]((K\x8NK\0K\4te"), "pth-tar", "a view of a storage has no key"),
        REPLACED(STORAGES, "\x80\2K\2." FLOATS("K\7") FOUR FLOATS("K\7") FOUR VIEWS("]"), "pth-duplicate",
                 "two storages have the key '7'"),
        REPLACED(TENSORS, ONE "\x80\2N.", "pth-tar", "a tensor has no key or no storage"),
        REPLACED(TENSORS, EACH_TENSOR("K\x64", "N"), "pth-tar", "a tensor has no key or no storage"),
        REPLACED(TENSORS, "\x80\2K\0.", "pth-tensor", "a tensor that the archive does not contain"),
        REPLACED(OBJECT, "\x80\2}(U\1wNQu.", "pth-tensor", "a tensor that the archive does not contain"),
        REPLACED(OBJECT, "\x80\2}(U\1wK\1u.", "pth-empty", "no dict of tensors"),
        REPLACED(SYSTEM, "\x80\2N.", "pth-form", "the description of the writing system is missing"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct replaced *c = &cases[i];
        struct archive a;
        archive_make(&a, c->member, c->content, c->size);
        assert_failure(archive_open(&a), LINNET_ERR_INPUT, c->code, c->part);
    }
}

/* Other valid forms of the members. */
static void test_read(void **state) {
    static const struct replaced cases[] = {
        REPLACED(STORAGES, STORAGES_WITH("]"), "", ""),
        REPLACED(STORAGES,
                 ONE FLOATS("U\1"
                            "7") FOUR VIEWS("]"),
                 "", ""), /* a key as digits */
        REPLACED(TENSORS, EACH_TENSOR("K\x64", "K\7"), "", ""),
        REPLACED(TENSORS, "\x80\2K\2." TENSOR("K\x65", "K\7") SQUARE TENSOR("K\x64", "K\7") SQUARE, "", ""),
        REPLACED(OBJECT, "\x80\2}(U\5epochK\3U\1wK\x64Qu.", "", ""),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct archive a;
        archive_make(&a, cases[i].member, cases[i].content, cases[i].size);
        if (archive_open(&a) != LINNET_OK) fail_msg("case %zu: %s", i, ln_error_line());
    }
}

/* A member that is cut at any byte. */
static void test_members_cut(void **state) {
    for (int m = 0; m < MEMBERS; m++) {
        const unsigned char *header = good + header_at[m];
        for (size_t size = 0; size < member_size(header); size++) {
            struct archive a;
            archive_make(&a, m, header + BLOCK, size);
            assert_int_equal(archive_open(&a), LINNET_ERR_INPUT);
            assert_int_equal(strncmp(ln_error_get()->code, "pth-", 4), 0);
            ln_error_clear();
        }
    }
}

/* ---- headers -------------------------------------------------------------------------------------------- */

/* Opens the good archive with one field of its first header replaced. The checksum is right unless it is that field. */
static int field_open(size_t at, const char *text, size_t size) {
    struct archive a;
    archive_make(&a, MEMBERS, NULL, 0);
    memcpy(a.bytes + at, text, size);
    if (at != 148) sum_write(a.bytes);
    return archive_open(&a);
}

static void test_headers(void **state) {
    enum { SIZE = 124, SUM = 148, TYPE = 156 };
    char size[13];
    const unsigned long n = (unsigned long)member_size(good);
    snprintf(size, sizeof size, "%012lo", n); /* digits up to the end */
    assert_int_equal(field_open(SIZE, size, 12), LINNET_OK);
    snprintf(size, sizeof size, "%11lo ", n); /* blanks on both sides */
    assert_int_equal(field_open(SIZE, size, 12), LINNET_OK);
    assert_int_equal(field_open(TYPE, "\0", 1), LINNET_OK); /* as before 1988 */
    assert_failure(field_open(SIZE, "            ", 12), LINNET_ERR_INPUT, "pth-tar", "a header is damaged");
    assert_failure(field_open(SIZE, "00000000008", 12), LINNET_ERR_INPUT, "pth-tar", "a header is damaged");
    assert_failure(field_open(SIZE, "0000000001x", 12), LINNET_ERR_INPUT, "pth-tar", "a header is damaged");
    assert_failure(field_open(SIZE, "777777777777", 12), LINNET_ERR_INPUT, "pth-tar",
                   "extends beyond the end");
    assert_failure(field_open(SUM, "        ", 8), LINNET_ERR_INPUT, "pth-tar", "a header is damaged");
    assert_failure(field_open(TYPE, "5", 1), LINNET_ERR_INPUT, "pth-tar", "member 'sys_info' is missing");
}

/* Other members may follow the four, up to 64 in all. */
static void test_more_members(void **state) {
    for (int more = 60; more <= 61; more++) {
        struct archive a;
        archive_make(&a, MEMBERS, NULL, 0);
        for (int i = 0; i < more; i++) {
            unsigned char *header = a.bytes + a.size;
            member_add(&a, SYSTEM, NULL, 0);
            header[0] = 'x';
            sum_write(header);
        }
        if (more == 60)
            assert_int_equal(archive_open(&a), LINNET_OK);
        else
            assert_failure(archive_open(&a), LINNET_ERR_INPUT, "pth-tar", "too many members");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_read),
        cmocka_unit_test(test_members_cut),  cmocka_unit_test(test_headers),
        cmocka_unit_test(test_more_members),
    };
    return cmocka_run_group_tests(tests, good_read, NULL);
}
