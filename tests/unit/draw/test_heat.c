/* Heat maps over pictures: the colours at both ends of the scale, the map's place, the area outside it, no evidence, refusals. */
#include "draw/heat.h"
#include "picture.h"

#include <string.h>

enum { W = 8, H = 4 };

static unsigned char grey[H * W * 3];

/* The map lies over the right half of the picture. */
static struct linnet_explanation explanation_of(const float *map, int rows, int columns, float most) {
    memset(grey, 100, sizeof grey);
    return (struct linnet_explanation){.method = "gradcam",
                                       .layer = "relu1",
                                       .map = map,
                                       .map_height = rows,
                                       .map_width = columns,
                                       .most = most,
                                       .picture = grey,
                                       .width = W,
                                       .height = H,
                                       .left = 4,
                                       .right = 8,
                                       .bottom = 4};
}

static const unsigned char *at(const unsigned char *pixels, int width, int x, int y) {
    return pixels + 3 * ((size_t)y * (size_t)width + (size_t)x);
}

/* Viridis runs from violet to yellow: the largest value is yellow, zero and below are violet. The area outside the map is dark grey. */
static void test_colours(void **state) {
    static const float map[] = {0, 3, -5, 0};
    unsigned char out[H * W * 3];
    const struct linnet_explanation e = explanation_of(map, 2, 2, 3);
    assert_int_equal(ln_heat_overlay(&e, W, H, out), LINNET_OK);
    const unsigned char *most = at(out, W, 7, 0), *least = at(out, W, 4, 0), *below = at(out, W, 4, 3),
                        *outside = at(out, W, 3, 0);
    assert_true(most[0] > 180 && most[1] > 170 && most[2] < 80);
    assert_true(least[0] < 100 && least[1] < 70 && least[2] > least[1]);
    assert_memory_equal(least, below, 3);
    assert_true(outside[0] == 35 && outside[1] == 35 && outside[2] == 35);
}

/* A map of two equal rows and two columns: half-way between the centres of the columns the value is the mean. */
static void test_bilinear(void **state) {
    static const float map[] = {0, 1, 0, 1};
    unsigned char out[H * 16 * W * 3];
    const struct linnet_explanation e = explanation_of(map, 2, 2, 1);
    assert_int_equal(ln_heat_overlay(&e, 16 * W, H, out), LINNET_OK);
    int last = -1;
    for (int x = 16 * 4; x < 16 * W; x++) {
        const int green = at(out, 16 * W, x, 0)[1];
        assert_true(green >= last);
        last = green;
    }
    const int middle = at(out, 16 * W, 16 * 6, 0)[1];
    assert_true(middle > 110 && middle < 140);
}

static void test_no_evidence(void **state) {
    static const float map[] = {0, 0, -1, 0};
    unsigned char out[H * W * 3];
    const struct linnet_explanation e = explanation_of(map, 2, 2, 0);
    assert_int_equal(ln_heat_overlay(&e, W, H, out), LINNET_OK);
    assert_memory_equal(at(out, W, 4, 0), at(out, W, 7, 3), 3);
}

static void test_refusals(void **state) {
    static const float map[] = {1};
    unsigned char out[3];
    const struct linnet_explanation e = explanation_of(map, 1, 1, 1);
    assert_int_equal(ln_heat_overlay(&e, 0, 1, out), LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "explain-size");
    ln_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_bilinear),
        cmocka_unit_test(test_no_evidence),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
