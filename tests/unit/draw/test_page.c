/* Pages: hostile text is escaped, pictures are small, and diagrams work for few and for many classes. */
#include "draw/page.h"
#include "image/image.h"
#include "picture.h"

#include <glib.h>
#include <math.h>

static bool has(const struct ln_text *page, const char *what) {
    return strstr(page->data, what);
}

static size_t occurrences(const struct ln_text *page, const char *what) {
    size_t n = 0;
    for (const char *at = page->data; (at = strstr(at, what)); at++) n++;
    return n;
}

/* ---- text ----------------------------------------------------------------------------------------------- */

static const char hostile[] = "</title><script>alert(1)</script>\" onload='x' & \xff\x1b[31m \xe2\x80\xae";

static void test_hostile_text(void **state) {
    (void)state;
    struct ln_text page = {0};
    ln_page_begin(&page, hostile);
    ln_page_section(&page, "card", hostile);
    ln_page_text(&page, hostile);
    ln_page_textf(&page, "%s", hostile);
    ln_page_end(&page);
    assert_false(page.failed);
    assert_false(has(&page, "<script"));
    assert_false(has(&page, "onload='"));
    assert_false(has(&page, "\x1b"));
    assert_false(has(&page, "\xff"));
    assert_int_equal(
        occurrences(&page,
                    "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp; \\xff\\x1b[31m"),
        5);
    assert_int_equal(occurrences(&page, "</title>"), 1);
    assert_true(has(&page, "default-src 'none'"));
    assert_true(g_utf8_validate(page.data, (gssize)page.length, NULL));
    ln_text_fini(&page);
}

/* A text longer than the pieces in which it is escaped: no piece splits a character. */
static void test_long_text(void **state) {
    (void)state;
    struct ln_text page = {0};
    char name[3000];
    for (size_t i = 0; i < 999; i++) memcpy(name + 3 * i, "\xea\xb3\xa0", 3);
    name[2997] = '\0';
    ln_page_text(&page, name);
    assert_string_equal(page.data, name);
    ln_text_fini(&page);
}

/* ---- pictures ------------------------------------------------------------------------------------------- */

/* A drawn photo: a smooth scene with some texture. */
static unsigned char *scene(int width, int height) {
    unsigned char *pixels = malloc((size_t)width * (size_t)height * 3), *p = pixels;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, p += 3) {
            p[0] = (unsigned char)(128 + 100 * sin(x * 9.0 / width));
            p[1] = (unsigned char)(128 + 100 * sin(y * 7.0 / height));
            p[2] = (unsigned char)(x * 31 + y * 17) % 40 + 90;
        }
    return pixels;
}

/* Decodes the picture of the page's first data: URL of this kind. */
static struct ln_image picture_of(const struct ln_text *page, const char *kind) {
    struct ln_image image = {0};
    char *from = strstr(page->data, kind), *to;
    assert_non_null(from);
    from += strlen(kind);
    to = strchr(from, '"');
    char *text = g_strndup(from, (gsize)(to - from));
    gsize size;
    guchar *bytes = g_base64_decode(text, &size);
    assert_int_equal(ln_image_decode(bytes, size, "page", NULL, &image), LINNET_OK);
    g_free(bytes);
    g_free(text);
    return image;
}

static void test_photo(void **state) {
    (void)state;
    struct ln_text page = {0};
    unsigned char *pixels = scene(1200, 800);
    const struct ln_page_picture photo = {pixels, 1200, 800, 224, "<a cat>"};
    assert_int_equal(ln_page_picture(&page, &photo), LINNET_OK);
    assert_true(page.length < 30000);
    assert_true(has(&page, "alt=\"&lt;a cat&gt;\""));
    struct ln_image small = picture_of(&page, "src=\"data:image/jpeg;base64,");
    assert_int_equal(small.width, 224);
    assert_int_equal(small.height, 149);
    /* Top left, where the reduced picture has the mean of the first pixels. */
    assert_true(abs(small.pixels[0] - 130) < 12 && abs(small.pixels[1] - 130) < 12);
    ln_image_fini(&small);
    ln_text_fini(&page);
    free(pixels);
}

/* Digits and the like are shown exactly. */
static void test_tiny(void **state) {
    (void)state;
    struct ln_text page = {0};
    unsigned char *pixels = scene(28, 20);
    assert_int_equal(ln_page_picture(&page, &(struct ln_page_picture){pixels, 28, 20, 224, ""}), LINNET_OK);
    assert_true(has(&page, "class=\"tiny\""));
    struct ln_image same = picture_of(&page, "src=\"data:image/png;base64,");
    assert_int_equal(same.width, 28);
    assert_int_equal(same.height, 20);
    assert_memory_equal(same.pixels, pixels, 28 * 20 * 3);
    ln_image_fini(&same);
    ln_text_fini(&page);
    free(pixels);
}

