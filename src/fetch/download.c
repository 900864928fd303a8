/* Downloads one address into one open file with libcurl: HTTPS, redirections, resuming an earlier attempt.
 *
 * A server without range requests sends the whole file, so the file is rewritten from the start. Status 416
 * means that there is nothing left to send; the checksum then decides whether the file is complete.
 */
#include "base/text.h"
#include "fetch/curl.h"
#include "fetch/fetch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    REDIRECTIONS_MAX = 5,
    CONNECT_SECONDS = 30,
    STALL_SECONDS = 30, /* without a byte */
    NO_MORE = 416,      /* RFC 9110, 15.5.17 */
};
static const int64_t bytes_max = (int64_t)4 << 30; /* the largest file of the table has 575 MB */

struct transfer {
    const struct ln_download *d;
    struct ln_curl curl;
    CURL *request;
    int64_t had, done; /* bytes in the file: at first, now */
    int write_error;   /* errno */
    bool too_long;
    char message[CURL_ERROR_SIZE];
};

/* ---- the file ----------------------------------------------------------------------------------------- */

static int find_end(struct transfer *t) {
    const off_t end = lseek(t->d->fd, 0, SEEK_END);
    if (end < 0) return ln_fail_errno(LINNET_ERR_IO, "fetch-write", errno, "%s: seek", t->d->path);
    t->had = t->done = end;
    return LINNET_OK;
}

static bool write_all(struct transfer *t, const char *data, size_t n) {
    while (n > 0) {
        ssize_t wrote = write(t->d->fd, data, n);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            t->write_error = wrote ? errno : EIO;
            return false;
        }
        data += wrote;
        n -= (size_t)wrote;
        t->done += wrote;
    }
    return true;
}

static bool begin_anew(struct transfer *t) {
    if (ftruncate(t->d->fd, 0) != 0 || lseek(t->d->fd, 0, SEEK_SET) != 0) {
        t->write_error = errno;
        return false;
    }
    t->had = t->done = 0;
    return true;
}

/* ---- what libcurl calls ------------------------------------------------------------------------------- */

static size_t on_data(char *data, size_t size, size_t count, void *user) {
    struct transfer *t = user;
    if (t->done + (int64_t)(size * count) > bytes_max) {
        t->too_long = true;
        return 0;
    }
    return write_all(t, data, size * count) ? size * count : 0;
}

static int on_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now) {
    const struct transfer *t = user;
    if (t->d->on_progress && (now || total))
        t->d->on_progress(t->d->user, t->done, total ? t->had + total : 0);
    return t->d->stop && *t->d->stop;
}

/* ---- the request -------------------------------------------------------------------------------------- */

static bool configure(struct transfer *t) {
    __typeof__(curl_easy_setopt) *set = t->curl.easy_setopt;
    CURL *r = t->request;
    /* A redirection never leads from https to http; an http address may stay http. */
    const char *protocols = ln_text_starts(t->d->address, "https:") ? "https" : "http,https";
    return !set(r, CURLOPT_URL, t->d->address) && !set(r, CURLOPT_PROTOCOLS_STR, protocols) &&
           !set(r, CURLOPT_REDIR_PROTOCOLS_STR, protocols) && !set(r, CURLOPT_FOLLOWLOCATION, 1L) &&
           !set(r, CURLOPT_MAXREDIRS, (long)REDIRECTIONS_MAX) && !set(r, CURLOPT_FAILONERROR, 1L) &&
           !set(r, CURLOPT_NOSIGNAL, 1L) && !set(r, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) &&
           !set(r, CURLOPT_LOW_SPEED_LIMIT, 1L) && !set(r, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS) &&
           !set(r, CURLOPT_USERAGENT, "linnet/" LINNET_VERSION) && !set(r, CURLOPT_ERRORBUFFER, t->message) &&
           !set(r, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->had) &&
           !set(r, CURLOPT_WRITEFUNCTION, on_data) && !set(r, CURLOPT_WRITEDATA, t) &&
           !set(r, CURLOPT_XFERINFOFUNCTION, on_progress) && !set(r, CURLOPT_XFERINFODATA, t) &&
           !set(r, CURLOPT_NOPROGRESS, 0L);
}

static int network_fail(const struct transfer *t, CURLcode code) {
    const char *text = t->message[0] ? t->message : t->curl.easy_strerror(code);
    if (t->done == 0) return ln_fail(LINNET_ERR_IO, "fetch-network", "%s: %s", t->d->address, text);
    return ln_fail(LINNET_ERR_IO, "fetch-network",
                   "%s: %s; %" PRId64 " bytes are kept; run it again to continue", t->d->address, text,
                   t->done);
}

static int outcome(const struct transfer *t, CURLcode code) {
    long answer = 0;
    t->curl.easy_getinfo(t->request, CURLINFO_RESPONSE_CODE, &answer);
    if (code == CURLE_OK) return LINNET_OK;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted",
                       "interrupted; %" PRId64 " bytes are kept; run it again to continue", t->done);
    if (t->write_error)
        return ln_fail_errno(LINNET_ERR_IO, "fetch-write", t->write_error, "%s: write at %" PRId64 " bytes",
                             t->d->path, t->done);
    if (t->too_long)
        return ln_fail(LINNET_ERR_INPUT, "fetch-size", "%s: more than %" PRId64 " bytes", t->d->address,
                       bytes_max);
    if (answer == NO_MORE && t->had > 0) return LINNET_OK;
    if (code == CURLE_HTTP_RETURNED_ERROR)
        return ln_fail(LINNET_ERR_IO, "fetch-http", "%s: the server answered with HTTP status %ld",
                       t->d->address, answer);
    return network_fail(t, code);
}

static CURLcode perform(struct transfer *t) {
    CURLcode code = t->curl.easy_perform(t->request);
    if (code != CURLE_RANGE_ERROR || t->had == 0 || !begin_anew(t)) return code;
    t->curl.easy_setopt(t->request, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)0);
    return t->curl.easy_perform(t->request);
}

static int transfer_run(struct transfer *t) {
    LN_TRY(find_end(t));
    LN_TRY(ln_curl_open(&t->curl));
    t->request = t->curl.easy_init();
    if (!t->request || !configure(t))
        return ln_fail(LINNET_ERR_INTERNAL, "fetch-curl", "libcurl cannot be set up");
    LN_TRY(outcome(t, perform(t)));
    if (fsync(t->d->fd) != 0)
        return ln_fail_errno(LINNET_ERR_IO, "fetch-write", errno, "%s: sync", t->d->path);
    return LINNET_OK;
}

int ln_download(const struct ln_download *d) {
    struct transfer t = {.d = d};
    int status = transfer_run(&t);
    if (t.request) t.curl.easy_cleanup(t.request);
    ln_curl_close(&t.curl);
    return status;
}
