/* A list of connections under a lock. shutdown() wakes libmicrohttpd's thread, which then closes the socket; a socket
 * leaves the list before it is closed, so its number cannot belong to another one. */
#include "serve_watch.h"
#include "clock.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct serve_watched {
    int socket;
    bool busy;
    double since;
    struct serve_watched *before, *next;
};

struct serve_watch {
    pthread_mutex_t lock;
    struct serve_watched *first;
    size_t count;
};

struct serve_watch *serve_watch_create(void) {
    struct serve_watch *w = calloc(1, sizeof *w);
    if (w) pthread_mutex_init(&w->lock, NULL);
    return w;
}

void serve_watch_destroy(struct serve_watch *w) {
    if (w) pthread_mutex_destroy(&w->lock);
    free(w);
}

struct serve_watched *serve_watch_open(struct serve_watch *w, int socket) {
    struct serve_watched *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    *c = (struct serve_watched){.socket = socket, .since = cli_clock_now()};
    pthread_mutex_lock(&w->lock);
    c->next = w->first;
    if (w->first) w->first->before = c;
    w->first = c;
    w->count++;
    pthread_mutex_unlock(&w->lock);
    return c;
}

void serve_watch_close(struct serve_watch *w, struct serve_watched *c) {
    if (!c) return;
    pthread_mutex_lock(&w->lock);
    if (c->next) c->next->before = c->before;
    if (c->before)
        c->before->next = c->next;
    else
        w->first = c->next;
    w->count--;
    pthread_mutex_unlock(&w->lock);
    free(c);
}

void serve_watch_restart(struct serve_watch *w, struct serve_watched *c, bool busy) {
    if (!c) return;
    pthread_mutex_lock(&w->lock);
    c->busy = busy;
    c->since = cli_clock_now();
    pthread_mutex_unlock(&w->lock);
}

size_t serve_watch_expire(struct serve_watch *w, double seconds) {
    const double before = cli_clock_now() - seconds;
    pthread_mutex_lock(&w->lock);
    for (struct serve_watched *c = w->first; c; c = c->next)
        if (!c->busy && c->since < before) shutdown(c->socket, SHUT_RDWR);
    const size_t count = w->count;
    pthread_mutex_unlock(&w->lock);
    return count;
}

size_t serve_watch_count(struct serve_watch *w) {
    pthread_mutex_lock(&w->lock);
    const size_t count = w->count;
    pthread_mutex_unlock(&w->lock);
    return count;
}
