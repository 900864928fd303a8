/* Functions about the library as a whole: errors, hooks and version; and the drawing of pictures. */
#include "api/guard.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"
#include "base/translate.h"
#include "dnn/dnn.h"
#include "draw/draw.h"

/* These two do not begin with ln_api_begin(), which would erase what they report. */
const char *linnet_error(void) {
    return ln_error_line();
}

const char *linnet_error_translated(void) {
    return ln_error_line_translated();
}

const char *linnet_error_code(void) {
    return ln_error_get()->code;
}

/* A switch over the list rather than an array: the values are negative and have gaps, and the caller may
 * pass any number. */
const char *linnet_status_name(int status) {
    switch ((enum linnet_status)status) {
#define STATUS_NAME(name, value, meaning) \
    case LINNET_##name: return #name;
        LINNET_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    }
    return "unknown";
}

const char *linnet_version(void) {
    return LINNET_VERSION;
}

void linnet_onednn_version(char *out, size_t size) {
    if (!out) {
        ln_api_null(__func__, "out");
        return;
    }
    ln_dnn_version(out, size);
}

size_t linnet_text_escape(const char *s, size_t n, char *out, size_t size) {
    LN_NEED_OR(0, s);
    LN_NEED_OR(0, out);
    return ln_text_escape(s, n, out, size);
}

void linnet_set_log(linnet_log_fn *fn, void *user) {
    ln_log_set(fn, user);
}

void linnet_set_translation(linnet_translate_fn *fn, void *user) {
    ln_translation_set(fn, user);
}

void linnet_set_allocator(const struct linnet_allocator *allocator) {
    ln_alloc_replace(allocator);
}

void linnet_release_threads(void) {
    ln_threads_release();
}

void linnet_free(void *block) {
    ln_free(block);
}

int linnet_draw_grid(const char *path, const struct linnet_grid_cell *cells, size_t count, int columns,
                     const char *title) {
    ln_api_begin();
    LN_NEED(path);
    LN_NEED(cells);
    return ln_draw_grid(path, cells, count, columns, title);
}

int linnet_draw_lines(const char *path, const struct linnet_panel *panels, size_t count,
                      const struct linnet_lines_opts *given) {
    struct linnet_lines_opts opts;
    ln_api_begin();
    LN_NEED(path);
    LN_NEED(panels);
    LN_TRY(LN_TAKE_OPTS(lines, given, &opts));
    return ln_draw_lines(path, panels, count, &opts);
}
