/* Files that appear whole: argument checks, then one call.
 *
 *     create ---> write, write ... ---> commit    the file has its name, or keeps the old contents
 *                                  \--> abort     the old contents stay
 *
 * Commit and abort both end the handle, even if they fail, so that there is no third state to clean up.
 */
#include "base/file.h"
#include "api/guard.h"
#include "base/alloc.h"

struct linnet_file {
    struct ln_file_writer writer;
};

int linnet_file_create(linnet_file **file, const char *path) {
    ln_api_begin();
    LN_NEED(file);
    LN_NEED(path);
    linnet_file *own = ln_calloc(1, sizeof *own);
    if (!own) return LINNET_ERR_LIMIT;
    int status = ln_file_writer_begin(&own->writer, path, 0);
    if (status == LINNET_OK)
        *file = own;
    else
        ln_free(own);
    return status;
}

int linnet_file_write(linnet_file *file, const void *bytes, size_t count) {
    ln_api_begin();
    LN_NEED(file);
    /* Writing nothing is allowed: the last piece of a stream may be empty. */
    if (count) LN_NEED(bytes);
    return ln_file_writer_write(&file->writer, bytes, count);
}

/* The handle is freed whatever happens: after a failed fsync the state of the file is unknown, and a second
 * attempt could report a false success. */
int linnet_file_commit(linnet_file *file) {
    ln_api_begin();
    LN_NEED(file);
    int status = ln_file_writer_commit(&file->writer);
    ln_free(file);
    return status;
}

void linnet_file_abort(linnet_file *file) {
    if (!file) return;
    ln_file_writer_abort(&file->writer);
    ln_free(file);
}
