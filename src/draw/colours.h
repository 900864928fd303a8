/* The colours of all pictures. */
#ifndef LN_DRAW_COLOURS_H
#define LN_DRAW_COLOURS_H

/* 0xRRGGBB. The two line colours are from Okabe and Ito, "Color Universal Design" (2008): readers with colour
 * vision deficiency can tell them apart. */
enum {
    LN_WHITE = 0xffffff,
    LN_INK = 0x1f2933,   /* titles */
    LN_MUTED = 0x5b6672, /* all other text */
    LN_SPINE = 0xaab4be, /* axes */
    LN_RULE = 0xe4e8ec,  /* grid lines, outlines */
    LN_GROUND = 0xf3f5f7,
    LN_BLUE = 0x0072b2,
    LN_VERMILION = 0xd55e00,
    LN_GREEN = 0x1a7f37, /* right */
    LN_RED = 0xc62828,   /* wrong */
};

#endif
