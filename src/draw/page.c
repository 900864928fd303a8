/* The frame of a page, and escaping. */
#include "draw/page.h"

#include <inttypes.h>
#include <page_assets.h> /* made from tokens.css and report.css */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 256, TEXT = 2048 };

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

/* First what harms a reader (control characters, bytes that are not UTF-8, marks that reorder text), then markup. */
void ln_page_text(struct ln_text *page, const char *s) {
    char shown[PIECE];
    for (size_t n = strlen(s), done; n > 0; s += done, n -= done) {
        done = ln_text_escape(s, n, shown, sizeof shown);
        add_escaped(page, shown);
    }
}

void ln_page_textf(struct ln_text *page, const char *fmt, ...) {
    char text[TEXT];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ln_page_text(page, text);
}

const char *ln_page_count(int64_t n, char out[LN_PAGE_COUNT]) {
    char digits[LN_PAGE_COUNT];
    int length = snprintf(digits, sizeof digits, "%" PRId64, n), at = 0;
    for (int i = 0; i < length; i++) {
        const int left = length - 1 - i;
        out[at++] = digits[i];
        if (left > 0 && left % 3 == 0 && digits[i] != '-') out[at++] = ',';
    }
    out[at] = '\0';
    return out;
}

/* The policy forbids everything but the page's own styles and pictures: nothing could be loaded or run even if a name slipped
 * through unescaped. */
void ln_page_begin(struct ln_text *page, const char *title) {
    ln_text_add(page,
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                "style-src 'unsafe-inline'\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    ln_page_text(page, title);
    ln_text_add(page, "</title>\n<style>\n");
    ln_text_add_bytes(page, ln_page_report_css, ln_page_report_css_size);
    ln_text_add(
        page,
        "</style>\n</head>\n<body>\n<main>\n<header>\n<p class=\"kind\">Linnet training report</p>\n<h1>");
    ln_page_text(page, title);
    ln_text_add(page, "</h1>\n");
}

void ln_page_end(struct ln_text *page) {
    ln_text_add(page, "</main>\n</body>\n</html>\n");
}

void ln_page_section(struct ln_text *page, const char *kind, const char *heading) {
    ln_text_addf(page, "<section class=\"%s\">\n<h2>", kind);
    ln_page_text(page, heading);
    ln_text_add(page, "</h2>\n");
}
