/* A text as a file. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include <string.h>

int ln_text_write(struct ln_text *text, const char *dir, const char *name) {
    char *data = NULL, *path = ln_file_join(dir, name);
    int status = path ? ln_text_take(text, &data) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = ln_file_write(path, data, strlen(data));
    ln_text_fini(text);
    ln_free(data);
    ln_free(path);
    return status;
}