static void test_one_pixel_wide(void **state) {
    (void)state;
    struct ln_text page = {0};
    unsigned char *pixels = scene(1, 3000);
    assert_int_equal(ln_page_picture(&page, &(struct ln_page_picture){pixels, 1, 3000, 136, ""}), LINNET_OK);
    struct ln_image small = picture_of(&page, "src=\"data:image/jpeg;base64,");
    assert_true(small.width == 1 && small.height == 136);
    ln_image_fini(&small);
    ln_text_fini(&page);
    free(pixels);
}

/* ---- the matrix ----------------------------------------------------------------------------------------- */

static void test_few_classes(void **state) {
    (void)state;
    struct ln_text page = {0};
    const struct ln_confusion c = {.classes = 2,
                                   .names = (const char *const[]){"<b>", "dog"},
                                   .counts = (const int64_t[]){75, 25, 0, 0}};
    assert_int_equal(ln_page_matrix(&page, &c), LINNET_OK);
    assert_int_equal(occurrences(&page, "&lt;b&gt;"), 2);
    assert_true(has(&page, "class=\"hit deep\" style=\"--s:75\">75<"));
    assert_true(has(&page, "class=\"miss\" style=\"--s:50\">25<"));    /* the square root of a quarter */
    assert_true(has(&page, "class=\"miss none\" style=\"--s:0\">0<")); /* a class without images */
    ln_text_fini(&page);
}

static void test_many_classes(void **state) {
    (void)state;
    enum { CLASSES = 600 };
    struct ln_text page = {0};
    int64_t *counts = calloc(CLASSES * CLASSES, sizeof *counts);
    for (int i = 0; i < CLASSES; i++) counts[i * CLASSES + i] = 3;
    counts[599] = 3; /* half of class 0 is predicted as the last class */
    assert_int_equal(ln_page_matrix(&page, &(struct ln_confusion){.classes = CLASSES, .counts = counts}),
                     LINNET_OK);
    assert_true(page.length < 20000);
    struct ln_image picture = picture_of(&page, "src=\"data:image/png;base64,");
    assert_true(picture.width == 250 && picture.height == 250);
    const unsigned char *corner = picture.pixels + 249 * 3, *middle = picture.pixels + (125 * 250 + 125) * 3;
    assert_true(corner[0] > corner[2]); /* red */
    assert_true(middle[2] > middle[0]); /* blue */
    ln_image_fini(&picture);
    ln_text_fini(&page);
    free(counts);
}

/* ---- diagrams ------------------------------------------------------------------------------------------- */

static void test_reliability(void **state) {
    (void)state;
    struct ln_text page = {0};
    const struct ln_page_bin bins[4] = {{0, 0, 0}, {5, 0.4, 0.4}, {100, 0.5, 0.7}, {400, 1, 0.9}};
    ln_page_reliability(&page, bins, 4);
    assert_int_equal(occurrences(&page, "class=\"bar\""), 3); /* the empty bin has none */
    assert_int_equal(occurrences(&page, "class=\"few\""), 1);
    assert_int_equal(occurrences(&page, "class=\"gap lacks\""), 1); /* accuracy below the mean probability */
    assert_true(has(&page, "400 images, 100.0 % right, mean probability 90.0 %"));
    assert_false(has(&page, "nan"));
    ln_text_fini(&page);
}

/* The line bridges an epoch that was not validated, but not one that diverged. */
static void test_curves(void **state) {
    (void)state;
    const double loss[] = {2, INFINITY, 1, 0.5}, val[] = {2, NAN, 1.5, 1}, acc[] = {0.2, 0.4, 0.6, 0.8};
    struct ln_text page = {0};
    ln_page_curves(&page, &(struct ln_curves){.epochs = 4,
                                              .train_loss = loss,
                                              .val_loss = val,
                                              .train_acc = acc,
                                              .val_acc = acc,
                                              .val_name = "<test>",
                                              .best_epoch = 4});
    assert_true(has(&page, "&lt;test&gt;"));
    assert_int_equal(occurrences(&page, "class=\"best\""), 2);
    const char *train = strstr(page.data, "class=\"line train\" d=\"M"),
               *line = strstr(train + 40, "class=\"line train\" d=\"M");
    assert_non_null(line); /* the first match is in the legend */
    char path[200] = "";
    sscanf(line, "class=\"line train\" d=\"%199[^\"]", path);
    assert_non_null(strchr(path + 1, 'M')); /* two pieces */
    line = strstr(line, "class=\"line watched\" d=\"M");
    sscanf(line, "class=\"line watched\" d=\"%199[^\"]", path);
    assert_null(strchr(path + 1, 'M'));
    assert_false(has(&page, "nan") || has(&page, "inf"));
    ln_text_fini(&page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_text),   cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_photo),          cmocka_unit_test(test_tiny),
        cmocka_unit_test(test_one_pixel_wide), cmocka_unit_test(test_few_classes),
        cmocka_unit_test(test_many_classes),   cmocka_unit_test(test_reliability),
        cmocka_unit_test(test_curves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
