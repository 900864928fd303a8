/* The error record of each thread, and the names of the status codes. */
#include "base/status.h"
#include "base/translate.h"
#include "base/utf8.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct ln_error record;
static _Thread_local char line[LN_ERROR_MAX + LN_ERROR_CODE_MAX + 4];

/* What stands around a message. `ending` is ours, printable, and never cut. */
struct around {
    const struct ln_error *before; /* NULL: nothing */
    const char *ending;
};

/* The message, escaped, then the ending. The buffer has three bytes more than `text`: the last character that fits is then
 * a whole one. */
static void write_text(char text[LN_ERROR_MAX], const char *before, const char *ending, const char *fmt,
                       va_list args) LN_PRINTF(4, 0);
static void write_text(char text[LN_ERROR_MAX], const char *before, const char *ending, const char *fmt,
                       va_list args) {
    char message[LN_ERROR_MAX + 3];
    const size_t begin = (size_t)snprintf(message, LN_ERROR_MAX, "%s", before);
    vsnprintf(message + begin, sizeof message - begin, fmt, args);
    ln_text_escape(message, strlen(message), text, LN_ERROR_MAX - strlen(ending));
    strcat(text, ending);
}

static void record_failure(int status, const char *code, const struct around *around, const char *fmt,
                           va_list args) LN_PRINTF(4, 0);
static void record_failure(int status, const char *code, const struct around *around, const char *fmt,
                           va_list args) {
    assert(status < 0);
    if (record.status != LINNET_OK) return;
    const struct ln_error *before = around->before;
    va_list again;
    va_copy(again, args);
    write_text(record.text, before ? before->text : "", around->ending, fmt, args);
    write_text(record.translated, before ? before->translated : "", around->ending, ln_translated(fmt),
               again);
    va_end(again);
    snprintf(record.code, sizeof record.code, "%s", code);
    record.status = status;
}

int ln_fail(int status, const char *code, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    record_failure(status, code, &(struct around){.ending = ""}, fmt, args);
    va_end(args);
    return status;
}

int ln_fail_errno(int status, const char *code, int errnum, const char *fmt, ...) {
    char ending[LN_ERROR_MAX / 4];
    snprintf(ending, sizeof ending, ": %s", ln_errno_text(errnum));
    va_list args;
    va_start(args, fmt);
    record_failure(status, code, &(struct around){.ending = ending}, fmt, args);
    va_end(args);
    return status;
}

int ln_fail_after(const struct ln_error *cause, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    record_failure(cause->status, cause->code, &(struct around){.before = cause, .ending = ""}, fmt, args);
    va_end(args);
    return cause->status;
}

static void put_before(char text[LN_ERROR_MAX], const char *place) {
    char message[LN_ERROR_MAX + 3];
    snprintf(message, sizeof message, "%s: %s", place, text);
    ln_text_escape(message, strlen(message), text, LN_ERROR_MAX);
}

void ln_error_locate(const char *place) {
    put_before(record.text, place);
    put_before(record.translated, place);
}

int ln_fail_in_file(const char *path, int status) {
    ln_error_locate(path);
    record.status = status == LINNET_ERR_USAGE ? LINNET_ERR_INPUT : status;
    return record.status;
}

int ln_fail_memory(size_t bytes) {
    return ln_fail(LINNET_ERR_LIMIT, "mem-alloc", "out of memory: %zu bytes asked for", bytes);
}

const char *ln_errno_text(int errnum) {
    const char *text = strerrordesc_np(errnum);
    return text ? text : "unknown error";
}

const struct ln_error *ln_error_get(void) {
    return &record;
}

void ln_error_set(const struct ln_error *error) {
    record = *error;
}

void ln_error_clear(void) {
    record = (struct ln_error){.status = LINNET_OK};
}

static const char *write_line(const char *text) {
    line[0] = '\0';
    if (record.status != LINNET_OK) snprintf(line, sizeof line, "%s [%s]", text, record.code);
    return line;
}

const char *ln_error_line(void) {
    return write_line(record.text);
}

const char *ln_error_line_translated(void) {
    return write_line(record.translated);
}

/* The public list's names in small letters; the compiler warns of a status that is missing here. */
const char *ln_status_name(int status) {
    switch ((enum linnet_status)status) {
    case LINNET_OK: return "ok";
    case LINNET_ERR_INTERNAL: return "internal";
    case LINNET_ERR_USAGE: return "usage";
    case LINNET_ERR_INPUT: return "input";
    case LINNET_ERR_IO: return "io";
    case LINNET_ERR_LIMIT: return "limit";
    case LINNET_ERR_DIVERGED: return "diverged";
    case LINNET_ERR_RANK: return "rank";
    case LINNET_ERR_INTERRUPTED: return "interrupted";
    }
    return "unknown";
}

const char *ln_status_meaning(int status) {
    switch ((enum linnet_status)status) {
#define STATUS_MEANING(name, value, meaning) \
    case LINNET_##name: return meaning;
        LINNET_STATUS_LIST(STATUS_MEANING)
#undef STATUS_MEANING
    }
    return "not a status of Linnet";
}
