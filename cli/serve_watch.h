/* Deadlines of connections. libmicrohttpd closes a connection that is idle; a client that sends one byte now and then is
 * never idle, so each connection has a time by which its request must be complete and its answer be read. */
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
/* The connection's time begins; busy: the server works for it, so it has none. NULL is allowed. */
void serve_watch_restart(struct serve_watch *watch, struct serve_watched *watched, bool busy);

/* Shuts down the connections that have waited longer than `seconds`. Returns how many are open. */
size_t serve_watch_expire(struct serve_watch *watch, double seconds);
size_t serve_watch_count(struct serve_watch *watch);

#endif
