/* CSV fields (RFC 4180). */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stdio.h>

void cli_csv_string(FILE *out, const char *s); /* quoted only if it must be */
void cli_csv_double(FILE *out,
                    double x); /* 0.9142; empty for nan and infinity, which CSV readers differ on */

/* Reads the next field of a record into out[size], cut to fit. Returns the character that ended the field: ',', '\n', or
 * EOF, after which no field is left. */
int cli_csv_read(FILE *in, char *out, size_t size);

#endif
