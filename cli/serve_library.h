/* libmicrohttpd, loaded only when a server starts: other commands need not wait for it and its dozen libraries. The functions
 * keep their names: serve_mhd.MHD_queue_response(...).
 */
#ifndef CLI_SERVE_LIBRARY_H
#define CLI_SERVE_LIBRARY_H

#include <microhttpd.h>

/* The functions that the server calls. */
#define SERVE_MHD_LIST(X)              \
    X(MHD_add_response_header)         \
    X(MHD_create_response_from_buffer) \
    X(MHD_destroy_response)            \
    X(MHD_get_connection_info)         \
    X(MHD_lookup_connection_value)     \
    X(MHD_queue_response)              \
    X(MHD_quiesce_daemon)              \
    X(MHD_resume_connection)           \
    X(MHD_start_daemon)                \
    X(MHD_stop_daemon)                 \
    X(MHD_suspend_connection)

struct serve_mhd {
#define SERVE_MHD_FIELD(name) __typeof__(name) *name;
    SERVE_MHD_LIST(SERVE_MHD_FIELD)
#undef SERVE_MHD_FIELD
};
/* Filled in by serve_library_open(); only read after that. */
extern struct serve_mhd serve_mhd;

/* A failure is reported on stderr. */
int serve_library_open(void);

#endif
