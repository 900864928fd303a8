/* An explanation as members of a JSON object. Pictures are PNG files in base64, so that a page gets them and their numbers
 * in one answer. */
#include "base64.h"
#include "explain_json.h"
#include "json.h"
#include "serve_explain.h"
#include <stdlib.h>

static int put_picture(struct linnet_json *json, const char *key, const unsigned char *pixels, int width,
                       int height) {
    unsigned char *bytes = NULL;
    size_t count;
    int status = linnet_encode_png(pixels, width, height, &bytes, &count);
    if (status) return status;
    char *text = cli_base64_encode(bytes, count);
    if (text) linnet_json_string(json, key, text);
    linnet_free(bytes);
    free(text);
    return text ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int longer_of(const struct linnet_explanation *e) {
    return e->width > e->height ? e->width : e->height;
}

static int put_map(struct linnet_json *json, const struct linnet_explanation *e, int side) {
    const int width = (int)((int64_t)e->width * side / longer_of(e)),
              height = (int)((int64_t)e->height * side / longer_of(e));
    const int w = width < 1 ? 1 : width, h = height < 1 ? 1 : height;
    unsigned char *pixels = malloc((size_t)w * (size_t)h * 3);
    int status = pixels ? linnet_explanation_overlay(e, w, h, pixels) : LINNET_ERR_LIMIT;
    if (!status) status = put_picture(json, "map", pixels, w, h);
    free(pixels);
    return status;
}

int serve_explain_json(struct linnet_json *json, const struct linnet_model *model,
                       const struct linnet_explanation *e, int side) {
    cli_explain_json_class(json, model, e);
    cli_explain_json_extent(json, e);
    return put_map(json, e, side);
}

/* ---- the photo -------------------------------------------------------------------------------------------- */

/* The mean of factor x factor pixels of a picture of `width` columns. */
static void mean(const unsigned char *pixels, size_t width, size_t factor, unsigned char rgb[3]) {
    for (size_t c = 0; c < 3; c++) {
        size_t sum = 0;
        for (size_t y = 0; y < factor; y++)
            for (size_t x = 0; x < factor; x++) sum += pixels[(y * width + x) * 3 + c];
        rgb[c] = (unsigned char)((sum + factor * factor / 2) / (factor * factor));
    }
}

int serve_explain_photo(struct linnet_json *json, const struct linnet_explanation *e, int side) {
    int times = (longer_of(e) + side - 1) / side;
    while (times > e->width || times > e->height) times--; /* a strip keeps a pixel of its shorter side */
    if (times <= 1) return put_picture(json, "photo", e->picture, e->width, e->height);
    const size_t width = (size_t)e->width, factor = (size_t)times, w = width / factor,
                 h = (size_t)e->height / factor;
    unsigned char *small = malloc(w * h * 3);
    if (!small) return LINNET_ERR_LIMIT;
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            mean(e->picture + (y * width + x) * factor * 3, width, factor, small + (y * w + x) * 3);
    int status = put_picture(json, "photo", small, (int)w, (int)h);
    free(small);
    return status;
}
