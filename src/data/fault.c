/* Classifies faults by the error codes of base/file.h and image/image.h. */
#include "data/fault.h"
#include "data/source.h"
#include <errno.h>
#include <string.h>
#include <time.h>

static bool has_code(const struct ln_error *error, const char *code) {
    return strcmp(error->code, code) == 0;
}

enum ln_fault ln_fault_of(const struct ln_error *error) {
    if (error->status == LINNET_OK) return LN_FAULT_NONE;
    if (error->status != LINNET_ERR_INPUT && error->status != LINNET_ERR_IO) return LN_FAULT_OTHER;
    if (has_code(error, "file-open")) return LN_FAULT_MISSING;
    if (has_code(error, "file-read") || has_code(error, "file-short")) return LN_FAULT_PASSING;
    return LN_FAULT_IMAGE;
}

static void pause_for(long milliseconds) {
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

/* One try. *may_pass: another one may succeed. A file that changes while it is read is still being written. */
static int try_once(const struct ln_dataset *ds, uint32_t index, const struct ln_decode_opts *opts,
                    struct ln_image *image, bool *may_pass) {
    const struct ln_file_stamp before = ds->source->stamp(ds, index);
    const int status = ln_dataset_decode(ds, index, opts, image);
    const enum ln_fault fault = status == LINNET_OK ? LN_FAULT_NONE : ln_fault_of(ln_error_get());
    *may_pass = fault == LN_FAULT_PASSING;
    if (fault != LN_FAULT_IMAGE) return status;
    const struct ln_file_stamp after = ds->source->stamp(ds, index);
    *may_pass = !ln_file_stamp_equals(&before, &after);
    return status;
}

int ln_dataset_decode_patiently(const struct ln_dataset *ds, uint32_t index,
                                const struct ln_decode_opts *opts, struct ln_image *image) {
    static const long pauses[] = {20, 100, 400, 1500}; /* milliseconds */
    bool may_pass;
    int status = try_once(ds, index, opts, image, &may_pass);
    for (size_t i = 0; may_pass && i < sizeof pauses / sizeof *pauses; i++) {
        pause_for(pauses[i]);
        ln_error_clear();
        status = try_once(ds, index, opts, image, &may_pass);
    }
    return status;
}
