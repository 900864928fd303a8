/* The photo of an explanation: reduced by a whole factor, each pixel the mean of a square. */
#include "base64.h"
#include "cli_test.h"
#include "json.h"
#include "serve_explain.h"
#include <linnet/linnet.h>
#include <stdlib.h>

enum { WIDTH = 6, HEIGHT = 4 };

/* {"photo":"..."} of a picture. */
static char *photo_of(const unsigned char *picture, int width, int height, int side) {
    char *text = NULL;
    size_t length = 0;
    const struct linnet_explanation e = {.picture = picture, .width = width, .height = height};
    FILE *out = open_memstream(&text, &length);
    struct linnet_json json = cli_json_to(out, 0);
    linnet_json_begin(&json, NULL, '{');
    assert_int_equal(serve_explain_photo(&json, &e, side), LINNET_OK);
    linnet_json_end(&json);
    fclose(out);
    return text;
}

/* The answer holds the PNG file of these pixels. */
static void assert_holds(char *answer, const unsigned char *pixels, int width, int height) {
    unsigned char *bytes;
    size_t count;
    assert_int_equal(linnet_encode_png(pixels, width, height, &bytes, &count), LINNET_OK);
    char *text = cli_base64_encode(bytes, count);
    assert_non_null(strstr(answer, text));
    free(text);
    linnet_free(bytes);
    free(answer);
}

static void test_photo(void **state) {
    unsigned char picture[HEIGHT][WIDTH][3], half[HEIGHT / 2][WIDTH / 2][3];
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                const int square = 40 * (y / 2 * 3 + x / 2) + c;
                picture[y][x][c] = (unsigned char)(square + y % 2 * 2 + x % 2);
                half[y / 2][x / 2][c] = (unsigned char)(square + 2); /* 1.5, rounded */
            }
    assert_holds(photo_of(picture[0][0], WIDTH, HEIGHT, WIDTH), picture[0][0], WIDTH, HEIGHT);
    assert_holds(photo_of(picture[0][0], WIDTH, HEIGHT, 3), half[0][0], 3, 2);
    assert_holds(photo_of(picture[0][0], WIDTH, HEIGHT, 4), half[0][0], 3, 2);
}

/* A strip is not reduced to nothing. */
static void test_strip(void **state) {
    unsigned char strip[7][1][3] = {{{1, 2, 3}}, {{4, 5, 6}}};
    assert_holds(photo_of(strip[0][0], 1, 7, 3), strip[0][0], 1, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_photo), cmocka_unit_test(test_strip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
