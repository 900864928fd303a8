/* Text in any script, set by Pango. A class name comes from a folder or a file, so it may hold any bytes and
 * have any length. It is made valid, short, and a single line before Pango sees it. */
#include "draw/label.h"

#include "base/log.h"
#include "base/threads.h"
#include "base/utf8.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The first installed font is used. If it lacks a script, Pango takes the glyphs from a font that has it. */
static const char font_families[] = "Roboto,Noto Sans,DejaVu Sans,Sans";

enum { LINE_SEPARATOR = 0x2028, PARAGRAPH_SEPARATOR = 0x2029 };

static bool is_control(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR;
}

const char *ln_label_clean(const char *text, int lines, char out[LN_LABEL_BYTES]) {
    _Static_assert(LN_LABEL_CHARS * 4 + 5 <= LN_LABEL_BYTES,
                   "room for the longest label, an ellipsis and NUL");
    const char *s = text ? text : "";
    int n = 0;
    for (int chars = 0; *s && chars < LN_LABEL_CHARS; chars++) {
        uint32_t c = 0;
        const int length = (int)ln_utf8_decode(s, strnlen(s, 4), &c); /* 0: no character begins here */
        if (length == 0)
            n += sprintf(out + n, "\\x%02X", (unsigned char)*s);
        else if (c == '\n' && lines > 1)
            n += sprintf(out + n, "\u2028"), lines--;
        else
            n += sprintf(out + n, "%.*s", is_control(c) ? 1 : length, is_control(c) ? " " : s);
        s += length ? length : 1;
    }
    strcpy(out + n, *s ? "\u2026" : "");
    return out;
}

/* Threads that Pango may have at once: for one font, including the thread that reads fontconfig's files; and for
 * text in several scripts, each of which has its own font. */
enum { THREADS_FOR_A_FONT = 4, THREADS_FOR_SCRIPTS = 24 };

static bool threads_fit(struct ln_setter *setter, int count) {
    if (ln_threads_that_fit(count) == count) return true;
    ln_log_once(LN_LOG_NO_TEXT, LINNET_LOG_WARNING,
                "the system allows no more threads, which setting text needs; pictures have no text");
    setter->has_fonts = false;
    return false;
}

static bool is_ascii(const char *text) {
    while (*text && !(*text & 0x80)) text++;
    return !*text;
}

/* True if Pango can set the text without the risk that GLib ends the process. `scale`: of the surface, 1 for
 * measuring. A full table only makes font_is_safe try threads more often. */
static bool font_is_safe(struct ln_setter *setter, const struct ln_label *label, double scale) {
    const struct ln_setter_font font = {.size = label->size, .scale = scale, .bold = label->bold};
    if (label->text && !is_ascii(label->text)) return threads_fit(setter, THREADS_FOR_SCRIPTS);
    for (int i = 0; i < setter->font_count; i++) {
        const struct ln_setter_font *known = &setter->fonts[i];
        if (known->size == font.size && known->scale == font.scale && known->bold == font.bold) return true;
    }
    if (!threads_fit(setter, THREADS_FOR_A_FONT)) return false;
    if (setter->font_count < LN_SETTER_FONTS) setter->fonts[setter->font_count++] = font;
    return true;
}

/* Without any font Pango draws meaningless boxes; we then draw no text at all. */
static bool has_fonts(PangoFontMap *map, PangoContext *context) {
    PangoFontDescription *any = ln_pango.pango_font_description_from_string(font_families);
    PangoFont *font = ln_pango.pango_font_map_load_font(map, context, any);
    ln_pango.pango_font_description_free(any);
    if (font) ln_pango.g_object_unref(font);
    return font != NULL;
}

/* Grey antialiasing without hinting, so that text is as wide when drawn, at any scale and angle, as when
 * measured. */
static void set_font_options(PangoContext *context) {
    cairo_font_options_t *options = ln_pango.cairo_font_options_create();
    ln_pango.cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    ln_pango.cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    ln_pango.cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    ln_pango.pango_cairo_context_set_font_options(context, options);
    ln_pango.pango_context_set_round_glyph_positions(context, FALSE);
    ln_pango.cairo_font_options_destroy(options);
}

/* Words that are too long for a line are broken without a hyphen, which would look like part of the name. */
static void forbid_hyphens(PangoLayout *layout) {
    PangoAttrList *attributes = ln_pango.pango_attr_list_new();
    ln_pango.pango_attr_list_insert(attributes, ln_pango.pango_attr_insert_hyphens_new(FALSE));
    ln_pango.pango_layout_set_attributes(layout, attributes);
    ln_pango.pango_attr_list_unref(attributes);
}

