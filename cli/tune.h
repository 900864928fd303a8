/* linnet tune: successive halving. tune_space.c draws the candidates, tune_search.c trains them, tune_file.c
 * keeps what is known, tune_report.c shows it.
 *
 * Many candidates are trained for a few epochs, the better third of them for three times as many, and the
 * better third of those for nine times: Jamieson and Talwalkar, "Non-stochastic best arm identification and
 * hyperparameter optimization", AISTATS 2016, with the factor of Hyperband (Li et al., JMLR 2018). For
 * example, with time for 81 epochs in each round:
 *
 *     round 1   27 candidates   3 epochs each
 *     round 2    9 candidates   9 epochs each
 *     round 3    3 candidates  27 epochs each
 *
 * Each training begins afresh, so that its schedule ends with it: weights from the middle of a long schedule,
 * where the rate is still high, say little about the end of a short one.
 */
#ifndef CLI_TUNE_H
#define CLI_TUNE_H

#include "args.h"
#include "progress.h"

enum {
    TUNE_RUNGS = 3,
    TUNE_FACTOR = 3,
    TUNE_CANDIDATES = 27,
    TUNE_TRIALS = 64, /* more than 27 + 9 + 3, and the measurement */
    TUNE_MEASURE =
        -1, /* the rung of the first training, of one epoch by the defaults, which shows how long one takes */
    TUNE_TEXT = 4096,
};

/* The values that are searched over. */
struct tune_candidate {
    double lr, weight_decay;
    int imgsz;
    const char *augment;
};

/* A training that is done. */
struct tune_trial {
    int rung, candidate, epochs;
    double val_acc, val_loss; /* nan: it diverged */
    double time_s;
};

/* In pixels; 0: the default. */
struct tune_sizes {
    int imgsz, train, start;
};

struct tune_search {
    const char *path; /* of the data */
    const char *arch;
    linnet_data *data;
    struct linnet_data_opts data_opts;
    struct linnet_model_opts model;
    struct linnet_train_opts train; /* as they were given */
    struct linnet_model_opts fitted_model;
    struct linnet_train_opts fitted; /* the same with what the recipe adds for this data */
    struct tune_sizes sizes;         /* of these options */
    double seconds;
    int epochs; /* of a training at most */
    uint64_t seed;
    const char *dir;

    struct linnet_train_opts base; /* fitted, resolved: the defaults, candidate 0 */
    int imgsz;
    char about[TUNE_TEXT]; /* what the search depends on, as a line of JSON */
    struct tune_trial trials[TUNE_TRIALS];
    int count;
    struct cli_progress progress;
    const char *label; /* of the progress line */
};

/* Number 0: the defaults. The others are drawn by the seed; what was given as a flag stays. */
struct tune_candidate tune_candidate(const struct tune_search *s, int number);

/* The options with which a candidate is trained, with what the recipe adds. */
void tune_options(const struct tune_search *s, const struct tune_candidate *candidate, int epochs,
                  struct linnet_model_opts *model, struct linnet_train_opts *train);

/* Fills s->about; and from DIR/trials.csv, if the file exists, the sizes and the trials. LINNET_ERR_USAGE,
 * reported, if that is of another search. */
int tune_file_read(struct tune_search *s);
int tune_file_write(const struct tune_search *s);

int tune_search_run(struct tune_search *s);
double tune_used(const struct tune_search *s); /* seconds, of all trials */
/* The trials from best to worst: those of a later rung first, then by validation accuracy and loss; those
 * that diverged come last. Returns their number. */
int tune_ranked(const struct tune_search *s, const struct tune_trial *ranked[TUNE_TRIALS]);

int tune_print_text(const struct tune_search *s);
int tune_print_json(const struct tune_search *s);

#endif
