/* --chapter-csv: the predictions of the test part in the format of Kaggle's dogs-vs-cats contest, id and
 * label, which the textbook chapter's program writes. The run folder keeps the file's path in
 * chapter_csv.txt, so that a resumed run writes the file too. */
#ifndef CLI_CHAPTER_CSV_H
#define CLI_CHAPTER_CSV_H

#include <linnet/linnet.h>

/* Called before training: LINNET_ERR_USAGE unless there are two classes and a test part. */
int cli_chapter_csv_check(const char *path, const linnet_model *model, const linnet_data *data);
/* Notes the path in the run folder, before training. */
int cli_chapter_csv_note(const char *path, const char *folder);
/* Removes the note from a folder in which no run began. */
void cli_chapter_csv_forget(const char *folder);
/* Writes the file from the run folder's predictions.csv, if the path was noted. */
int cli_chapter_csv_write(const char *folder);

#endif
