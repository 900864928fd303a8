/* The font that the tarball brings. */
#ifndef CLI_FONTS_H
#define CLI_FONTS_H

/* Lets fontconfig find the font beside the program if the system has no configuration of fontconfig: without any font
 * the texts of pictures would be missing. Call it before the first thread starts. */
void cli_fonts_find(void);

#endif
