/* The options of commands that train networks to learn something about the data (clean) or the options
 * (lr-find): one row each. They have no .key, since these commands leave no run folder. */
#include "train/folds.h"
#include "train/option_rows.h"

#define OPTS struct linnet_clean_opts
static const struct linnet_option clean_options[] = {
    {ROW(STRING, arch), .default_text = "the run's, else the one that linnet train would choose",
     .flag = "model", .letter = 'm', .value = "NAME", .group = "network",
     .help = "architecture from linnet models"},
    {ROW(INT, folds), .preset = 5, .min = 2, .max = LN_FOLDS_MOST, .flag = "folds", .value = "N",
     .group = "network", .help = "networks to train, each without one Nth of the images"},
    {ROW(INT64, seed), .max = LN_SEED_MAX, .zero_is_none = true, .flag = "seed", .value = "N",
     .group = "network", .help = "seed of folds, initial weights and order"},
    {ROW(STRING, dir), .flag = "output", .letter = 'o', .value = "DIR", .group = "output",
     .help = "write label_issues.csv (all images) and label_issues.png into DIR"},
};
#undef OPTS

const struct linnet_option *linnet_clean_options(int index) {
    return LN_OPTION_ROW(clean_options, index);
}

#define OPTS struct linnet_lr_find_opts
static const struct linnet_option lr_find_options[] = {
    {ROW(DOUBLE, from), .preset = 1e-7, .min = 1e-12, .max = 1e3, .flag = "from", .value = "X",
     .group = "rates", .help = "the first learning rate"},
    {ROW(DOUBLE, to), .preset = 10, .min = 1e-12, .max = 1e6, .flag = "to", .value = "X", .group = "rates",
     .help = "the last learning rate"},
    {ROW(INT, steps), .preset = 100, .min = 10, .max = 1000, .flag = "steps", .value = "N", .group = "rates",
     .help = "largest number of steps; each has its own learning rate"},
    {ROW(STRING, plot), .flag = "output", .letter = 'o', .value = "FILE", .group = "output",
     .help = "draw the curve as PNG"},
};
#undef OPTS

const struct linnet_option *linnet_lr_find_options(int index) {
    return LN_OPTION_ROW(lr_find_options, index);
}
