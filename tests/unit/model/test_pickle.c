/* The pickle machine: each opcode gives its value, printed as text, or is refused with its code. */
#include "base/text.h"
#include "model/pickle.h"
#include "model/torch_objects.h"
#include "unit/base/memory_file.h"

enum { DEPTH_MOST = 4, BYTES_MOST = 1024 };

/* ---- values as text: (1 2) a tuple, [1 2] a list, {1 2} a dict, 'a' a text --------------------------------- */

static void print(const struct ln_pickle *p, uint32_t number, int depth, struct ln_text *out);

static void print_items(const struct ln_pickle *p, const struct ln_pickle_value *value, int depth,
                        struct ln_text *out) {
    const char *brackets = value->kind == LN_PICKLE_TUPLE  ? "()"
                           : value->kind == LN_PICKLE_LIST ? "[]"
                                                           : "{}";
    ln_text_addf(out, "%c", brackets[0]);
    for (int32_t i = value->items.first; i >= 0; i = p->items[i].next) {
        if (i != value->items.first) ln_text_add(out, " ");
        print(p, p->items[i].value, depth + 1, out);
    }
    ln_text_addf(out, "%c", brackets[1]);
}

static void print(const struct ln_pickle *p, uint32_t number, int depth, struct ln_text *out) {
    const struct ln_pickle_value *value = ln_pickle_value(p, number);
    if (depth > DEPTH_MOST) return;
    switch (value->kind) {
    case LN_PICKLE_NONE: ln_text_add(out, "None"); break;
    case LN_PICKLE_BOOL: ln_text_add(out, value->integer ? "True" : "False"); break;
    case LN_PICKLE_INT: ln_text_addf(out, "%lld", (long long)value->integer); break;
    case LN_PICKLE_FLOAT: ln_text_addf(out, "%g", value->real); break;
    case LN_PICKLE_TEXT:
    case LN_PICKLE_LONG:
        ln_text_addf(out, value->kind == LN_PICKLE_TEXT ? "'%.*s'" : "long %.*s", (int)value->text.size,
                     ln_pickle_text(p, value));
        break;
    case LN_PICKLE_TUPLE:
    case LN_PICKLE_LIST:
    case LN_PICKLE_DICT: print_items(p, value, depth, out); break;
    case LN_PICKLE_GLOBAL: ln_text_add(out, value->global->name); break;
    case LN_PICKLE_CALL:
        print(p, value->call.function, depth + 1, out);
        print(p, value->call.arguments, depth + 1, out);
        break;
    case LN_PICKLE_PERSISTENT:
        ln_text_add(out, "stored ");
        print(p, value->persistent, depth + 1, out);
        break;
    }
}

/* ---- one pickle --------------------------------------------------------------------------------------------- */

/* Reads a pickle from the beginning of a file up to its end. */
static int read_file(struct ln_pickle *p, const char *path) {
    struct ln_file file;
    assert_int_equal(ln_file_open(&file, path), LINNET_OK);
    int status = ln_pickle_read(
        p, &file, &(struct ln_pickle_opts){.place = "", .end = file.size, .globals = ln_torch_globals()});
    ln_file_close(&file);
    return status;
}

static int read_bytes(struct ln_pickle *p, const void *bytes, size_t size) {
    const struct memory_file file = memory_file_make(bytes, size);
    int status = read_file(p, file.path);
    memory_file_drop(&file);
    return status;
}

struct program {
    const char *bytes;
    size_t size;
    const char *expected; /* the value that the program leaves, or the code of its refusal */
};
#define PROGRAM(bytes, expected) \
    { bytes, sizeof(bytes) - 1, expected }

/* A program that is cut anywhere before its STOP is refused. */
static void cuts_check(const unsigned char *bytes, size_t size) {
    const struct memory_file file = memory_file_make(bytes, size);
    while (size-- > 0) {
        struct ln_pickle p;
        memory_file_cut(&file, size);
        assert_int_equal(read_file(&p, file.path), LINNET_ERR_INPUT);
        assert_int_equal(strncmp(ln_error_get()->code, "pth-", 4), 0);
    }
    memory_file_drop(&file);
    ln_error_clear();
}