void ln_setter_init(struct ln_setter *setter) {
    *setter = (struct ln_setter){0};
    if (ln_pango_open() != LINNET_OK) { /* ln_canvas_begin reports it */
        ln_error_clear();
        return;
    }
    if (!threads_fit(setter, THREADS_FOR_A_FONT)) return;
    PangoFontMap *map = ln_pango.pango_cairo_font_map_new();
    PangoContext *context = ln_pango.pango_font_map_create_context(map);
    set_font_options(context);
    setter->has_fonts = has_fonts(map, context);
    if (!setter->has_fonts)
        ln_log_once(LN_LOG_NO_FONT, LINNET_LOG_WARNING,
                    "no font is installed; pictures have no text (install fonts-dejavu-core)");
    setter->layout = ln_pango.pango_layout_new(context);
    forbid_hyphens(setter->layout);
    ln_pango.g_object_unref(context);
    ln_pango.g_object_unref(map);
}

void ln_setter_fini(struct ln_setter *setter) {
    if (setter->layout) ln_pango.g_object_unref(setter->layout);
}

/* Sets the text and returns its box. Pango chooses x by the script's direction. */
static void lay_out(PangoLayout *layout, const struct ln_label *label, PangoRectangle *box) {
    char clean[LN_LABEL_BYTES];
    int lines = label->lines > 1 ? label->lines : 1;
    PangoFontDescription *font = ln_pango.pango_font_description_new();
    ln_pango.pango_font_description_set_family_static(font, font_families);
    ln_pango.pango_font_description_set_weight(font, label->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    ln_pango.pango_font_description_set_absolute_size(font, label->size * PANGO_SCALE);
    ln_pango.pango_layout_set_font_description(layout, font);
    ln_pango.pango_font_description_free(font);
    ln_pango.pango_layout_set_text(layout, ln_label_clean(label->text, lines, clean), -1);
    ln_pango.pango_layout_set_width(layout,
                                    label->max_width > 0 ? (int)(label->max_width * PANGO_SCALE) : -1);
    ln_pango.pango_layout_set_height(layout, -lines);
    ln_pango.pango_layout_set_ellipsize(layout,
                                        label->max_width > 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
    ln_pango.pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    ln_pango.pango_layout_set_alignment(layout, label->across < 0.25   ? PANGO_ALIGN_LEFT
                                                : label->across > 0.75 ? PANGO_ALIGN_RIGHT
                                                                       : PANGO_ALIGN_CENTER);
    PangoRectangle ink;
    ln_pango.pango_layout_get_extents(layout, &ink, box);
    if (ln_pango.pango_layout_is_ellipsized(layout))
        box->x = ink.x, box->width = ink.width; /* the box includes a gap after the dots */
}

void ln_setter_measure(struct ln_setter *setter, const struct ln_label *label, double *width,
                       double *height) {
    PangoRectangle box = {0};
    if (setter->has_fonts && font_is_safe(setter, label, 1)) lay_out(setter->layout, label, &box);
    *width = (double)box.width / PANGO_SCALE;
    *height = (double)box.height / PANGO_SCALE;
}

static double scale_of(cairo_t *cr) {
    double x = 1, y = 0;
    ln_pango.cairo_user_to_device_distance(cr, &x, &y);
    return hypot(x, y);
}

void ln_setter_text(struct ln_setter *setter, cairo_t *cr, double x, double y, const struct ln_label *label) {
    if (!setter->has_fonts || !font_is_safe(setter, label, 1) || !font_is_safe(setter, label, scale_of(cr)))
        return;
    PangoRectangle box;
    lay_out(setter->layout, label, &box);
    ln_pango.cairo_save(cr);
    ln_pango.cairo_translate(cr, x, y);
    ln_pango.cairo_rotate(cr, label->degrees * M_PI / 180);
    ln_pango.cairo_translate(cr, -(box.x + label->across * box.width) / PANGO_SCALE,
                             -(box.y + label->down * box.height) / PANGO_SCALE);
    ln_pango.pango_cairo_update_layout(cr, setter->layout);
    ln_pango.pango_cairo_show_layout(cr, setter->layout);
    ln_pango.cairo_restore(cr);
}
