/* The socket that the server listens on. */
#ifndef CLI_SERVE_LISTEN_H
#define CLI_SERVE_LISTEN_H

#include <stdbool.h>

struct serve_listen {
    int socket;
    int port;       /* the bound port, never 0 */
    bool loopback;  /* only this machine can connect */
    char host[128]; /* the address as it stands in a URL: 127.0.0.1, [::1] */
};
/* Resolves the host and finds out whether it is the loopback; a failure is reported on stderr. */
int serve_listen_resolve(struct serve_listen *listen, const char *host);
/* Binds and listens. A failure is reported on stderr. free_port: the flag for a free port, which the report suggests. */
int serve_listen_open(struct serve_listen *listen, const char *host, int port, const char *free_port);

#endif
