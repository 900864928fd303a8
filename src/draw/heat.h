/* The map of an explanation over its picture: as pixels, and as a PNG with a legend. */
#ifndef LN_DRAW_HEAT_H
#define LN_DRAW_HEAT_H

#include "base/status.h"
#include <linnet/linnet.h>

/* See linnet_explanation_overlay and linnet_explanation_draw. */
LN_MUST_CHECK int ln_heat_overlay(const struct linnet_explanation *e, int width, int height,
                                  unsigned char *pixels);
LN_MUST_CHECK int ln_heat_draw(const struct linnet_explanation *e, const char *path, const char *title);

#endif
