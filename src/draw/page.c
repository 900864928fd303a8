/* HTML output. */
#include "draw/page.h"
#include "base/alloc.h"
#include "base/file.h"

#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PICTURE_MAX = 64 << 20, CELL = 1024, PIECE = 3 << 10 };

static const char style[] =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:1120px;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:1em 0}"
    "td,th{text-align:left;padding:.2em 1.2em .2em 0;border-bottom:1px solid "
    "rgba(128,128,128,.3);vertical-align:top}"
    "img{max-width:100%;background:#fff;border-radius:4px}"
    "figure{margin:2em 0}figcaption{font-weight:600;margin-bottom:.5em}";

static void add_escaped(struct ln_text *page, const char *s) {
    static const char special[] = "&<>\"'";
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t n; *s; s += n) {
        n = strcspn(s, special);
        ln_text_add_bytes(page, s, n);
        if (!s[n]) return;
        ln_text_add(page, names[strchr(special, s[n]) - special]);
        n++;
    }
}

void ln_page_begin(struct ln_text *page, const char *title) {
    ln_text_add(page, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    add_escaped(page, title);
    ln_text_addf(page, "</title>\n<style>%s</style>\n<h1>", style);
    add_escaped(page, title);
    ln_text_add(page, "</h1>\n");
}

void ln_page_heading(struct ln_text *page, const char *text) {
    ln_text_add(page, "<h2>");
    add_escaped(page, text);
    ln_text_add(page, "</h2>\n");
}

void ln_page_end(struct ln_text *page) {
    ln_text_add(page, "</html>\n");
}

/* ---- tables -------------------------------------------------------------------------------------------- */

struct ln_page_table ln_page_table(struct ln_text *page, int columns, bool head) {
    ln_text_add(page, "<table>\n");
    return (struct ln_page_table){page, columns, 0, head};
}

void ln_page_cell(struct ln_page_table *table, const char *fmt, ...) {
    char text[CELL];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const char *tag = table->head && table->at < table->columns ? "th" : "td";
    if (table->at % table->columns == 0) ln_text_add(table->page, "<tr>");
    ln_text_addf(table->page, "<%s>", tag);
    add_escaped(table->page, text);
    if (++table->at % table->columns == 0) ln_text_add(table->page, "\n");
}

void ln_page_table_end(struct ln_page_table *table) {
    ln_text_add(table->page, "</table>\n");
}

/* ---- pictures ------------------------------------------------------------------------------------------ */

/* Encodes pieces of whole 3-byte groups, so that only the last piece needs padding. */
static void add_base64(struct ln_text *page, const unsigned char *data, size_t size) {
    char out[PIECE / 3 * 4 + 8];
    for (size_t at = 0, n; at < size; at += n) {
        gint state = 0, save = 0;
        n = size - at < PIECE ? size - at : PIECE;
        gsize length = g_base64_encode_step(data + at, n, FALSE, out, &state, &save);
        length += g_base64_encode_close(FALSE, out + length, &state, &save);
        ln_text_add_bytes(page, out, length);
    }
}

static int add_picture(struct ln_text *page, const char *path, const char *caption) {
    unsigned char *data;
    size_t size;
    LN_TRY(ln_file_read(path, PICTURE_MAX, &data, &size));
    ln_text_add(page, "<figure><figcaption>");
    add_escaped(page, caption);
    ln_text_add(page, "</figcaption><img alt=\"");
    add_escaped(page, caption);
    ln_text_add(page, "\" src=\"data:image/png;base64,");
    add_base64(page, data, size);
    ln_text_add(page, "\"></figure>\n");
    ln_free(data);
    return LINNET_OK;
}

int ln_page_picture(struct ln_text *page, const char *dir, const char *name, const char *caption) {
    char *path = ln_file_join(dir, name);
    if (!path) return LINNET_ERR_LIMIT;
    int status = ln_file_exists(path) ? add_picture(page, path, caption) : LINNET_OK;
    ln_free(path);
    return status;
}
