/* The files of a multipart/form-data body (RFC 7578, RFC 2046), in place: the parser reads a whole, bounded body and
 * points into it.
 *
 *     struct serve_multipart m;
 *     struct serve_part part;
 *     if (serve_multipart_begin(&m, content_type, body, size) < 0) refuse();
 *     while ((found = serve_multipart_next(&m, &part)) > 0) use(&part);
 *     if (found < 0) refuse();
 */
#ifndef CLI_SERVE_MULTIPART_H
#define CLI_SERVE_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

enum { SERVE_NAME_MAX = 256, SERVE_BOUNDARY_MAX = 70 /* RFC 2046, section 5.1.1 */ };

struct serve_part {
    const unsigned char *bytes; /* into the body */
    size_t count;
    char field[SERVE_NAME_MAX]; /* name="...", cut to fit; "" if absent */
    char file[SERVE_NAME_MAX];  /* filename="...", only ever shown; "" if absent */
    bool is_file;               /* has a filename */
};

struct serve_multipart {
    const unsigned char *body;
    size_t size, at;
    char delimiter[SERVE_BOUNDARY_MAX + 5]; /* "\r\n--BOUNDARY" */
    size_t delimiter_length;
    bool ended;
};

/* True if the type is multipart/form-data, whatever its parameters. NULL: false. */
bool serve_multipart_is(const char *content_type);
/* Finds the boundary and the first delimiter. Returns 0, or -1 if either is missing. */
int serve_multipart_begin(struct serve_multipart *m, const char *content_type, const void *body, size_t size);
/* 1: a part; 0: the end; -1: the body is not well-formed. */
int serve_multipart_next(struct serve_multipart *m, struct serve_part *part);

#endif
