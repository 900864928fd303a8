/* Labels that are probably wrong (linnet clean). Cross-validation gives each image's probabilities by a
 * network that was not trained on it, and confident learning (confident.h) ranks the images by them. In the
 * order of the calls:
 *
 *     clean_recipe.c   the network and its training: the caller's options, completed from those of a run
 *     folds.h          the folds of the images
 *     clean.c          for each fold: trains a network on the other folds, which judges this fold and what it did not learn
 *     confident.h      ranks the images
 *     clean_files.c    label_issues.csv and label_issues.png
 *     suspects.c       all of these, and the ranking as the public structs
 */
#ifndef LN_TRAIN_CLEAN_H
#define LN_TRAIN_CLEAN_H

#include "model/json.h"
#include "train/confident.h"
#include "train/train.h"

/* The network of each fold and the options of its training. */
struct ln_clean_recipe {
    const char *arch;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    /* These own the strings that the fields above borrow if the options name a run. */
    struct linnet_train_opts of_run;
    json_t *args;
};

/* Takes opts->arch, ->model and ->train; fields that are not set there come from opts->run.
 * ln_clean_recipe_fini in any case. LINNET_ERR_INPUT "run-args" if opts->run is not a run folder, LINNET_ERR_USAGE
 * "clean-model" for a run whose network was given as a text: args.json does not contain it. */
LN_MUST_CHECK int ln_clean_recipe_init(struct ln_clean_recipe *recipe, const struct linnet_clean_opts *opts);
void ln_clean_recipe_fini(struct ln_clean_recipe *recipe);

struct ln_cleaning {
    struct ln_confident *ranked; /* [count] .image is a row of `samples` */
    uint32_t *samples;           /* [count] */
    size_t count;                /* images that could be read */
    double acc;                  /* share of the images whose given label is the most probable one */
};

/* Trains opts->folds networks and ranks the images. Uses only folds, seed, stop, on_event and user of opts.
 * ln_cleaning_fini in any case. */
LN_MUST_CHECK int ln_clean_rank(struct ln_cleaning *cleaning, const struct ln_dataset *ds,
                                const struct ln_clean_recipe *recipe, const struct linnet_clean_opts *opts);
void ln_cleaning_fini(struct ln_cleaning *cleaning);

/* dir/label_issues.csv(rank,path,part,given,suggested,given_probability,suggested_probability,confidence,named): all
 * images, the most doubtful label first; and dir/label_issues.png: the first of them. */
LN_MUST_CHECK int ln_cleaning_write(const struct ln_cleaning *cleaning, const struct ln_dataset *ds,
                                    const char *dir);

struct ln_suspects {
    struct linnet_suspects shown;  /* its images are those below */
    struct linnet_suspect *images; /* [shown.count] */
    char *paths;                   /* of the images, in their order, each with its NUL */
};

/* linnet_clean after its checks. opts: no zeros left, .model and .train not NULL. ln_suspects_fini in any case. */
LN_MUST_CHECK int ln_clean(struct ln_suspects *suspects, const struct ln_dataset *ds,
                           const struct linnet_clean_opts *opts);
void ln_suspects_fini(struct ln_suspects *suspects);

#endif
