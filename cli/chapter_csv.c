/* The CSV of the textbook chapter:
 *
 *     id,label
 *     145,0.981204
 *     17,0.00213
 *     unnamed,0.5
 *
 * label is the probability of the second class (dog), id the number in the file's name (145 for cat.145.jpg,
 * 17 for 17.jpg), or the whole name if it has no number. Rows are in the order of the test part, which is
 * that of predictions.csv.
 *
 * The path is noted in the run folder before training begins, and read from there at the end, also by the
 * command that trained: a run that is resumed after a crash knows no other source.
 */
#include "chapter_csv.h"
#include "csv.h"
#include "output.h"
#include "run_folder.h"
#include "text.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { FIELD = 512, PREDICTION_FIELDS = 6 }; /* path,label,predicted,probability, then one column per class */

int cli_chapter_csv_check(const char *path, const linnet_model *model, const linnet_data *data) {
    char shown[CLI_SHOWN];
    cli_text_printable(path, shown);
    if (linnet_model_classes(model) != 2)
        return cli_fail(LINNET_ERR_USAGE,
                        "%s: id,label holds the probability of one class of two; the model has %d classes "
                        "[train-chapter-csv]",
                        shown, linnet_model_classes(model));
    if (linnet_data_count(data, LINNET_TEST) == 0)
        return cli_fail(LINNET_ERR_USAGE,
                        "%s: there is no test part to predict; see --split [train-chapter-csv]", shown);
    return LINNET_OK;
}

/* The digits after the last dot but one, or the name without its extension. Changes the path. */
static const char *id_of(char *path) {
    char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = '\0';
    const char *last = strrchr(name, '.'), *number = last ? last + 1 : name;
    return *number && strspn(number, "0123456789") == strlen(number) ? number : name;
}

/* Reads a record's fields; a field longer than FIELD is cut. False at the end of the file, or if the record has too few or
 * too many fields. Two classes give six fields, and cli_chapter_csv_check() admits no other number of classes. */
static bool read_record(FILE *in, char fields[PREDICTION_FIELDS][FIELD]) {
    for (int i = 0; i < PREDICTION_FIELDS; i++) {
        const bool last = i + 1 == PREDICTION_FIELDS;
        if (cli_csv_read(in, fields[i], FIELD) != (last ? '\n' : ',')) return false;
    }
    return true;
}

static void copy_rows(FILE *in, struct cli_file *out) {
    char fields[PREDICTION_FIELDS][FIELD];
    fputs("id,label\n", out->stream);
    read_record(in, fields); /* the header */
    while (read_record(in, fields)) {
        cli_csv_string(out->stream, id_of(fields[0]));
        fprintf(out->stream, ",%s\n", fields[PREDICTION_FIELDS - 1]);
    }
}

/* ---- the note ------------------------------------------------------------------------------------------- */

static const char note[] = "chapter_csv.txt";

static int file_of(const char *folder, const char *name, char out[CLI_PATH]) {
    char shown[CLI_SHOWN];
    if (snprintf(out, CLI_PATH, "%s/%s", folder, name) < CLI_PATH) return LINNET_OK;
    return cli_fail(LINNET_ERR_IO, "%s: %s", cli_text_printable(folder, shown), strerror(ENAMETOOLONG));
}

int cli_chapter_csv_note(const char *path, const char *folder) {
    char cwd[CLI_PATH] = "", at[CLI_PATH];
    struct cli_file out;
    const bool relative = path[0] != '/'; /* the run may be resumed from another folder */
    if (relative && !getcwd(cwd, sizeof cwd))
        return cli_fail(LINNET_ERR_IO, "current folder: %s", strerror(errno));
    int status = file_of(folder, note, at);
    if (!status) status = cli_file_begin(&out, at);
    if (status) return status;
    fprintf(out.stream, "%s%s%s", cwd, relative ? "/" : "", path);
    return cli_file_commit(&out);
}

/* args.json is the first file of a run. If it is missing, no training began, and the caller removes the folder, which must
 * be empty. If it exists, the run can be resumed and needs the note. */
void cli_chapter_csv_forget(const char *folder) {
    char at[CLI_PATH];
    if (file_of(folder, "args.json", at) || !access(at, F_OK)) return;
    if (!file_of(folder, note, at)) unlink(at);
}

/* Sets path to "" if none was noted, as in a run without --chapter-csv. */
static int read_note(const char *folder, char path[CLI_PATH]) {
    char at[CLI_PATH], shown[CLI_SHOWN];
    path[0] = '\0';
    int status = file_of(folder, note, at);
    if (status) return status;
    FILE *in = fopen(at, "re");
    if (!in && errno == ENOENT) return LINNET_OK;
    if (!in)
        return cli_fail(LINNET_ERR_IO, "%s: cannot be opened: %s", cli_text_printable(at, shown),
                        strerror(errno));
    /* The whole file is the path: it may contain any byte but NUL, newlines too. */
    path[fread(path, 1, CLI_PATH - 1, in)] = '\0';
    fclose(in);
    return LINNET_OK;
}

/* ---- write ---------------------------------------------------------------------------------------------- */

static int write_csv(const char *path, const char *folder) {
    char predictions[CLI_PATH], shown[CLI_SHOWN];
    struct cli_file out;
    int status = file_of(folder, "predictions.csv", predictions);
    if (status) return status;
    FILE *in = fopen(predictions, "re");
    if (!in)
        return cli_fail(LINNET_ERR_IO, "%s: cannot be opened: %s", cli_text_printable(predictions, shown),
                        strerror(errno));
    status = cli_file_begin(&out, path);
    if (!status) {
        copy_rows(in, &out);
        status = cli_file_commit(&out);
    }
    fclose(in);
    return status;
}

int cli_chapter_csv_write(const char *folder) {
    char path[CLI_PATH];
    int status = read_note(folder, path);
    return status || !path[0] ? status : write_csv(path, folder);
}
