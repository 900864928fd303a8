/* Weights from a state_dict into a model, by name.
 *
 *     struct ln_state state;
 *     LN_TRY(ln_state_open(&state, "resnet18-f37072fd.pth"));
 *     LN_TRY(ln_weights_build_net(&net, "resnet18", &arch_opts, &state));     as many classes as the file has
 *     LN_TRY(ln_model_create_blank(&model, "resnet18", net));
 *     LN_TRY(ln_weights_load(model, &state, &(struct ln_weights_opts){.fresh_head = true, .seed = 1},
 * &note));
 */
#ifndef LN_MODEL_WEIGHTS_LOAD_H
#define LN_MODEL_WEIGHTS_LOAD_H

#include "model/model.h"
#include "model/state_dict.h"

struct ln_weights_opts {
    bool fresh_head; /* heads of other numbers of classes start fresh */
    uint64_t seed;   /* of what starts fresh */
};

/* The network of that name; where opts->classes is 0, of as many classes as the head in the file has rows. */
LN_MUST_CHECK int ln_weights_build_net(struct ln_net **net, const char *arch, const struct ln_arch_opts *opts,
                                       struct ln_state *state);

/* Fills every parameter. Every tensor must have its place and every parameter its tensor, in one shape. But
 * for:
 *   - heads, with fresh_head
 *   - num_batches_tracked, which older files have not, and which nothing here needs
 *   - auxiliary heads ("aux1.conv..."), in the file alone or in the network alone
 *   - a first layer of one channel where the file has three: it takes their sum, so that a grey image gives
 *     what it would give in colour
 * Refusals name the first few tensors and how many there are: codes "weights-missing", "weights-unexpected",
 * "weights-shape"; "weights-nonfinite". *note becomes a line on what was taken and what was not; ln_free it.
 */
LN_MUST_CHECK int ln_weights_load(struct ln_model *model, struct ln_state *state,
                                  const struct ln_weights_opts *opts, char **note);

#endif
