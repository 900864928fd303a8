/* The predictor behind linnet_predictor: images from files, memory or pixels -> logits, probabilities, features.
 *
 *     input --decode--> image --transform--> row of a batch     in the ring's threads (data/ring.h)
 *     batch --inference--> logits --softmax--> prediction       in the calling thread
 */
#ifndef LN_TRAIN_PREDICTOR_H
#define LN_TRAIN_PREDICTOR_H

#include "image/image.h"
#include "model/model.h"

/* The files of a predictor that is created for one call. */
struct ln_predictor_files {
    size_t count;
    int64_t largest; /* bytes that decoding takes */
};
/* See linnet_predictor_create; the model is borrowed. files: NULL if they are unknown; the check of memory then ignores
 * decoding. */
LN_MUST_CHECK int ln_predictor_create(linnet_predictor **predictor, const struct ln_model *model,
                                      const struct linnet_predict_opts *opts,
                                      const struct ln_predictor_files *files);
LN_MUST_CHECK int ln_predictor_run(linnet_predictor *predictor, const struct linnet_input *inputs,
                                   size_t count, linnet_prediction_fn *on_prediction, void *user);
void ln_predictor_destroy(linnet_predictor *predictor); /* NULL is allowed */

/* input.c: decodes the input into an image that the caller owns. index: names an input without a path in messages. */
LN_MUST_CHECK int ln_input_decode(const struct linnet_input *input, size_t index, struct ln_image *image);

#endif
