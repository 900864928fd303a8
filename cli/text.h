/* Text for people: escaping of bytes that could harm a terminal, display width, numbers and durations. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { CLI_SHOWN = 256, CLI_NUMBER = 32 };

/* Escapes s for a terminal (linnet_text_escape) and shortens it with "..." to fit. For names and paths, which may hold
 * any bytes. Returns out. */
const char *cli_text_printable(const char *s, char out[CLI_SHOWN]);

/* Width of s on a terminal, in columns. */
int cli_text_width(const char *s);
/* Number of bytes of s that fit into `columns`. */
size_t cli_text_fit(const char *s, int columns);

const char *cli_text_count(int64_t n, char out[CLI_NUMBER]);         /* 46,038,242 */
const char *cli_text_amount(double n, char out[CLI_NUMBER]);         /* 1.23 G: three digits */
const char *cli_text_loss(double loss, char out[CLI_NUMBER]);        /* 0.2412; 5.38e+36; nan */
const char *cli_text_duration(double seconds, char out[CLI_NUMBER]); /* 0.5s, 31.5s, 1m15s, 2h03m */
const char *cli_text_percent(double share, char out[CLI_NUMBER]);    /* 0.9142 -> 91.42%; nan -> - */

#endif
