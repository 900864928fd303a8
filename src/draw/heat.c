/* A heat map over a picture. The picture loses its colours, so that every colour is the map's, and the map is enlarged
 * bilinearly from the centres of its places. Colours go from 0 to the map's largest number.
 */
#include "draw/heat.h"

#include "base/alloc.h"
#include "base/size.h"
#include "draw/canvas.h"
#include "draw/draw.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- colours ----------------------------------------------------------------------------------------------- */

/* Every eighth of viridis, by van der Walt and Smith (2015, CC0): equal steps look equal, in grey print and with colour vision
 * deficiency too. */
static const unsigned char viridis[][3] = {{68, 1, 84},    {71, 45, 123},  {59, 82, 139},
                                           {44, 114, 142}, {33, 145, 140}, {40, 174, 128},
                                           {94, 201, 98},  {173, 220, 48}, {253, 231, 37}};
enum { STEPS = sizeof viridis / sizeof *viridis - 1 };
static const double opacity_least = 0.4, opacity_most = 0.75; /* of the map over the picture, at 0 and at 1 */
static const double dimmed = 0.35; /* of the picture where the network did not look */

/* value: 0 to 1; grey: of the picture, 0 to 255. */
static void blend(double value, double grey, unsigned char rgb[3]) {
    const double at = value * STEPS;
    const int i = at >= STEPS ? STEPS - 1 : (int)at;
    const double opacity = opacity_least + value * (opacity_most - opacity_least);
    for (int c = 0; c < 3; c++) {
        const double colour = viridis[i][c] + (at - i) * (viridis[i + 1][c] - viridis[i][c]);
        rgb[c] = (unsigned char)lrint(opacity * colour + (1 - opacity) * grey);
    }
}

/* ITU-R BT.601, as PIL's convert("L"). */
static double grey_of(const unsigned char *p) {
    return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
}

/* ---- the overlay ------------------------------------------------------------------------------------------- */

/* Where pixel centres of an axis lie in the map. */
struct axis {
    int places;       /* of the map */
    double from, per; /* the first centre, and the distance of centres, in places */
};

static struct axis axis_of(int places, double from, double to, int picture, int pixels) {
    const double per = places / (to - from), pixel = (double)picture / pixels;
    return (struct axis){places, (0.5 * pixel - from) * per, pixel * per};
}

/* The two places around a pixel's centre and the share of the second one; false: outside of the map. */
static bool locate(const struct axis *a, int pixel, int at[2], double *share) {
    const double place = a->from + pixel * a->per, low = floor(place - 0.5);
    if (place < 0 || place > a->places) return false;
    at[0] = low < 0 ? 0 : (int)low;
    at[1] = low + 1 > a->places - 1 ? a->places - 1 : (int)low + 1;
    *share = place - 0.5 - low;
    return true;
}

/* The part of the map that supports the class. */
static double positive(const struct linnet_explanation *e, int y, int x) {
    const float value = e->map[(size_t)y * (size_t)e->map_width + (size_t)x];
    return value > 0 ? (double)value : 0;
}

static double value_at(const struct linnet_explanation *e, const int y[2], double down, const int x[2],
                       double across) {
    const double upper = positive(e, y[0], x[0]) * (1 - across) + positive(e, y[0], x[1]) * across;
    const double lower = positive(e, y[1], x[0]) * (1 - across) + positive(e, y[1], x[1]) * across;
    return upper * (1 - down) + lower * down;
}

int ln_heat_overlay(const struct linnet_explanation *e, int width, int height, unsigned char *pixels) {
    if (width < 1 || height < 1)
        return ln_fail(LINNET_ERR_USAGE, "explain-size",
                       "an overlay of %d x %d pixels; both must be at least 1", width, height);
    const struct axis across = axis_of(e->map_width, e->left, e->right, e->width, width);
    const struct axis down = axis_of(e->map_height, e->top, e->bottom, e->height, height);
    const double scale = e->most > 0 ? 1 / (double)e->most : 0;
    for (int y = 0; y < height; y++) {
        int row[2] = {0}, column[2];
        double v = 0, u;
        const bool inside = locate(&down, y, row, &v);
        const size_t from = (size_t)((int64_t)y * e->height / height) * (size_t)e->width;
        for (int x = 0; x < width; x++, pixels += 3) {
            const double grey = grey_of(e->picture + 3 * (from + (size_t)((int64_t)x * e->width / width)));
            if (inside && locate(&across, x, column, &u))
                blend(scale * value_at(e, row, v, column, u), grey, pixels);
            else
                memset(pixels, (int)lrint(grey * dimmed), 3);
        }
    }
    return LINNET_OK;
}

/* ---- the sheet --------------------------------------------------------------------------------------------- */

enum {
    SMALL = 256, /* a picture whose longer side is below is enlarged, */
    UNIT = 480,  /* and one above has a legend in proportion: a unit is a pixel of a picture of this width */
    WIDTH_LEAST = 320, /* units, for the legend */
    MARGIN = 12,
    BAR_WIDTH = 220,
    BAR_HEIGHT = 12,
    LEGEND = 108, /* height, */
    LINE = 18,    /* and that of a line of text */
};

