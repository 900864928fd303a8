/* A model's parameters and buffers by their state_dict names, plain: what training or a file put into them. */
#ifndef LN_MODEL_PARAM_H
#define LN_MODEL_PARAM_H

#include "model/model.h"

/* LINNET_ERR_USAGE "param-name" for a name that the network does not have, with the nearest one. */
LN_MUST_CHECK int ln_param_find(const struct ln_model *model, const char *name, size_t *index);
/* The model's own numbers of a parameter: ln_net_param_size() floats. LINNET_ERR_USAGE "param-shape", with
 * both shapes, if its shape is not the given one; "param-name". */
LN_MUST_CHECK int ln_param_values(const struct ln_model *model, const char *name,
                                  const struct ln_shape *shape, float **values, size_t *count);

#endif
