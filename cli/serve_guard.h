/* Who may talk to the server: the checks of the headers Host, Origin and Authorization.
 *
 * A web page of a stranger can send requests to a server on this machine. DNS rebinding (the stranger's name that resolves
 * to 127.0.0.1) shows in Host, a request across origins in Origin; both are compared with what is allowed.
 */
#ifndef CLI_SERVE_GUARD_H
#define CLI_SERVE_GUARD_H

#include <stdbool.h>

struct serve_guard {
    const char *names; /* further allowed host names, "a.example,b.example:8080"; NULL: none */
    const char *token; /* NULL: none is needed */
    bool open;         /* bound to more than the loopback: addresses are allowed as hosts */
};

/* True for localhost, 127.0.0.1 and [::1] with any port, since `ssh -L` may choose another one; for the names of the guard; and,
 * if it is open, for addresses, which cannot be rebound. host NULL: false. */
bool serve_guard_host(const struct serve_guard *guard, const char *host);
/* True if the origin is absent (NULL: not a browser) or "http://HOST" or "https://HOST". */
bool serve_guard_origin(const char *host, const char *origin);
/* True if no token is needed or the header is "Bearer TOKEN". The time does not depend on where they differ. */
bool serve_guard_token(const struct serve_guard *guard, const char *authorization);

#endif
