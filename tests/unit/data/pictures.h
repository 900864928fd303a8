/* Pictures with content, as PPM files: the same scene in any size, lighter, in grey, or with one pixel
 * changed. */
#ifndef TESTS_DATA_PICTURES_H
#define TESTS_DATA_PICTURES_H

#include "unit/data/fixture.h"
#include <math.h>
#include <stdbool.h>

struct picture {
    int scene; /* the motif: pictures of different scenes are not near-identical */
    int width, height;
    double light; /* added to every channel, of 255 */
    bool grey;
    int touched; /* added to the red value of the first pixel */
};

static inline double scene_level(int scene, double x, double y, int channel) {
    double sum = 0;
    for (int k = 1; k <= 6; k++) {
        double a = sin(scene * 12.9898 + k * 78.233) * 43758.5453,
               b = cos(scene * 39.425 + k * 11.135) * 24634.6345;
        a = 9 * (a - floor(a)) - 4.5;
        b = 9 * (b - floor(b)) - 4.5;
        sum += sin(2 * a * x + 2 * b * y + k * scene + 0.4 * channel) / k;
    }
    return 118 + 40 * sum;
}

/* Grey by ITU-R 601. */
static inline double level_at(const struct picture *p, double x, double y, int channel) {
    if (!p->grey) return scene_level(p->scene, x, y, channel);
    return 0.299 * scene_level(p->scene, x, y, 0) + 0.587 * scene_level(p->scene, x, y, 1) +
           0.114 * scene_level(p->scene, x, y, 2);
}

static inline unsigned char level_of(double level) {
    return (unsigned char)(level < 0 ? 0 : level > 255 ? 255 : level);
}

static inline void put_picture(const struct fixture *f, const char *name, const struct picture *p) {
    size_t size = 64 + 3 * (size_t)p->width * (size_t)p->height;
    unsigned char *file = test_malloc(size);
    int at = snprintf((char *)file, size, "P6 %d %d 255\n", p->width, p->height);
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            for (int c = 0; c < 3; c++)
                file[at++] = level_of(p->light + level_at(p, (x + 0.5) / p->width, (y + 0.5) / p->height, c));
    file[at - 3 * p->width * p->height] += (unsigned char)p->touched;
    put(f, name, file, (size_t)at);
    test_free(file);
}

#endif
