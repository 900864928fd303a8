/* Decodes and resizes images for image.py, which drives it over a pipe.
 *
 *     decode PATH                           -> "ok W H C\n", or "ok W H C DAMAGE\n", and W*H*C bytes
 *     shrink FACTOR PATH                    -> the same, decoded at 1/FACTOR
 *     resize FILTER W H BOX(4) CROP(4) PATH -> the same; FILTER 0 bilinear, 1 bicubic
 *     preprocess W H C RESIZE FILTER PATH   -> "ok W H C\n" and W*H*C floats, planar
 *     grey PATH                             -> as decode, with C = 1
 *
 * or "fail STATUS CODE TEXT\n" on failure.
 */
#include "commands.h"

#include "base/alloc.h"
#include "base/file.h"
#include "data/transform.h"
#include "image/colour.h"
#include "image/image.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* damage: description of the picture's damage; NULL if not requested. */
static void answer_damaged(const struct ln_image *image, const void *bytes, size_t element,
                           const struct ln_error *damage) {
    const bool is_damaged = damage && damage->status != LINNET_OK;
    printf("ok %d %d %d%s%s\n", image->width, image->height, image->channels, is_damaged ? " " : "",
           is_damaged ? damage->text : "");
    fwrite(bytes, element, (size_t)image->width * image->height * image->channels, stdout);
}

static void answer(const struct ln_image *image, const void *bytes, size_t element) {
    answer_damaged(image, bytes, element, NULL);
}

static int fixed_factor(void *user, int width, int height) {
    return *(int *)user;
}

static int decode_noting(const char *path, int factor, struct ln_image *image, struct ln_error *damage) {
    unsigned char *data;
    size_t size;
    if (ln_file_read(path, 1 << 30, &data, &size)) return fail();
    const struct ln_decode_opts opts = {
        .damage = damage, .shrink = factor ? fixed_factor : NULL, .user = &factor};
    int status = ln_image_decode_with(data, size, path, &opts, image);
    ln_free(data);
    return status ? fail() : 0;
}

static int decode(const char *path, int factor, struct ln_image *image) {
    struct ln_error damage;
    return decode_noting(path, factor, image, &damage);
}

static void resize(const char *path, const struct ln_resize_opts *opts) {
    struct ln_image image;
    if (decode(path, 0, &image)) return;
    struct ln_image out = {opts->crop.width ? opts->crop.width : opts->width,
                           opts->crop.height ? opts->crop.height : opts->height, image.channels, NULL};
    out.pixels = ln_alloc((size_t)out.width * out.height * out.channels);
    if (!out.pixels || ln_resize(&image, opts, out.pixels))
        fail();
    else
        answer(&out, out.pixels, 1);
    ln_image_fini(&out);
    ln_image_fini(&image);
}

static void preprocess(const char *path, const struct ln_preprocess *pp) {
    struct ln_image image;
    if (decode(path, 0, &image)) return;
    float *out = ln_alloc((size_t)pp->width * pp->height * pp->channels * sizeof *out);
    struct ln_transform transform;
    struct ln_draw draw;
    ln_transform_init(&transform, pp, NULL);
    ln_transform_draw(&transform, image.width, image.height, (struct ln_sample_key){0}, &draw);
    if (!out || ln_transform_apply(&transform, &draw, &image, out))
        fail();
    else
        answer(&(struct ln_image){pp->width, pp->height, pp->channels, NULL}, out, sizeof *out);
    ln_free(out);
    ln_image_fini(&image);
}

static void grey(const char *path) {
    struct ln_image image, out;
    if (decode(path, 0, &image)) return;
    if (ln_image_convert(&image, 1, &out))
        fail();
    else
        answer(&out, out.pixels, 1);
    ln_image_fini(&out);
    ln_image_fini(&image);
}

static void run(char *line) {
    struct ln_resize_opts r = {0};
    struct ln_preprocess p = {.mean = {0.485f, 0.456f, 0.406f}, .std = {0.229f, 0.224f, 0.225f}};
    struct ln_image image;
    struct ln_error damage;
    int filter, factor, at = 0;
    if (sscanf(line, "decode %n", &at) == 0 && at) {
        if (decode_noting(line + at, 0, &image, &damage)) return;
        answer_damaged(&image, image.pixels, 1, &damage);
        ln_image_fini(&image);
    } else if (sscanf(line, "shrink %d %n", &factor, &at) == 1 && at) {
        if (decode(line + at, factor, &image)) return;
        answer(&image, image.pixels, 1);
        ln_image_fini(&image);
    } else if (sscanf(line, "resize %d %d %d %lf %lf %lf %lf %d %d %d %d %n", &filter, &r.width, &r.height,
                      &r.box.left, &r.box.top, &r.box.right, &r.box.bottom, &r.crop.left, &r.crop.top,
                      &r.crop.width, &r.crop.height, &at) == 11) {
        r.filter = filter ? LN_BICUBIC : LN_BILINEAR;
        resize(line + at, &r);
    } else if (sscanf(line, "preprocess %d %d %d %d %d %n", &p.width, &p.height, &p.channels, &p.resize,
                      &filter, &at) == 5) {
        p.interpolation = filter ? LN_BICUBIC : LN_BILINEAR;
        preprocess(line + at, &p);
    } else if (sscanf(line, "grey %n", &at) == 0 && at) {
        grey(line + at);
    } else {
        printf("fail 0 command %s\n", line);
    }
}

int main(void) {
    return commands_run(run);
}
