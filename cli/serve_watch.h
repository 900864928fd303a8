/* Deadlines of connections. libmicrohttpd closes an idle connection, but a client that sends one byte now and then is never
 * idle. So each connection has a time by which its request must be complete and its answer read. */
#ifndef CLI_SERVE_WATCH_H
#define CLI_SERVE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct serve_watch;
struct serve_watched;
struct serve_watch *serve_watch_create(void);        /* NULL: out of memory */
void serve_watch_destroy(struct serve_watch *watch); /* NULL is allowed */

/* A connection opens; NULL: out of memory. */
struct serve_watched *serve_watch_open(struct serve_watch *watch, int socket);
void serve_watch_close(struct serve_watch *watch, struct serve_watched *watched); /* NULL is allowed */
/* Restarts the connection's time. busy: the server works on the request, so there is no deadline. NULL is allowed. */
void serve_watch_restart(struct serve_watch *watch, struct serve_watched *watched, bool busy);

/* Shuts down the connections that have waited longer than `seconds`. Returns the number of open connections. */
size_t serve_watch_expire(struct serve_watch *watch, double seconds);
size_t serve_watch_count(struct serve_watch *watch);

#endif
