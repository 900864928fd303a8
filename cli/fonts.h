/* The font that the tarball brings. */
#ifndef CLI_FONTS_H
#define CLI_FONTS_H

/* Points fontconfig to the tarball's font if the system has no fontconfig configuration: without a font, pictures would have
 * no text. Call it before the first thread starts. */
void cli_fonts_find(void);

#endif
