/* The wrong predictions with the largest losses in an evaluation, for a person who watches the run:
 *
 *     worst_mistakes.csv   epoch,path,label,predicted,probability,loss
 *     worst_mistakes.png   these pictures with both classes
 *
 * Both show the last evaluation that was drawn; epoch 0 stands for the weights that were kept.
 */
#ifndef LN_TRAIN_MISTAKES_H
#define LN_TRAIN_MISTAKES_H

#include "data/dataset.h"
#include "model/model.h"

enum { LN_MISTAKES = 10 };

struct ln_mistakes {
    size_t count;
    struct ln_mistake {
        uint32_t index; /* of the sample */
        int label, predicted;
        double probability, loss; /* of the predicted class; cross-entropy */
    } items[LN_MISTAKES];         /* the largest loss first; of equal ones the earlier image */
};

/* Counts an image with its logits [classes]; ignored if the prediction is right. */
void ln_mistakes_add(struct ln_mistakes *mistakes, uint32_t index, const float *logits, int classes,
                     double temperature, int label);
/* Writes both files; if there are no mistakes, removes them. */
LN_MUST_CHECK int ln_mistakes_write(const struct ln_mistakes *mistakes, const char *dir,
                                    const struct ln_model *model, const struct ln_dataset *ds, int epoch);
/* Writes worst_mistakes.csv alone, if there are mistakes. */
LN_MUST_CHECK int ln_mistakes_list(const struct ln_mistakes *mistakes, const char *dir,
                                   const struct ln_model *model, const struct ln_dataset *ds, int epoch);
LN_MUST_CHECK int ln_mistakes_remove(const char *dir);

#endif
