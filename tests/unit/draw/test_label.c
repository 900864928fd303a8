/* Text from any source is made valid, short and a single line. */
#include "draw/canvas.h"
#include "picture.h"

static void check_clean(const char *text, int lines, const char *want) {
    char out[LN_LABEL_BYTES];
    assert_string_equal(ln_label_clean(text, lines, out), want);
}

static void good_text_stays(void **state) {
    check_clean("Ankle boot", 1, "Ankle boot");
    check_clean("고양이 القط Чёрная 🐈", 1, "고양이 القط Чёрная 🐈");
    check_clean("", 1, "");
    check_clean(NULL, 1, "");
}

static void invalid_bytes_are_shown(void **state) {
    check_clean("\xff", 1, "\\xFF");
    check_clean("a\xc3(b", 1, "a\\xC3(b");
    check_clean("\xe2\x82", 1, "\\xE2\\x82");                   /* cut off */
    check_clean("\xc0\xaf", 1, "\\xC0\\xAF");                   /* overlong '/' */
    check_clean("\xed\xa0\x80", 1, "\\xED\\xA0\\x80");          /* a surrogate */
    check_clean("\xf4\x90\x80\x80", 1, "\\xF4\\x90\\x80\\x80"); /* past U+10FFFF */
}

static void controls_are_spaces(void **state) {
    check_clean("a\nb\tc\rd\x7f", 1, "a b c d ");
    check_clean("a\xc2\x85z\u2028z\u2029z", 1, "a z z z");
    check_clean("a\nb\nc", 2, "a\u2028b c");
    check_clean("a\nb\nc\nd", 3, "a\u2028b\u2028c d");
}

static void long_text_is_cut(void **state) {
    enum { LENGTH = 100000 };
    const char *units[] = {"x", "\xff", "🐈", "\u0301"};
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        size_t bytes = strlen(units[u]);
        char *text = test_malloc(LENGTH * bytes + 1), out[LN_LABEL_BYTES];
        for (size_t i = 0; i < LENGTH; i++) memcpy(text + i * bytes, units[u], bytes);
        text[LENGTH * bytes] = '\0';
        ln_label_clean(text, 1, out);
        assert_true(strlen(out) < LN_LABEL_BYTES);
        assert_string_equal(out + strlen(out) - 3, "\u2026");
        text[LN_LABEL_CHARS * bytes] = '\0'; /* exactly the longest that is kept */
        ln_label_clean(text, 1, out);
        assert_string_not_equal(out + strlen(out) - 3, "\u2026");
        test_free(text);
    }
}

static void measures_agree_with_what_is_drawn(void **state) {
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    if (!canvas.setter.has_fonts) {
        ln_canvas_fini(&canvas);
        print_message("skipped: no font is installed\n");
        skip();
    }
    double w, h;
    struct ln_label label = {.text = "Hamburgefons", .size = 20};
    ln_canvas_measure(&canvas, &label, &w, &h);
    assert_true(w > 60 && w < 220 && h > 15 && h < 40);
    assert_int_equal(ln_canvas_begin(&canvas, 400, 100, 1), LINNET_OK);
    label.across = 0.5, label.down = 0.5;
    ln_canvas_text(&canvas, 200, 50, &label);
    assert_int_equal(ln_canvas_write(&canvas, picture_path()), LINNET_OK);
    ln_canvas_fini(&canvas);
    struct picture picture = picture_read();
    int inked = 0;
    for (int y = 0; y < 100; y++)
        for (int x = 0; x < 400; x++) {
            if (picture_at(&picture, x, y) == 0xffffff) continue;
            inked++;
            assert_true(x >= 200 - w / 2 - 2 && x <= 200 + w / 2 + 2 && y >= 50 - h / 2 - 2 &&
                        y <= 50 + h / 2 + 2);
        }
    assert_true(inked > 100);
    picture_free(&picture);
}

static void text_stays_within_its_width_and_lines(void **state) {
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    double w, h, one, many;
    struct ln_label label = {.text = "x", .size = 16, .max_width = 100};
    ln_canvas_measure(&canvas, &label, &w, &one);
    for (int i = 0; i < HOSTILE_NAMES; i++) {
        label.text = hostile_names[i];
        ln_canvas_measure(&canvas, &label, &w, &h);
        assert_true(w <= 100 && h < 3 * one + 1);
    }
    label.text = "one two three four five six seven eight nine ten eleven twelve thirteen";
    ln_canvas_measure(&canvas, &label, &w, &h);
    assert_true(w <= 100 && h <= one * 1.01);
    label.lines = 2;
    ln_canvas_measure(&canvas, &label, &w, &many);
    assert_true(w <= 100 && many <= one * 2.02 && (!canvas.setter.has_fonts || many > one * 1.5));
    label.text = "a\nb\nc\nd\ne\nf";
    ln_canvas_measure(&canvas, &label, &w, &many);
    assert_true(many <= one * 2.02);
    ln_canvas_fini(&canvas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_stays),
        cmocka_unit_test(invalid_bytes_are_shown),
        cmocka_unit_test(controls_are_spaces),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(measures_agree_with_what_is_drawn),
        cmocka_unit_test(text_stays_within_its_width_and_lines),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
