/* Folders that a command makes for its results. */
#include "folder.h"
#include "output.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096 };

int cli_folder_failed(const char *path, int why, const char *flag) {
    char shown[CLI_SHOWN];
    return cli_fail(LINNET_ERR_IO, "%s: cannot make the folder: %s; choose another one with %s [cli-folder]",
                    cli_text_printable(path, shown), strerror(why), flag);
}

/* Writes the folder's name to the disk: a power failure could otherwise lose a new folder with its files. A failure is
 * ignored, because some file systems cannot sync a folder. */
static void sync_name(const char *path) {
    char parent[PATH_MAX_BYTES] = ".";
    const char *slash = strrchr(path, '/');
    if (slash) snprintf(parent, sizeof parent, "%.*s", (int)(slash - path) + 1, path);
    const int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

/* Makes one folder. Another run may be making the same one. */
static int make_one(const char *path, const char *flag) {
    struct stat found;
    if (mkdir(path, 0777) == 0) {
        sync_name(path);
        return LINNET_OK;
    }
    const int why = errno;
    if (why == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode)) return LINNET_OK;
    return cli_folder_failed(path, why == EEXIST ? ENOTDIR : why, flag);
}

int cli_folder_make_parents(const char *path, const char *flag) {
    char part[PATH_MAX_BYTES];
    int status = LINNET_OK;
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return cli_folder_failed(path, ENAMETOOLONG, flag);
    for (char *slash = part; !status && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        status = make_one(part, flag);
        *slash = '/';
    }
    return status;
}

int cli_folder_make(const char *path, const char *flag) {
    int status = cli_folder_make_parents(path, flag);
    return status ? status : make_one(path, flag);
}
