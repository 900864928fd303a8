/* HTTP: the daemon of libmicrohttpd, which receives requests with bounded bodies, checks who sends them, and hands them to
 * their routes (serve_route.c). */
#ifndef CLI_SERVE_HTTP_H
#define CLI_SERVE_HTTP_H

#include "serve_request.h"

/* After serve_library_open(). Starts to accept on a listening socket, at most `connections` at a time. A failure is reported on stderr. */
int serve_http_start(struct serve *serve, int socket, int connections);
/* Closes connections whose time is up: to be called a few times per second. */
void serve_http_tick(struct serve *serve, int connections);
/* Stops accepting connections. Returns when all requests are answered, or after a few seconds if a client does not read. */
void serve_http_drain(struct serve *serve);
void serve_http_stop(struct serve *serve);

#endif
