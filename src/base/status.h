/* Status codes and the one error record.
 *
 * A function that can fail returns LINNET_OK (0) or a negative enum linnet_status. The place that
 * detects the fault describes it, once, with ln_fail(); everybody above only passes the status on:
 *
 *     if (k > h)
 *         return ln_fail(LINNET_ERR_USAGE, "op-kernel", "%s: kernel %d larger than input %d", name, k, h);
 *
 * The record is per thread, like errno: the first message stands until ln_error_clear(). A worker thread
 * hands its record to the thread that waits for it with ln_error_get() and ln_error_set().
 */
#ifndef LN_BASE_STATUS_H
#define LN_BASE_STATUS_H

#include <linnet/linnet.h>
#include <stddef.h>

#define LN_MUST_CHECK      __attribute__((warn_unused_result))
#define LN_PRINTF(fmt, va) __attribute__((format(printf, fmt, va)))

/* Passes a failure on: LN_TRY(ln_file_read(...)); for functions that hold nothing to release. */
#define LN_TRY(call)                                            \
    do {                                                        \
        int ln_try_status_ = (call);                            \
        if (ln_try_status_ != LINNET_OK) return ln_try_status_; \
    } while (0)

enum { LN_ERROR_MAX = 512, LN_ERROR_CODE_MAX = 32 };

/* What went wrong: a status, a stable code that tests compare ("st-header-length"), one line of text. */
struct ln_error {
    int status;
    char code[LN_ERROR_CODE_MAX];
    char text[LN_ERROR_MAX];       /* FILE: WHERE: WHAT, without the code; escaped by ln_text_escape() */
    char translated[LN_ERROR_MAX]; /* the same in the user's language; English where it has no translation */
};

/* Records the failure unless one is already recorded; returns `status`. What would harm a terminal is escaped
 * (ln_text_escape), and the text is cut at LN_ERROR_MAX-1 bytes. */
int ln_fail(int status, const char *code, const char *fmt, ...) LN_PRINTF(3, 4);

/* ln_fail with ": " and ln_errno_text(errnum) at the end, which is never the part that is cut. */
int ln_fail_errno(int status, const char *code, int errnum, const char *fmt, ...) LN_PRINTF(4, 5);

/* ln_fail with the status and code of `cause`, and its text before the message: "; continue with ...". */
int ln_fail_after(const struct ln_error *cause, const char *fmt, ...) LN_PRINTF(2, 3);

/* Puts "PATH: " before the recorded text. Wrong usage becomes bad input: the file asked for it. Returns the new status. */
int ln_fail_in_file(const char *path, int status);
/* Puts "PLACE: " before the recorded text. */
void ln_error_locate(const char *place);

/* What an errno value says, in English whatever the locale: "No space left on device". */
const char *ln_errno_text(int errnum);

/* The one message for memory: records LINNET_ERR_LIMIT "mem-alloc" with the bytes asked for. */
int ln_fail_memory(size_t bytes);

const struct ln_error *ln_error_get(void);       /* this thread's record; LINNET_OK: no failure */
void ln_error_set(const struct ln_error *error); /* replaces it */
void ln_error_clear(void);
/* The record as one line, "TEXT [code]", or "" if there is none; valid until this thread calls again. */
const char *ln_error_line(void);
const char *ln_error_line_translated(void);

/* "input", "io", ...: the name of a status, and what it means in a few words. */
const char *ln_status_name(int status);
const char *ln_status_meaning(int status);

#endif
