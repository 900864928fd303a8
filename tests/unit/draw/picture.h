/* Shared by the tests of src/draw: a temporary folder, and a PNG read back as pixels. */
#ifndef LN_TESTS_PICTURE_H
#define LN_TESTS_PICTURE_H

#include "base/alloc.h"
#include "base/file.h"
#include "draw/draw.h"
#include <cairo.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64] = "/tmp/linnet-draw-XXXXXX";

static inline int folder_make(void **state) {
    return mkdtemp(folder) ? 0 : -1;
}

static inline size_t folder_count(void) {
    struct ln_file_list list;
    assert_int_equal(ln_file_list_read(&list, folder), LINNET_OK);
    size_t count = list.count;
    ln_file_list_fini(&list);
    return count;
}

static inline int folder_remove(void **state) {
    struct ln_file_list list;
    if (ln_file_list_read(&list, folder) != LINNET_OK) return -1;
    for (size_t i = 0; i < list.count; i++) {
        char *path = ln_file_join(folder, list.entries[i].name);
        unlink(path);
        ln_free(path);
    }
    ln_file_list_fini(&list);
    return rmdir(folder);
}

/* The path of the picture that a test draws; valid until the next call. */
static inline const char *picture_path(void) {
    static char path[128];
    snprintf(path, sizeof path, "%s/picture.png", folder);
    return path;
}

struct picture {
    cairo_surface_t *surface;
    int width, height;
};

static inline struct picture picture_read(void) {
    struct picture picture = {.surface = cairo_image_surface_create_from_png(picture_path())};
    assert_int_equal(cairo_surface_status(picture.surface), CAIRO_STATUS_SUCCESS);
    picture.width = cairo_image_surface_get_width(picture.surface);
    picture.height = cairo_image_surface_get_height(picture.surface);
    return picture;
}

static inline void picture_free(struct picture *picture) {
    cairo_surface_destroy(picture->surface);
}

/* 0xRRGGBB */
static inline uint32_t picture_at(const struct picture *picture, int x, int y) {
    assert_in_range(x, 0, picture->width - 1);
    assert_in_range(y, 0, picture->height - 1);
    const unsigned char *row =
        cairo_image_surface_get_data(picture->surface) + y * cairo_image_surface_get_stride(picture->surface);
    return ((const uint32_t *)(const void *)row)[x] & 0xffffff;
}

/* Counts the pixels of exactly this colour in a box, and finds the smallest box that contains them. */
struct patch {
    int count, left, top, right, bottom; /* right and bottom are inclusive */
};
static inline struct patch picture_find(const struct picture *picture, uint32_t rgb, int x0, int y0, int x1,
                                        int y1) {
    struct patch patch = {0, x1, y1, x0 - 1, y0 - 1};
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            if (picture_at(picture, x, y) != rgb) continue;
            patch.count++;
            if (x < patch.left) patch.left = x;
            if (x > patch.right) patch.right = x;
            if (y < patch.top) patch.top = y;
            if (y > patch.bottom) patch.bottom = y;
        }
    return patch;
}
static inline int picture_count(const struct picture *picture, uint32_t rgb) {
    return picture_find(picture, rgb, 0, 0, picture->width, picture->height).count;
}

/* Names as they may come from a folder or a file. */
static const char *const hostile_names[] = {
    "",
    "a\nb\r\tc",
    "\xff\xfe\xc3(\x80",
    "\xed\xa0\x80 surrogate",
    "\xf4\x90\x80\x80",
    "\xe2\x82",
    "고양이",
    "القط الأسود",
    "Чёрная кошка",
    "cut \xf0\x9f\x90",
    "🐈‍⬛",
    "<b>&amp;",
    "%s%n%d",
    "\xe2\x80\xae turned",
    NULL,
};
enum { HOSTILE_NAMES = sizeof hostile_names / sizeof *hostile_names };

/* Each of Linnet's allocations fails once: the call must report the failure and leave no memory and no files behind. */
static inline void check_alloc_failures(int (*draw)(void)) {
    assert_int_equal(draw(), LINNET_OK); /* libraries fill their caches now */
    size_t files = folder_count();
    int64_t live = ln_alloc_live();
    for (uint64_t n = 1; n < 1000; n++) {
        ln_error_clear();
        ln_alloc_fail_at(n);
        int status = draw();
        ln_alloc_fail_at(0);
        assert_true(ln_alloc_live() == live);
        assert_int_equal(folder_count(), files);
        if (status == LINNET_OK) {
            assert_true(n > 1);
            return;
        }
        assert_int_equal(status, LINNET_ERR_LIMIT);
        assert_int_equal(ln_error_get()->status, LINNET_ERR_LIMIT);
        assert_string_equal(ln_error_get()->code, "mem-alloc");
    }
    fail_msg("still failing after 1000 allocations");
}

#endif