/* Protocol 2, the program's opcodes, STOP. */
static void program_check(const struct program *program) {
    unsigned char bytes[BYTES_MOST] = "\x80\2";
    struct ln_pickle p;
    struct ln_text text = {0};
    memcpy(bytes + 2, program->bytes, program->size);
    bytes[2 + program->size] = '.';
    int status = read_bytes(&p, bytes, program->size + 3);
    if (status == LINNET_OK)
        print(&p, p.top, 0, &text);
    else
        ln_text_add(&text, ln_error_get()->code);
    if (strcmp(text.data, program->expected) != 0)
        fail_msg("%s%s for the program of %s", text.data, status == LINNET_OK ? "" : " (refused)",
                 program->expected);
    if (status == LINNET_OK) assert_int_equal(p.end, program->size + 3);
    ln_error_clear();
    ln_text_fini(&text);
    ln_pickle_fini(&p);
    cuts_check(bytes, program->size + 2);
}

static void programs_check(const struct program *programs, size_t count) {
    int64_t live = ln_alloc_live();
    for (size_t i = 0; i < count; i++) program_check(&programs[i]);
    assert_int_equal(ln_alloc_live(), live);
}
#define CHECK(programs) programs_check(programs, sizeof(programs) / sizeof *(programs))

/* ---- the opcodes -------------------------------------------------------------------------------------------- */

