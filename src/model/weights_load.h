/* Loads the weights of a state_dict into a model, by name.
 *
 *     struct ln_state state;
 *     LN_TRY(ln_state_open(&state, "resnet18-f37072fd.pth"));
 *     LN_TRY(ln_weights_build_net(&net, "resnet18", &arch_opts, &state));   with the file's number of classes
 *     LN_TRY(ln_model_create_blank(&model, "resnet18", net));
 *     const struct ln_weights_opts opts = {.fresh_head = true, .seed = 1};
 *     LN_TRY(ln_weights_load(model, &state, &opts, &note));
 */
#ifndef LN_MODEL_WEIGHTS_LOAD_H
#define LN_MODEL_WEIGHTS_LOAD_H

#include "model/model.h"
#include "model/state_dict.h"

struct ln_weights_opts {
    bool fresh_head; /* heads with a different number of classes start with random weights */
    uint64_t seed;   /* for random weights */
};

/* Builds the named network. If opts->classes is 0, it gets as many classes as the file's head has rows. */
LN_MUST_CHECK int ln_weights_build_net(struct ln_net **net, const char *arch, const struct ln_arch_opts *opts,
                                       struct ln_state *state);

/* Fills every parameter. Each tensor in the file must match a parameter and each parameter a tensor, with
 * equal shapes, except:
 *   - heads, with fresh_head
 *   - num_batches_tracked, which older files lack and Linnet does not need
 *   - auxiliary heads ("aux1.conv..."), which only the file or only the network may have
 *   - a first layer with one channel for a file with three: it gets their sum, so that a grey image gives the
 *     same result as in colour
 * Errors name the first few tensors and count all of them: codes "weights-missing", "weights-unexpected",
 * "weights-shape", "weights-nonfinite". *note becomes one line that says what was loaded; the caller frees
 * it.
 */
LN_MUST_CHECK int ln_weights_load(struct ln_model *model, struct ln_state *state,
                                  const struct ln_weights_opts *opts, char **note);

#endif
