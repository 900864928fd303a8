/* The contents of a run folder's files. Each file is read whole, up to a limit, and every value is checked. A file that no
 * run would write puts one line into .problem; the values that were read before it stay.
 *
 *     args.json            settings
 *     results.csv          a row for each complete epoch
 *     progress.json        where the run is (src/train/live.h)
 *     metrics.json         the test
 *     worst_mistakes.csv   the confident mistakes of the last evaluation, which worst_mistakes.png shows
 */
#ifndef CLI_SERVE_RUN_H
#define CLI_SERVE_RUN_H

#include "serve_run_file.h"
#include "serve_runs.h"

enum {
    SERVE_RUN_COLUMNS = 8, /* of results.csv: epoch, time_s, lr, losses and accuracies, images_per_s */
    SERVE_RUN_NUMBERS = 12,
    SERVE_RUN_EPOCHS = 20000,
    SERVE_RUN_SETTINGS = 128,
    SERVE_RUN_MISTAKES = 10,
};
extern const char *const serve_run_columns[SERVE_RUN_COLUMNS];

struct serve_run_setting {
    char key[48], value[256];
};

struct serve_run_mistake {
    char path[512], label[256], predicted[256];
    double probability, loss;
};

struct serve_run_progress {
    bool found, locked;
    char state[16], part[8], watched[8], message[512];
    double numbers[SERVE_RUN_NUMBERS];
};
extern const char *const serve_run_numbers[SERVE_RUN_NUMBERS]; /* their keys: "epoch", "epochs", "step" ... */

struct serve_run {
    char path[4096];
    const char *state; /* training, starting, finished, stopped, failed, dead */
    double age_s;      /* of progress.json while the run is active; nan: not known */
    char problem[SERVE_RUN_WHY];
    struct serve_run_setting *settings; /* [setting_count] */
    int setting_count;
    double (*rows)[SERVE_RUN_COLUMNS]; /* [row_count] */
    int row_count;
    struct serve_run_progress progress;
    double test_acc, test_acc_low, test_acc_high, test_loss, test_count; /* nan: no test yet */
    struct serve_run_mistake mistakes[SERVE_RUN_MISTAKES];
    int mistake_count;
    double mistakes_epoch; /* the epoch of these mistakes; 0: the weights that were kept */
};

/* Reads the folder; NULL: out of memory. */
struct serve_run *serve_run_read(const struct serve_runs_visit *visit);
void serve_run_free(struct serve_run *run); /* NULL is allowed */
/* A number that changes when one of the files or the state of the lock changes. */
uint64_t serve_run_stamp(int folder);
/* True if a process trains in the folder. */
bool serve_run_active(int folder);
/* The value of a setting; "" if it is missing. */
const char *serve_run_setting(const struct serve_run *run, const char *key);

#endif
