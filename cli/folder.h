/* Folders that a command makes for its results. */
#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H

/* Creates the folder with its missing parents; one that exists is fine. LINNET_ERR_IO on failure, which is reported on
 * stderr with the advice to choose another folder with `flag`. */
int cli_folder_make(const char *path, const char *flag);

/* Creates the missing parents of path. */
int cli_folder_make_parents(const char *path, const char *flag);

/* Reports that the folder cannot be made. why: an errno value. */
int cli_folder_failed(const char *path, int why, const char *flag);

#endif
