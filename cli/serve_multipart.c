/* multipart/form-data. Every search is a memmem over what remains of the body, so the time is linear in its size. */
#include "serve_multipart.h"
#include <string.h>
#include <strings.h>

static const char form_data[] = "multipart/form-data";
enum { PART_HEADER_MAX = 8192 };

bool serve_multipart_is(const char *type) {
    const size_t n = sizeof form_data - 1;
    return type && !strncasecmp(type, form_data, n) && (!type[n] || strchr("; \t", type[n]));
}

/* ---- parameters of a header: ; name=value ; name="value" -------------------------------------------------- */

/* Copies a value, quoted or not, into out[size], cut to fit. Returns the position after the value. In a quoted string only
 * \" and \\ are escapes, as browsers and curl write them. */
static const char *copy_value(const char *s, const char *end, char *out, size_t size) {
    const bool quoted = s < end && *s == '"';
    size_t n = 0;
    if (quoted) s++;
    for (; s < end && (quoted ? *s != '"' : !strchr("; \t", *s)); s++) {
        if (quoted && *s == '\\' && s + 1 < end && (s[1] == '"' || s[1] == '\\')) s++;
        if (n + 1 < size) out[n++] = *s;
    }
    out[n] = 0;
    return s < end && quoted ? s + 1 : s;
}

/* Finds a parameter in s[0..end). Returns false if it is not there; out is then "". */
static bool find_parameter(const char *s, const char *end, const char *name, char *out, size_t size) {
    const size_t length = strlen(name);
    char other[8];
    *out = 0;
    while ((s = memchr(s, ';', (size_t)(end - s)))) {
        for (s++; s < end && (*s == ' ' || *s == '\t'); s++) {}
        const char *equals = memchr(s, '=', (size_t)(end - s));
        if (!equals) return false;
        if ((size_t)(equals - s) == length && !strncasecmp(s, name, length)) {
            copy_value(equals + 1, end, out, size);
            return true;
        }
        s = copy_value(equals + 1, end, other, sizeof other);
    }
    return false;
}

/* ---- the body --------------------------------------------------------------------------------------------- */

static const unsigned char *find(const struct serve_multipart *m, size_t at, const char *what,
                                 size_t length) {
    if (at >= m->size) return NULL; /* an empty body may have no address */
    return memmem(m->body + at, m->size - at, what, length);
}

/* After a delimiter, "--" ends the body; spaces and a line break begin a part. */
static int after_delimiter(struct serve_multipart *m) {
    if (m->size - m->at >= 2 && !memcmp(m->body + m->at, "--", 2)) {
        m->ended = true;
        return 0;
    }
    while (m->at < m->size && (m->body[m->at] == ' ' || m->body[m->at] == '\t')) m->at++;
    if (m->size - m->at < 2 || memcmp(m->body + m->at, "\r\n", 2) != 0) return -1;
    m->at += 2;
    return 0;
}

int serve_multipart_begin(struct serve_multipart *m, const char *type, const void *body, size_t size) {
    *m = (struct serve_multipart){.body = body, .size = size};
    char boundary[SERVE_BOUNDARY_MAX + 2]; /* one more than allowed, so that a longer one is noticed */
    if (!serve_multipart_is(type) ||
        !find_parameter(type, type + strlen(type), "boundary", boundary, sizeof boundary))
        return -1;
    const size_t n = strlen(boundary);
    if (n < 1 || n > SERVE_BOUNDARY_MAX) return -1;
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary, n);
    m->delimiter_length = n + 4;
    /* The first delimiter may stand at the very beginning, without the line break. */
    if (size >= n + 2 && !memcmp(body, m->delimiter + 2, n + 2)) {
        m->at = n + 2;
        return after_delimiter(m);
    }
    const unsigned char *first = find(m, 0, m->delimiter, m->delimiter_length);
    if (!first) return -1;
    m->at = (size_t)(first - m->body) + m->delimiter_length;
    return after_delimiter(m);
}

/* One header line, s[0..end). Only Content-Disposition matters. */
static void read_header(const char *s, const char *end, struct serve_part *part) {
    static const char name[] = "Content-Disposition:";
    if ((size_t)(end - s) < sizeof name - 1 || strncasecmp(s, name, sizeof name - 1) != 0) return;
    find_parameter(s, end, "name", part->field, sizeof part->field);
    part->is_file = find_parameter(s, end, "filename", part->file, sizeof part->file);
}

/* The headers of a part, up to the empty line. */
static int read_headers(struct serve_multipart *m, struct serve_part *part) {
    for (const size_t begin = m->at;;) {
        const unsigned char *end = find(m, m->at, "\r\n", 2);
        if (!end || (size_t)(end - m->body) - begin > PART_HEADER_MAX) return -1;
        const unsigned char *line = m->body + m->at;
        m->at = (size_t)(end - m->body) + 2;
        if (end == line) return 0;
        if (memchr(line, 0, (size_t)(end - line))) return -1;
        read_header((const char *)line, (const char *)end, part);
    }
}

int serve_multipart_next(struct serve_multipart *m, struct serve_part *part) {
    *part = (struct serve_part){0};
    if (m->ended) return 0;
    if (read_headers(m, part)) return -1;
    /* An empty part: the line break that ended the headers belongs to the delimiter. */
    const unsigned char *end = find(m, m->at - 2, m->delimiter, m->delimiter_length);
    if (!end) return -1;
    const size_t stop = (size_t)(end - m->body);
    part->bytes = m->body + m->at;
    part->count = stop > m->at ? stop - m->at : 0;
    m->at = stop + m->delimiter_length;
    return after_delimiter(m) ? -1 : 1;
}