struct sheet {
    int width, height;   /* of the overlay, in pixels */
    double unit;         /* pixels of a unit */
    double across, down; /* size of the overlay, in units */
    double sheet;        /* width of the sheet, in units */
};

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* The photo's own size, unless it is small or the sheet would exceed the limits of a canvas. */
static struct sheet sheet_of(const struct linnet_explanation *e) {
    struct sheet s = {.width = e->width, .height = e->height};
    const int longer = larger(e->width, e->height),
              times = longer < SMALL ? (SMALL + longer - 1) / longer : 1;
    const double room = 0.8 * LN_CANVAS_PIXELS_MAX, pixels = (double)e->width * e->height;
    const double fit = fmin(fmin(1, sqrt(room / pixels)), 0.8 * LN_CANVAS_SIDE_MAX / longer);
    s.width = larger(1, (int)(e->width * times * fit));
    s.height = larger(1, (int)(e->height * times * fit));
    s.unit = fmax(1, (double)larger(s.width, s.height / 2) / UNIT);
    s.across = s.width / s.unit;
    s.down = s.height / s.unit;
    s.sheet = fmax(WIDTH_LEAST, s.across);
    return s;
}

static int draw_overlay(struct ln_canvas *canvas, const struct linnet_explanation *e, const struct sheet *s) {
    size_t bytes;
    if (!ln_size_mul((size_t)s->width, (size_t)s->height, &bytes) || !ln_size_mul(bytes, 3, &bytes))
        return ln_fail_memory(SIZE_MAX);
    unsigned char *pixels = ln_alloc(bytes);
    if (!pixels) return LINNET_ERR_LIMIT;
    int status = ln_heat_overlay(e, s->width, s->height, pixels);
    const struct ln_bitmap bitmap = {pixels, s->width, s->height};
    const double left = floor((s->sheet - s->across) / 2 * s->unit) / s->unit; /* whole pixels stay sharp */
    if (status == LINNET_OK) status = ln_canvas_picture(canvas, &bitmap, left, 0, s->across, s->down, false);
    ln_free(pixels);
    return status;
}

/* The colours over a picture of middle grey, and the numbers at both ends. */
static int draw_scale(struct ln_canvas *canvas, const struct linnet_explanation *e, double y, double room) {
    unsigned char colours[3 * BAR_WIDTH];
    char most[32];
    for (int i = 0; i < BAR_WIDTH; i++) blend((double)i / (BAR_WIDTH - 1), 128, colours + 3 * i);
    const struct ln_bitmap bar = {colours, BAR_WIDTH, 1};
    struct ln_label label = {.size = 12, .colour = LN_MUTED, .down = 0.5};
    double width, height, x = MARGIN;
    label.text = "0";
    ln_canvas_measure(canvas, &label, &width, &height);
    ln_canvas_text(canvas, x, y + BAR_HEIGHT / 2.0, &label);
    x += width + 6;
    LN_TRY(ln_canvas_picture(canvas, &bar, x, y, BAR_WIDTH, BAR_HEIGHT, false));
    ln_canvas_frame(canvas, x, y, BAR_WIDTH, BAR_HEIGHT, LN_SPINE, 0.5);
    snprintf(most, sizeof most, "%.3g", (double)e->most);
    label.text = most;
    label.max_width = room - x - BAR_WIDTH - 6;
    ln_canvas_text(canvas, x + BAR_WIDTH + 6, y + BAR_HEIGHT / 2.0, &label);
    return LINNET_OK;
}

/* Part of the picture was cut off before the network saw it. */
static bool is_cropped(const struct linnet_explanation *e) {
    return e->left >= 1 || e->top >= 1 || e->right <= e->width - 1 || e->bottom <= e->height - 1;
}

static int draw_legend(struct ln_canvas *canvas, const struct linnet_explanation *e, const char *title,
                       double width) {
    char how[256];
    const double room = width - 2 * MARGIN;
    double y = canvas->height - LEGEND + MARGIN;
    struct ln_label line = {.text = title, .size = 15, .bold = true, .max_width = room};
    ln_canvas_text(canvas, MARGIN, y, &line);
    y += LINE + 4;
    snprintf(how, sizeof how, "%s%s%s, %d x %d", e->method, e->layer ? " of " : "", e->layer ? e->layer : "",
             e->map_width, e->map_height);
    line = (struct ln_label){.text = how, .size = 12, .colour = LN_MUTED, .max_width = room};
    ln_canvas_text(canvas, MARGIN, y, &line);
    y += LINE + 6;
    snprintf(how, sizeof how, "%s%s",
             e->most > 0 ? "evidence for the class" : "no positive evidence for the class",
             is_cropped(e) ? "; dark: not seen" : "");
    line.colour = e->most > 0 ? LN_MUTED : LN_INK;
    ln_canvas_text(canvas, MARGIN, y, &line);
    if (e->most > 0) return draw_scale(canvas, e, y + LINE, width - MARGIN);
    return LINNET_OK;
}

static int draw_all(struct ln_canvas *canvas, const struct linnet_explanation *e, const char *title) {
    const struct sheet s = sheet_of(e);
    LN_TRY(ln_canvas_begin(canvas, s.sheet, s.down + LEGEND, s.unit));
    LN_TRY(draw_overlay(canvas, e, &s));
    return draw_legend(canvas, e, title, s.sheet);
}

int ln_heat_draw(const struct linnet_explanation *e, const char *path, const char *title) {
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    int status = draw_all(&canvas, e, title);
    if (!status) status = ln_canvas_write(&canvas, path);
    ln_canvas_fini(&canvas);
    return status;
}
