/* MT19937 against CPython 3.11's random module, which printed the expected numbers. */
#include "base/rng.h"
#include "base_test.h"

/* random.seed(seed); [random.getrandbits(32) for _ in range(4)] */
static void test_seeds(void **state) {
    static const struct {
        uint64_t seed;
        uint32_t out[4];
    } python[] = {
        {0, {0xd82c07cd, 0x629f6fbe, 0xc2094cac, 0xe3e70682}},
        {1, {0x2265b1f5, 0x91b7584a, 0xd8f16adf, 0xcd613e30}},
        {42, {0xa3b1799d, 0x1c80317f, 0x06671ad1, 0xbdd640fb}},
        {4294967295, {0xa2a6c909, 0x9e9c04f4, 0x3404e941, 0x3720bfa9}},
        {4294967296, {0x1ced31d7, 0x59ef8bbc, 0x6af6d506, 0xef49e4d2}}, /* two key words from here on */
        {1234567890123456789, {0xdaa63ce1, 0x2eb96680, 0xfb3cf0b3, 0x9709551b}},
        {UINT64_MAX, {0x05965e7e, 0x3faff328, 0x568d6a40, 0x9e667b13}},
    };
    for (size_t i = 0; i < sizeof python / sizeof *python; i++) {
        struct ln_mt mt;
        ln_mt_seed(&mt, python[i].seed);
        for (int k = 0; k < 4; k++) assert_int_equal(ln_mt_u32(&mt), python[i].out[k]);
    }
}

/* 10,000 outputs go round the state sixteen times. */
static void test_far_output(void **state) {
    struct ln_mt mt;
    uint32_t last = 0;
    ln_mt_seed(&mt, 42);
    for (int i = 0; i < 10000; i++) last = ln_mt_u32(&mt);
    assert_int_equal(last, 0xed56c714);
}

/* random.seed(42); [random._inst._randbelow(n) for n in ...] */
static void test_below(void **state) {
    static const uint32_t n[] = {1, 2, 3, 10, 1000, 2147483648, 2147483649, 4294967295};
    static const uint32_t python[] = {0, 0, 2, 4, 250, 958682846, 599310825, 3163119785};
    struct ln_mt mt;
    ln_mt_seed(&mt, 42);
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) assert_int_equal(ln_mt_below(&mt, n[i]), python[i]);
}

