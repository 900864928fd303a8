/* CSV fields (RFC 4180). */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stdio.h>

/* Quoted only if it must be. */
void cli_csv_string(FILE *out, const char *s);
void cli_csv_double(FILE *out, double x); /* 0.9142; empty for nan */

#endif
