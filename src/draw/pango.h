/* Pango and Cairo, loaded when the first picture is drawn: they depend on three dozen other libraries, which take
 * longer to load than `linnet predict` takes to compute. The functions in ln_pango keep their names, and can be called
 * after ln_pango_open(). A canvas calls ln_pango_open() itself.
 */
#ifndef LN_DRAW_PANGO_H
#define LN_DRAW_PANGO_H

#include "base/status.h"
#include <glib.h>
#include <pango/pangocairo.h>

/* The functions of Pango, Cairo, GObject and GLib that this folder calls. */
#define LN_PANGO_LIST(X)                        \
    X(cairo_arc)                                \
    X(cairo_clip)                               \
    X(cairo_create)                             \
    X(cairo_destroy)                            \
    X(cairo_fill)                               \
    X(cairo_fill_preserve)                      \
    X(cairo_font_options_create)                \
    X(cairo_font_options_destroy)               \
    X(cairo_font_options_set_antialias)         \
    X(cairo_font_options_set_hint_metrics)      \
    X(cairo_font_options_set_hint_style)        \
    X(cairo_get_source)                         \
    X(cairo_image_surface_create)               \
    X(cairo_image_surface_create_for_data)      \
    X(cairo_line_to)                            \
    X(cairo_move_to)                            \
    X(cairo_new_path)                           \
    X(cairo_paint)                              \
    X(cairo_pattern_set_extend)                 \
    X(cairo_pattern_set_filter)                 \
    X(cairo_rectangle)                          \
    X(cairo_restore)                            \
    X(cairo_rotate)                             \
    X(cairo_save)                               \
    X(cairo_scale)                              \
    X(cairo_set_dash)                           \
    X(cairo_set_line_join)                      \
    X(cairo_set_line_width)                     \
    X(cairo_set_source_rgba)                    \
    X(cairo_set_source_surface)                 \
    X(cairo_status)                             \
    X(cairo_status_to_string)                   \
    X(cairo_stroke)                             \
    X(cairo_surface_destroy)                    \
    X(cairo_surface_flush)                      \
    X(cairo_surface_write_to_png_stream)        \
    X(cairo_translate)                          \
    X(cairo_user_to_device_distance)            \
    X(g_base64_encode_close)                    \
    X(g_base64_encode_step)                     \
    X(g_object_unref)                           \
    X(pango_attr_insert_hyphens_new)            \
    X(pango_attr_list_insert)                   \
    X(pango_attr_list_new)                      \
    X(pango_attr_list_unref)                    \
    X(pango_cairo_context_set_font_options)     \
    X(pango_cairo_font_map_new)                 \
    X(pango_cairo_show_layout)                  \
    X(pango_cairo_update_layout)                \
    X(pango_context_set_round_glyph_positions)  \
    X(pango_font_description_free)              \
    X(pango_font_description_from_string)       \
    X(pango_font_description_new)               \
    X(pango_font_description_set_absolute_size) \
    X(pango_font_description_set_family_static) \
    X(pango_font_description_set_weight)        \
    X(pango_font_map_create_context)            \
    X(pango_font_map_load_font)                 \
    X(pango_layout_get_extents)                 \
    X(pango_layout_is_ellipsized)               \
    X(pango_layout_new)                         \
    X(pango_layout_set_alignment)               \
    X(pango_layout_set_attributes)              \
    X(pango_layout_set_ellipsize)               \
    X(pango_layout_set_font_description)        \
    X(pango_layout_set_height)                  \
    X(pango_layout_set_text)                    \
    X(pango_layout_set_width)                   \
    X(pango_layout_set_wrap)

struct ln_pango {
#define LN_PANGO_FIELD(name) __typeof__(name) *name;
    LN_PANGO_LIST(LN_PANGO_FIELD)
#undef LN_PANGO_FIELD
};
/* Filled in by the first successful ln_pango_open(); only read after that. */
extern struct ln_pango ln_pango;

/* Any thread may call it. LINNET_ERR_IO "draw-pango" if Pango is not installed; LINNET_ERR_INTERNAL if it lacks a function. */
LN_MUST_CHECK int ln_pango_open(void);

#endif
