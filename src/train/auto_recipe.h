/* The automatic recipe: the options of `linnet train DATA`, chosen from the data, the network and the time.
 *
 * Pure arithmetic: the facts are gathered elsewhere (auto_facts.c), so that every choice can be tested and shown
 * without training. docs/recipes.md explains each of them.
 */
#ifndef LN_TRAIN_AUTO_RECIPE_H
#define LN_TRAIN_AUTO_RECIPE_H

#include <linnet/linnet.h>
#include <stdbool.h>
#include <stdint.h>

struct ln_auto_facts {
    int64_t images;             /* to train on */
    int64_t watched;            /* to evaluate after each epoch */
    bool photos;                /* of many sizes; false: small pictures of one size, such as digits */
    int photo_side;             /* the median of the photos' shorter sides, in pixels */
    bool has_norm;              /* batch normalisation in the network */
    int weighted_layers;        /* convolutions and linear layers */
    bool mostly_linear;         /* more than half of the weights belong to linear layers */
    bool any_size;              /* the network's weights fit inputs of any size */
    bool one_size;              /* the network takes images of its usual size only */
    int least_size, usual_size; /* of the network's input */
    bool pretrained;            /* the weights were trained on other data */
    /* Measured: images a second of training, at this input size. 0: unknown */
    double images_per_s;
    int measured_size;
    double fixed_share; /* share of that time that does not depend on the input size; 0 to 1 */
    double budget_s;    /* what training may take if train->time_s is 0; 0: any time */
    double longer;      /* epochs, as a multiple of the usual ones; 0: 1 */
};

/* Replaces zero fields only. An input size that the caller set is used in training and evaluation
 * alike. Epochs and sizes fit into train->time_s, or else into facts->budget_s, by facts->images_per_s. */
void ln_auto_recipe(const struct ln_auto_facts *facts, struct linnet_model_opts *model,
                    struct linnet_train_opts *train);

/* Images of a step: train->batch, or the recipe's choice. The speed is measured with it. */
int ln_auto_batch(const struct ln_auto_facts *facts, const struct linnet_train_opts *train);

/* Seconds that training takes by facts->images_per_s, validation included; nan if that is unknown. */
double ln_auto_seconds(const struct ln_auto_facts *facts, const struct linnet_model_opts *model,
                       const struct linnet_train_opts *train);

#endif
