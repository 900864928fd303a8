/* Runs the transforms for transform.py, which drives it over a pipe: one command per line on stdin, one answer
 * each on stdout.
 *
 *     trivial OP MAGNITUDE PATH    -> "ok W H C\n" and W*H*C bytes: one operation of TrivialAugmentWide
 *     knob K FACTOR PATH           -> the same: one knob of ColorJitter
 *     magnitudes                   -> "ok 31 14 1\n" and floats
 *     draws LEVEL PHOTOS W H COUNT -> "ok 21 COUNT 1\n" and floats: the choices of images 0 to COUNT - 1
 *     apply LEVEL SIZE INDEX PATH  -> "ok SIZE SIZE 3\n" and floats, planar: image INDEX, as photos
 *
 * or "fail STATUS CODE TEXT\n". "grey:PATH" is converted to grey first.
 */
#include "commands.h"

#include "base/alloc.h"
#include "data/transform.h"
#include "image/colour.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 21 };

static int open_image(const char *path, struct ln_image *image) {
    struct ln_image colour;
    bool grey = strncmp(path, "grey:", 5) == 0;
    if (!grey) return ln_image_read(path, NULL, image);
    LN_TRY(ln_image_read(path + 5, NULL, &colour));
    int status = ln_image_convert(&colour, 1, image);
    ln_image_fini(&colour);
    return status;
}

static void answer(const struct ln_image *image) {
    printf("ok %d %d %d\n", image->width, image->height, image->channels);
    fwrite(image->pixels, 1, (size_t)image->width * image->height * image->channels, stdout);
}

static void trivial(const struct ln_trivial_draw *draw, const char *path) {
    struct ln_image in, out;
    if (open_image(path, &in)) {
        fail();
        return;
    }
    if (ln_image_convert(&in, in.channels, &out)) exit(1);
    memset(out.pixels, 77, (size_t)out.width * out.height * out.channels);
    ln_trivial_apply(draw, &in, &out);
    answer(&out);
    ln_image_fini(&in);
    ln_image_fini(&out);
}

static void knob(int k, float factor, const char *path) {
    struct ln_image image;
    const struct ln_jitter jitter = {k == 0, k == 1, k == 2, k == 3};
    struct ln_jitter_draw draw = {.order = {3, 2, 1, 0}};
    draw.factor[k] = factor;
    if (open_image(path, &image)) {
        fail();
        return;
    }
    ln_jitter_apply(&jitter, &draw, &image);
    answer(&image);
    ln_image_fini(&image);
}

static void magnitudes(void) {
    printf("ok %d %d 1\n", LN_TRIVIAL_BINS, LN_TRIVIAL_OPS);
    for (int op = 0; op < LN_TRIVIAL_OPS; op++)
        for (int bin = 0; bin < LN_TRIVIAL_BINS; bin++)
            fwrite(&(float){(float)ln_trivial_magnitude(op, bin)}, sizeof(float), 1, stdout);
}

static struct ln_sample_key key_of(uint32_t index) {
    return (struct ln_sample_key){42, 3, index};
}

static void prepare(struct ln_transform *t, const char *level, bool photos, int size) {
    const struct ln_preprocess pp = {.width = size,
                                     .height = size,
                                     .channels = 3,
                                     .mean = {0.485f, 0.456f, 0.406f},
                                     .std = {0.229f, 0.224f, 0.225f}};
    struct ln_augment augment;
    if (ln_augment_level(level, photos, &augment)) exit(1);
    ln_transform_init(t, &pp, &augment);
}

static void draws(const char *level, bool photos, int width, int height, int count) {
    struct ln_transform t;
    prepare(&t, level, photos, 224);
    printf("ok %d %d 1\n", FIELDS, count);
    for (int i = 0; i < count; i++) {
        struct ln_draw d;
        ln_transform_draw(&t, width, height, key_of((uint32_t)i), &d);
        const unsigned char *o = d.jitter.order;
        const float *f = d.jitter.factor;
        const float row[FIELDS] = {d.box.left,   d.box.top,     d.box.right,
                                   d.box.bottom, d.flip,        d.shift_x,
                                   d.shift_y,    d.trivial.op,  d.trivial.magnitude,
                                   o[0],         o[1],          o[2],
                                   o[3],         f[0],          f[1],
                                   f[2],         f[3],          d.erase.left,
                                   d.erase.top,  d.erase.width, d.erase.height};
        fwrite(row, sizeof row, 1, stdout);
    }
}

static void apply(const char *level, int size, int index, const char *path) {
    struct ln_transform t;
    struct ln_draw draw;
    struct ln_image image;
    if (open_image(path, &image)) {
        fail();
        return;
    }
    prepare(&t, level, true, size);
    ln_transform_draw(&t, image.width, image.height, key_of((uint32_t)index), &draw);
    float *out = ln_alloc(ln_transform_floats(&t) * sizeof *out);
    if (!out || ln_transform_apply(&t, &draw, &image, out)) exit(1);
    printf("ok %d %d 3\n", size, size);
    fwrite(out, sizeof *out, ln_transform_floats(&t), stdout);
    ln_free(out);
    ln_image_fini(&image);
}

static void run(char *line) {
    struct ln_trivial_draw t;
    char level[16];
    float factor;
    int k, photos, width, height, count, at = 0;
    if (sscanf(line, "trivial %d %lf %n", &t.op, &t.magnitude, &at) == 2 && at)
        trivial(&t, line + at);
    else if (sscanf(line, "knob %d %f %n", &k, &factor, &at) == 2 && at)
        knob(k, factor, line + at);
    else if (strcmp(line, "magnitudes") == 0)
        magnitudes();
    else if (sscanf(line, "draws %15s %d %d %d %d", level, &photos, &width, &height, &count) == 5)
        draws(level, photos, width, height, count);
    else if (sscanf(line, "apply %15s %d %d %n", level, &width, &k, &at) == 3 && at)
        apply(level, width, k, line + at);
    else
        printf("fail 0 command %s\n", line);
}

int main(void) {
    return commands_run(run);
}