/* random.seed(42); random.shuffle(list(range(502))) */
static void test_shuffle(void **state) {
    static const uint32_t python[502] = {
        59,  207, 370, 180, 218, 93,  155, 426, 74,  277, 170, 397, 385, 154, 292, 245, 303, 247, 92,  190,
        132, 417, 37,  68,  353, 7,   94,  467, 280, 481, 237, 409, 41,  212, 225, 396, 21,  394, 334, 45,
        88,  153, 72,  257, 182, 89,  455, 53,  313, 464, 175, 473, 427, 441, 434, 179, 50,  341, 213, 156,
        324, 253, 227, 131, 120, 4,   342, 444, 436, 410, 333, 96,  147, 217, 230, 263, 196, 393, 336, 240,
        439, 11,  6,   398, 254, 293, 100, 347, 399, 322, 297, 26,  77,  363, 278, 215, 372, 95,  198, 209,
        127, 160, 238, 289, 470, 355, 371, 85,  400, 304, 421, 158, 315, 38,  244, 69,  106, 387, 151, 261,
        163, 31,  184, 8,   269, 487, 241, 139, 141, 129, 199, 246, 211, 223, 2,   18,  143, 265, 76,  490,
        430, 381, 284, 146, 451, 66,  403, 133, 144, 171, 408, 164, 317, 375, 177, 286, 145, 266, 326, 468,
        162, 319, 17,  450, 20,  130, 294, 405, 288, 423, 486, 149, 210, 188, 391, 407, 208, 420, 14,  55,
        75,  471, 39,  201, 447, 262, 318, 187, 178, 228, 368, 422, 323, 99,  310, 97,  203, 233, 337, 320,
        300, 124, 307, 42,  60,  192, 432, 268, 392, 386, 499, 369, 497, 251, 113, 19,  226, 118, 474, 453,
        291, 428, 495, 380, 249, 448, 437, 27,  220, 361, 86,  340, 103, 483, 25,  478, 167, 452, 477, 461,
        221, 418, 105, 389, 90,  454, 168, 479, 351, 48,  104, 206, 354, 200, 62,  242, 67,  109, 296, 415,
        121, 267, 169, 383, 34,  364, 30,  402, 463, 356, 384, 10,  173, 344, 115, 365, 61,  231, 264, 224,
        314, 358, 159, 102, 312, 374, 491, 339, 376, 84,  281, 243, 65,  64,  272, 425, 248, 43,  419, 493,
        123, 29,  122, 157, 459, 330, 9,   250, 165, 306, 0,   271, 276, 82,  191, 404, 475, 401, 348, 152,
        54,  259, 91,  256, 362, 1,   465, 80,  222, 446, 500, 457, 328, 406, 438, 58,  5,   283, 128, 270,
        239, 345, 195, 197, 32,  305, 458, 460, 431, 78,  56,  24,  46,  252, 260, 70,  462, 429, 204, 298,
        219, 299, 134, 275, 476, 126, 494, 443, 73,  234, 329, 202, 255, 335, 378, 382, 367, 290, 108, 33,
        137, 205, 161, 484, 117, 28,  166, 350, 469, 285, 352, 501, 138, 416, 236, 411, 496, 440, 273, 87,
        442, 311, 36,  331, 349, 472, 136, 343, 107, 181, 189, 83,  186, 325, 232, 489, 449, 51,  480, 435,
        148, 395, 116, 338, 23,  35,  360, 98,  295, 185, 316, 321, 424, 150, 282, 40,  193, 63,  274, 235,
        373, 22,  413, 135, 309, 176, 433, 183, 49,  194, 482, 492, 172, 390, 110, 79,  466, 174, 485, 357,
        81,  412, 388, 3,   445, 414, 142, 301, 229, 112, 214, 488, 359, 332, 366, 101, 287, 13,  308, 258,
        119, 111, 47,  15,  16,  216, 302, 44,  279, 456, 498, 346, 52,  377, 71,  114, 125, 140, 379, 12,
        57,  327,
    };
    uint32_t items[502];
    struct ln_mt mt;
    for (uint32_t i = 0; i < 502; i++) items[i] = i;
    ln_mt_seed(&mt, 42);
    ln_mt_shuffle(&mt, items, 502);
    assert_memory_equal(items, python, sizeof items);
    ln_mt_shuffle(&mt, items, 1);
    ln_mt_shuffle(&mt, NULL, 0);
}

enum { PHOTOS = 251 };

static int name_order(const void *a, const void *b) {
    return strcmp(a, b);
}

/* The textbook's split of cat.0 ... cat.250 and dog.0 ... dog.250: each sorted in byte order, cats first,
 * shuffled with seed 42; the last ten of 502 are its test list. */
static void test_chapter_split(void **state) {
    static const char *const expected[] = {
        "cat.145.jpg", "dog.211.jpg", "cat.162.jpg", "cat.200.jpg", "cat.210.jpg",
        "cat.224.jpg", "dog.213.jpg", "cat.109.jpg", "cat.15.jpg",  "dog.167.jpg",
    };
    char names[2 * PHOTOS][16];
    uint32_t items[2 * PHOTOS];
    for (uint32_t i = 0; i < PHOTOS; i++) {
        snprintf(names[i], sizeof names[i], "cat.%u.jpg", i);
        snprintf(names[PHOTOS + i], sizeof names[i], "dog.%u.jpg", i);
    }
    qsort(names, PHOTOS, sizeof *names, name_order);
    qsort(names + PHOTOS, PHOTOS, sizeof *names, name_order);
    for (uint32_t i = 0; i < 2 * PHOTOS; i++) items[i] = i;
    struct ln_mt mt;
    ln_mt_seed(&mt, 42);
    ln_mt_shuffle(&mt, items, 2 * PHOTOS);
    int train_cats = 0, validation_cats = 0;
    for (int i = 0; i < 400; i++) train_cats += items[i] < PHOTOS;
    for (int i = 400; i < 492; i++) validation_cats += items[i] < PHOTOS;
    assert_int_equal(train_cats, 199);
    assert_int_equal(validation_cats, 45);
    for (int i = 0; i < 10; i++) assert_string_equal(names[items[492 + i]], expected[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeds),   cmocka_unit_test(test_far_output),    cmocka_unit_test(test_below),
        cmocka_unit_test(test_shuffle), cmocka_unit_test(test_chapter_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
