/* The library's JSON writer (struct linnet_json) on a stream. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <linnet/linnet.h>
#include <stdio.h>

/* Writes to the stream. Numbers have nine digits, enough for measurements. lines: as in struct linnet_json. */
struct linnet_json cli_json_to(FILE *stream, int lines);

#endif
