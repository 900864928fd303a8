/* trials.csv: what a search has learnt so far, replaced whole after each training, so that a search can be
 * killed at any time.
 *
 *     # {"data": ..., "seconds": ...}     what the search depends on
 *     # pixels 208,160,128,               the recipe's sizes: in use, to train, to begin; 0: the default
 *     rung,candidate,epochs,val_acc,val_loss,time_s,lr,weight_decay,imgsz,augment
 *     -1,0,1,0.61,1.0831,14.2,0.01,0.0001,208,light
 *     0,0,3,0.7415,0.7713,43.1,0.01,0.0001,208,light
 *     0,1,3,nan,nan,12.9,0.31,0.0027,160,none
 *
 * Only the first six columns are read back: the others follow from the seed and the candidate's number, and
 * are there for people. A search with other data or flags would mix trials that cannot be compared, so the
 * first line must be equal, byte by byte.
 */
#include "folder.h"
#include "json.h"
#include "output.h"
#include "text.h"
#include "tune.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const heading =
    "rung,candidate,epochs,val_acc,val_loss,time_s,lr,weight_decay,imgsz,augment";
static const char *const sizes_begin = "# pixels ";
enum { SIDE_MOST = 4096 };

static void add_bytes(void *user, const char *bytes, size_t count) {
    char *about = user;
    const size_t length = strlen(about);
    if (count > TUNE_TEXT - 1 - length) count = TUNE_TEXT - 1 - length;
    memcpy(about + length, bytes, count);
    about[length + count] = '\0';
}

/* What only changes the speed is left out: a search may continue with other threads. `seconds` stays in,
 * because the number of candidates and epochs follows from it. */
static void describe(struct tune_search *s) {
    struct linnet_train_opts train = s->train;
    struct linnet_json json = {.write = add_bytes, .user = s->about, .lines = -1};
    char *real = realpath(s->path, NULL);
    train.threads = train.workers = 0;
    train.cache_mb = 0;
    s->about[0] = '\0';
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "data", real ? real : s->path);
    linnet_json_options(&json, linnet_data_options, &s->data_opts);
    linnet_json_string(&json, "model", s->arch);
    linnet_json_int(&json, "most_epochs", s->epochs);
    linnet_json_string(&json, "weights", s->model.weights);
    linnet_json_int(&json, "imgsz", s->model.imgsz);
    linnet_json_double(&json, "seconds", s->seconds);
    linnet_json_options(&json, linnet_train_options, &train);
    linnet_json_end(&json);
    free(real);
}

static bool file_name(const struct tune_search *s, char out[TUNE_TEXT]) {
    return snprintf(out, TUNE_TEXT, "%s/trials.csv", s->dir) < TUNE_TEXT;
}

static int fail_file(const char *name, const char *what) {
    char shown[CLI_SHOWN];
    return cli_fail(LINNET_ERR_USAGE, "%s: %s; name another folder with --dir",
                    cli_text_printable(name, shown), what);
}

/* One number and the comma behind it. strtod also reads "nan", which is how a training that diverged is
 * written. */
static bool take(char **at, double *value) {
    char *end;
    *value = strtod(*at, &end);
    const bool good = end != *at && *end == ',';
    *at = end + 1;
    return good;
}

/* The file may have been edited: a number is compared with its range before it becomes an int or an index. */
static bool parse(char *line, struct tune_trial *t) {
    double whole[3];
    for (int i = 0; i < 3; i++)
        if (!take(&line, &whole[i]) || !(fabs(whole[i]) < 1e6)) return false;
    *t = (struct tune_trial){.rung = (int)whole[0], .candidate = (int)whole[1], .epochs = (int)whole[2]};
    return take(&line, &t->val_acc) && take(&line, &t->val_loss) && take(&line, &t->time_s) &&
           t->rung >= TUNE_MEASURE && t->rung < TUNE_RUNGS && t->candidate >= 0 &&
           t->candidate < TUNE_CANDIDATES && t->epochs > 0 && t->time_s >= 0;
}

static bool parse_sizes(char *line, struct tune_sizes *sizes) {
    int *const into[] = {&sizes->imgsz, &sizes->train, &sizes->start};
    const size_t length = strlen(sizes_begin);
    double value;
    if (strncmp(line, sizes_begin, length) != 0) return false;
    line += length;
    for (int i = 0; i < 3; i++) {
        if (!take(&line, &value) || !(value >= 0 && value <= SIDE_MOST)) return false;
        *into[i] = (int)value;
    }
    return true;
}

static int read_lines(struct tune_search *s, FILE *file, const char *name) {
    char line[TUNE_TEXT + 8];
    if (!fgets(line, sizeof line, file) || strncmp(line, "# ", 2) != 0)
        return fail_file(name, "was not written by linnet tune");
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line + 2, s->about) != 0)
        return fail_file(name, "belongs to a search with other data or flags");
    if (!fgets(line, sizeof line, file) || !parse_sizes(line, &s->sizes))
        return fail_file(name, "has no line of sizes that can be read");
    if (!fgets(line, sizeof line, file) || strncmp(line, heading, strlen(heading)) != 0)
        return fail_file(name, "has another heading");
    while (s->count < TUNE_TRIALS && fgets(line, sizeof line, file))
        if (!parse(line, &s->trials[s->count++])) return fail_file(name, "has a row that cannot be read");
    return LINNET_OK;
}

int tune_file_read(struct tune_search *s) {
    char name[TUNE_TEXT];
    describe(s);
    if (!file_name(s, name)) return fail_file(s->dir, "the name is too long");
    FILE *file = fopen(name, "re");
    if (!file) return LINNET_OK;
    int status = read_lines(s, file, name);
    fclose(file);
    return status;
}

static void put_trial(const struct tune_search *s, const struct tune_trial *t, FILE *out) {
    const struct tune_candidate c = tune_candidate(s, t->candidate);
    fprintf(out, "%d,%d,%d,%.9g,%.9g,%.4g,%.3g,%.3g,%d,%s\n", t->rung, t->candidate, t->epochs, t->val_acc,
            t->val_loss, t->time_s, c.lr, c.weight_decay, c.imgsz, c.augment);
}

int tune_file_write(const struct tune_search *s) {
    char name[TUNE_TEXT];
    struct cli_file file;
    if (!file_name(s, name)) return fail_file(s->dir, "the name is too long");
    int status = cli_folder_make(s->dir, "--dir");
    if (!status) status = cli_file_begin(&file, name);
    if (status) return status;
    fprintf(file.stream, "# %s\n%s%d,%d,%d,\n%s\n", s->about, sizes_begin, s->sizes.imgsz, s->sizes.train,
            s->sizes.start, heading);
    for (int i = 0; i < s->count; i++) put_trial(s, &s->trials[i], file.stream);
    return cli_file_commit(&file);
}
