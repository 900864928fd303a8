/* Resolving, binding and listening. */
#include "serve_listen.h"
#include "output.h"
#include "text.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

static int resolve(const char *host, int port, struct addrinfo **found) {
    char service[8], shown[CLI_SHOWN];
    const struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_family = AF_UNSPEC};
    snprintf(service, sizeof service, "%d", port);
    int failed = getaddrinfo(host, service, &hints, found);
    if (!failed) return LINNET_OK;
    return cli_fail(LINNET_ERR_USAGE, "--host %s: %s; give an address of this machine, such as 127.0.0.1",
                    cli_text_printable(host, shown), gai_strerror(failed));
}

static bool is_loopback(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static void describe(struct serve_listen *l, const struct addrinfo *a) {
    char name[100] = "";
    getnameinfo(a->ai_addr, a->ai_addrlen, name, sizeof name, NULL, 0, NI_NUMERICHOST);
    snprintf(l->host, sizeof l->host, a->ai_family == AF_INET6 ? "[%s]" : "%s", name);
    l->loopback = is_loopback(a->ai_addr);
}

int serve_listen_resolve(struct serve_listen *l, const char *host) {
    struct addrinfo *found;
    int status = resolve(host, 0, &found);
    if (status) return status;
    describe(l, found);
    freeaddrinfo(found);
    return LINNET_OK;
}

/* sockaddr_in and sockaddr_in6 have the port at the same offset. */
static int bound_port(int socket) {
    struct sockaddr_in6 address = {0};
    socklen_t length = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &length)) return 0;
    return ntohs(address.sin6_port);
}

/* SO_REUSEADDR: a server that was stopped a moment ago can be started again. */
static int listen_on(const struct addrinfo *a) {
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, BACKLOG)) return fd;
    int failed = errno;
    close(fd);
    errno = failed;
    return -1;
}

int serve_listen_open(struct serve_listen *l, const char *host, int port, const char *free_port) {
    struct addrinfo *found;
    int status = resolve(host, port, &found);
    if (status) return status;
    describe(l, found);
    l->socket = listen_on(found);
    freeaddrinfo(found);
    if (l->socket < 0)
        return cli_fail(LINNET_ERR_IO, "%s port %d: %s; %s takes a free one", l->host, port, strerror(errno),
                        free_port);
    l->port = bound_port(l->socket);
    return LINNET_OK;
}
