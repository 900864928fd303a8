/* The checks of Host, Origin and Authorization. */
#include "serve_guard.h"
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* Splits "name:port" and "[::1]:port": the length of the name, with its brackets. The port is checked to be digits; -1 if
 * the header is not of this form. */
static int name_length(const char *host) {
    const char *end = host[0] == '[' ? strchr(host, ']') : host + strcspn(host, ":");
    if (!end) return -1;
    if (*end == ']') end++;
    if (*end != ':' && *end) return -1;
    if (*end && (end[1 + strspn(end + 1, "0123456789")] || strlen(end) > 6)) return -1;
    return (int)(end - host);
}

static bool is_loopback(const char *host, int length) {
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (int i = 0; i < 3; i++)
        if ((int)strlen(names[i]) == length && !strncasecmp(host, names[i], (size_t)length)) return true;
    return false;
}

static bool is_address(const char *host, int length) {
    char name[64];
    unsigned char address[16];
    const bool brackets = host[0] == '[';
    if (length < 3 || length >= (int)sizeof name) return false;
    memcpy(name, host + brackets, (size_t)length - 2 * (size_t)brackets);
    name[length - 2 * brackets] = 0;
    return inet_pton(brackets ? AF_INET6 : AF_INET, name, address) == 1;
}

/* A name of the list without a port allows any port. */
static bool is_listed(const char *names, const char *host, int length) {
    for (const char *at = names; at && *at;) {
        const size_t n = strcspn(at, ",");
        const bool whole = n == strlen(host) && !strncasecmp(at, host, n);
        if (n && (whole || ((int)n == length && !strncasecmp(at, host, n)))) return true;
        at += n + (at[n] == ',');
    }
    return false;
}

bool serve_guard_host(const struct serve_guard *guard, const char *host) {
    const int length = host ? name_length(host) : -1;
    if (length < 1) return false;
    return is_loopback(host, length) || is_listed(guard->names, host, length) ||
           (guard->open && is_address(host, length));
}

bool serve_guard_origin(const char *host, const char *origin) {
    if (!origin) return true;
    if (!host) return false;
    if (!strncasecmp(origin, "http://", 7)) return !strcasecmp(origin + 7, host);
    return !strncasecmp(origin, "https://", 8) && !strcasecmp(origin + 8, host);
}

bool serve_guard_token(const struct serve_guard *guard, const char *authorization) {
    const char *token = guard->token, *given = authorization;
    if (!token) return true;
    if (!given || strncasecmp(given, "Bearer ", 7) != 0) return false;
    given += 7;
    const size_t n = strlen(token), m = strlen(given);
    volatile unsigned char differs = n != m;
    for (size_t i = 0; i < m; i++) differs |= (unsigned char)(given[i] ^ token[i % (n + 1)]);
    return !differs;
}
