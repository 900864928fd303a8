/* The library as a whole: its errors, its hooks, its version. */
#include "api/handles.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "draw/draw.h"

void ln_api_begin(void) {
    ln_error_clear();
}

const char *linnet_error(void) {
    return ln_error_line();
}

const char *linnet_error_code(void) {
    return ln_error_get()->code;
}

const char *linnet_version(void) {
    return LINNET_VERSION;
}

void linnet_onednn_version(char *out, size_t size) {
    ln_dnn_version(out, size);
}

size_t linnet_text_escape(const char *s, size_t n, char *out, size_t size) {
    return ln_text_escape(s, n, out, size);
}

void linnet_set_log(linnet_log_fn *fn, void *user) {
    ln_log_set(fn, user);
}

void linnet_set_allocator(const struct linnet_allocator *allocator) {
    ln_alloc_replace(allocator);
}

void linnet_free(void *block) {
    ln_free(block);
}

int linnet_draw_grid(const char *path, const struct linnet_grid_cell *cells, size_t count, int columns,
                     const char *title) {
    ln_api_begin();
    return ln_draw_grid(path, cells, count, columns, title);
}

int linnet_draw_lines(const char *path, const struct linnet_panel *panels, size_t count,
                      const struct linnet_lines_opts *opts) {
    static const struct linnet_lines_opts defaults;
    ln_api_begin();
    return ln_draw_lines(path, panels, count, opts ? opts : &defaults);
}