static void test_values(void **state) {
    static const struct program programs[] = {
        PROGRAM("N", "None"),
        PROGRAM("\x88", "True"),
        PROGRAM("\x89", "False"),
        PROGRAM("K\5", "5"),
        PROGRAM("K\xff", "255"),
        PROGRAM("M\1\2", "513"),
        PROGRAM("M\xff\xff", "65535"),
        PROGRAM("J\1\2\3\4", "67305985"),
        PROGRAM("J\xff\xff\xff\xff", "-1"),
        PROGRAM("\x8a\0", "0"),
        PROGRAM("\x8a\1\x7f", "127"),
        PROGRAM("\x8a\1\x80", "-128"),
        PROGRAM("\x8a\2\0\1", "256"),
        PROGRAM("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "9223372036854775807"),
        PROGRAM("\x8a\x09"
                "123456789",
                "long 123456789"),
        PROGRAM("\x8b\2\0\0\0\0\1", "256"),
        PROGRAM("G\x3f\xe0\0\0\0\0\0\0", "0.5"),
        PROGRAM("U\2ab", "'ab'"),
        PROGRAM("T\2\0\0\0ab", "'ab'"),
        PROGRAM("C\2ab", "'ab'"),
        PROGRAM("B\2\0\0\0ab", "'ab'"),
        PROGRAM("\x8c\2ab", "'ab'"),
        PROGRAM("X\2\0\0\0ab", "'ab'"),
        PROGRAM("\x8d\2\0\0\0\0\0\0\0ab", "'ab'"),
        PROGRAM("X\2\0\0\0\xc3\xa9", "'\xc3\xa9'"),
        PROGRAM("U\1\xff", "'\xff'"), /* bytes need not be UTF-8 */
        PROGRAM("X\1\0\0\0\xff", "pth-text"),
        PROGRAM("\x8c\2a\xff", "pth-text"),
        PROGRAM("K\1Q", "stored 1"),
        PROGRAM("\x95\0\0\0\0\0\0\0\0K\1", "1"),
        PROGRAM("X\5\0\0\0ab", "pth-truncated"),
        PROGRAM("K", "pth-truncated"),
        PROGRAM("\x80\5K\1", "1"),
        PROGRAM("\x80\6K\1", "pth-opcode"),
        PROGRAM("2", "pth-opcode"),
        PROGRAM("", "pth-stack"),
        PROGRAM("(", "pth-stack"),
        PROGRAM("Q", "pth-stack"),
    };
    CHECK(programs);
}

static void test_containers(void **state) {
    static const struct program programs[] = {
        PROGRAM(")", "()"),
        PROGRAM("]", "[]"),
        PROGRAM("}", "{}"),
        PROGRAM("(t", "()"),
        PROGRAM("(K\1K\2t", "(1 2)"),
        PROGRAM("K\0(K\1(K\2ttK\3\x87", "(0 (1 (2)) 3)"),
        PROGRAM("K\1\x85", "(1)"),
        PROGRAM("K\1K\2\x86", "(1 2)"),
        PROGRAM("K\1K\2K\3\x87", "(1 2 3)"),
        PROGRAM("](K\1K\2eK\3a", "[1 2 3]"),
        PROGRAM("}(K\1K\2K\3K\4uK\5K\6s", "{1 2 3 4 5 6}"),
        PROGRAM("}(u", "{}"),
        PROGRAM("t", "pth-stack"),
        PROGRAM("Nt", "pth-stack"),
        PROGRAM("\x85", "pth-stack"),
        PROGRAM("(\x85", "pth-stack"),
        PROGRAM("N\x86", "pth-stack"),
        PROGRAM("N(N\x86", "pth-stack"),
        PROGRAM("NN\x87", "pth-stack"),
        PROGRAM("Na", "pth-stack"),
        PROGRAM("(Na", "pth-stack"),
        PROGRAM("](a", "pth-stack"),
        PROGRAM("}Na", "pth-stack"),
        PROGRAM("]Ns", "pth-stack"),
        PROGRAM("NNs", "pth-stack"),
        PROGRAM("]NNs", "pth-stack"),
        PROGRAM("]Ne", "pth-stack"),
        PROGRAM("(Ne", "pth-stack"),
        PROGRAM("((Ne", "pth-stack"),
        PROGRAM("}(Ne", "pth-stack"),
        PROGRAM("](NNu", "pth-stack"),
        PROGRAM("}(Nu", "pth-stack"),
        PROGRAM("}(NNNu", "pth-stack"),
        PROGRAM("}(]Nu", "pth-stack"),
        PROGRAM("}(NN}Nu", "pth-stack"),
        PROGRAM("}}Ns", "pth-stack"),
        PROGRAM("}]Ns", "pth-stack"),
        PROGRAM("}))s", "{() ()}"),
    };
    CHECK(programs);
}

static void test_memo(void **state) {
    static const struct program programs[] = {
        PROGRAM("K\1q\0K\2q\1h\0h\1K\3\x87", "(1 2 3)"),
        PROGRAM("K\1\x94K\2\x94h\1h\0K\3\x87", "(2 1 3)"),
        PROGRAM("K\1r\0\0\0\0j\0\0\0\0\x86", "(1 1)"),
        PROGRAM("K\1q\0K\2q\0h\0\x85", "(2)"),        /* the later entry replaces the first */
        PROGRAM("K\1q\0K\2q\0K\3\x94h\1\x85", "(3)"), /* and MEMOIZE counts one entry */
        PROGRAM("K\1q\1h\1\x86", "(1 1)"),
        PROGRAM("h\0", "pth-memo"),
        PROGRAM("K\1q\0h\1", "pth-memo"),
        PROGRAM("K\1q\1h\0", "pth-memo"),
        PROGRAM("K\1q\3", "1"),
        PROGRAM("K\1q\4", "pth-memo"), /* a number larger than that of the opcodes so far */
        PROGRAM("q\0", "pth-stack"),
        PROGRAM("(q\0", "pth-stack"),
    };
    CHECK(programs);
}

#define ORDERED_DICT "ccollections\nOrderedDict\n"

static void test_calls(void **state) {
    static const struct program programs[] = {
        PROGRAM(ORDERED_DICT, "collections.OrderedDict"),
        PROGRAM("\x8c\x0b"
                "collections\x8c\x0bOrderedDict\x93",
                "collections.OrderedDict"),
        PROGRAM(ORDERED_DICT ")R", "{}"),
        PROGRAM(ORDERED_DICT "]\x85R", "{}"),
        PROGRAM(ORDERED_DICT "](K\1K\2\x86K\3K\4\x86"
                             "e\x85R",
                "{1 2 3 4}"),
        PROGRAM(ORDERED_DICT "](](K\1K\2ee\x85R", "{1 2}"),
        PROGRAM("ctorch\nSize\n(K\1K\2tR", "torch.Size(1 2)"),
        PROGRAM(ORDERED_DICT ")R}b", "{}"),
        PROGRAM("cposix\nsystem\n", "pth-global"),
        PROGRAM("ccollections\nOrderedDicts\n", "pth-global"),
        PROGRAM("ccollection\nsOrderedDict\n", "pth-global"),
        PROGRAM("K\1\x8c\x0bOrderedDict\x93", "pth-global"),
        PROGRAM("\x8c\x0b"
                "collectionsK\1\x93",
                "pth-global"),
        PROGRAM("\x8c\x0bOrderedDict\x93", "pth-stack"),
        PROGRAM("i"
                "collections\nOrderedDict\n",
                "pth-opcode"),
        PROGRAM("K\1)R", "pth-reduce"),
        PROGRAM("ctorch\nFloatStorage\n)R", "pth-reduce"),
        PROGRAM("ctorch\nSize\nK\1R", "pth-reduce"),
        PROGRAM(ORDERED_DICT "]R", "pth-reduce"),
        PROGRAM(ORDERED_DICT "]]\x86R", "pth-reduce"),
        PROGRAM(ORDERED_DICT "K\1\x85R", "pth-reduce"),
        PROGRAM(ORDERED_DICT "]K\1a\x85R", "pth-reduce"),
        PROGRAM(ORDERED_DICT "]K\1\x85"
                             "a\x85R",
                "pth-reduce"),
        PROGRAM(ORDERED_DICT "]NNN\x87"
                             "a\x85R",
                "pth-reduce"),
        PROGRAM(ORDERED_DICT "]]N\x86"
                             "a\x85R",
                "pth-stack"),
        PROGRAM("R", "pth-stack"),
        PROGRAM(")R", "pth-stack"),
        PROGRAM("\x93", "pth-stack"),
        PROGRAM("b", "pth-stack"),
        PROGRAM("])b", "pth-build"),
        PROGRAM("}b", "pth-stack"),
    };
    CHECK(programs);
}

/* ---- limits ------------------------------------------------------------------------------------------------- */

/* PROTO counts as an opcode, STOP does not. */
static void test_opcodes_most(void **state) {
    struct ln_pickle p;
    const size_t most = LN_PICKLE_OPS_MAX;
    unsigned char *bytes = test_malloc(most + 3);
    memset(bytes, 'N', most + 3);
    memcpy(bytes, "\x80\2", 2);
    bytes[most + 1] = '.';
    assert_int_equal(read_bytes(&p, bytes, most + 2), LINNET_OK);
    assert_int_equal(p.value_count, most - 1);
    ln_pickle_fini(&p);
    bytes[most + 1] = 'N';
    bytes[most + 2] = '.';
    assert_failure(read_bytes(&p, bytes, most + 3), LINNET_ERR_INPUT, "pth-limit", "opcodes");
    test_free(bytes);
}

/* A name of 255 bytes is read to its end; one of 256 is not. */
static void test_names_longest(void **state) {
    unsigned char bytes[BYTES_MOST] = "\x80\2c";
    struct ln_pickle p;
    memset(bytes + 3, 'a', 256);
    memcpy(bytes + 3 + 255, "\nb\n.", 4);
    assert_failure(read_bytes(&p, bytes, 3 + 255 + 4), LINNET_ERR_INPUT, "pth-global", "is not tensor data");
    memcpy(bytes + 3 + 255, "a\nb\n.", 5);
    assert_failure(read_bytes(&p, bytes, 3 + 255 + 5), LINNET_ERR_INPUT, "pth-global",
                   "a name is longer than 255 bytes");
}

/* Module and name may also be texts, of any length. */
static void test_texts_for_names(void **state) {
    unsigned char bytes[BYTES_MOST];
    struct ln_pickle p;
    for (int longer = 0; longer < 2; longer++) {
        size_t at = 2;
        memcpy(bytes, "\x80\2", 2);
        for (int text = 0; text < 2; text++) {
            const unsigned size = text == longer ? 257 : 5;
            memcpy(bytes + at, "X\0\0\0\0", 5);
            bytes[at + 1] = (unsigned char)(size & 255);
            bytes[at + 2] = (unsigned char)(size >> 8);
            memset(bytes + at + 5, 'a', size);
            at += 5 + size;
        }
        memcpy(bytes + at, "\x93.", 2);
        assert_failure(read_bytes(&p, bytes, at + 2), LINNET_ERR_INPUT, "pth-global", "of a very long name");
    }
}

/* A text that takes more than one read. */
static void test_text_long(void **state) {
    enum { LONG = 100000 };
    struct ln_pickle p;
    unsigned char *bytes = test_malloc(LONG + 8);
    memcpy(bytes, "\x80\2X\xa0\x86\1\0", 7);
    for (size_t i = 0; i < LONG; i++) bytes[7 + i] = (unsigned char)('a' + i % 26);
    bytes[7 + LONG] = '.';
    assert_int_equal(read_bytes(&p, bytes, LONG + 8), LINNET_OK);
    const struct ln_pickle_value *value = ln_pickle_value(&p, p.top);
    assert_int_equal(value->text.size, LONG);
    assert_memory_equal(ln_pickle_text(&p, value), bytes + 7, LONG);
    ln_pickle_fini(&p);
    test_free(bytes);
}

/* A pickle that is too long is refused before its bytes are read: all but the first bytes of the file are a hole. */
static void test_bytes_most(void **state) {
    struct ln_pickle p;
    const struct memory_file file = memory_file_make("X\0\0\0\4", 5); /* a text of 64 MiB */
    memory_file_cut(&file, LN_PICKLE_BYTES_MAX + 10);
    assert_failure(read_file(&p, file.path), LINNET_ERR_INPUT, "pth-limit", "the pickle is longer than");
    memory_file_drop(&file);
}

/* A list of 100,000 pairs is made into a dict again and again, until there are too many items. */
static void test_items_most(void **state) {
    enum { PAIRS = 100000, DICTS = 20 };
    static const char begin[] = "\x80\2(K\1K\2tq\0](", dict[] = ORDERED_DICT "h\1\x85R";
    struct ln_pickle p;
    const size_t size = sizeof begin + 2 * PAIRS + 3 + (DICTS + 1) * sizeof dict;
    unsigned char *bytes = test_malloc(size), *at = bytes;
    at = (unsigned char *)memcpy(at, begin, sizeof begin - 1) + sizeof begin - 1;
    for (int i = 0; i < PAIRS; i++) at = (unsigned char *)memcpy(at, "h\0", 2) + 2;
    at = (unsigned char *)memcpy(at, "eq\1", 3) + 3;
    for (int i = 0; i < DICTS; i++) at = (unsigned char *)memcpy(at, dict, sizeof dict - 1) + sizeof dict - 1;
    *at++ = '.';
    assert_in_range(at - bytes, 1, size);
    /* 2 items of the pair, 100,000 of the list, and an argument and 200,000 items for each dict: the 21st has no room. */
    assert_int_equal(read_bytes(&p, bytes, (size_t)(at - bytes)), LINNET_OK);
    assert_int_equal(p.item_count, 2 + PAIRS + DICTS * (1 + 2 * PAIRS));
    ln_pickle_fini(&p);
    at = (unsigned char *)memcpy(at - 1, dict, sizeof dict - 1) + sizeof dict - 1;
    *at++ = '.';
    assert_failure(read_bytes(&p, bytes, (size_t)(at - bytes)), LINNET_ERR_INPUT, "pth-limit", "items");
    test_free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_memo),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_opcodes_most),
        cmocka_unit_test(test_names_longest),
        cmocka_unit_test(test_texts_for_names),
        cmocka_unit_test(test_text_long),
        cmocka_unit_test(test_bytes_most),
        cmocka_unit_test(test_items_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
