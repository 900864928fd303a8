/* A model of the network in `text`, with initial weights, and with running statistics that differ from each other. */
#ifndef LN_TESTS_MODEL_OF_H
#define LN_TESTS_MODEL_OF_H

#include "model/model.h"
#include "unit/base/base_test.h"

static struct ln_model *model_of(const char *text) {
    struct ln_net *net;
    struct ln_model *m = NULL;
    if (ln_net_parse(text, &net) != LINNET_OK || ln_model_create(&m, "custom", net, 5) != LINNET_OK)
        fail_msg("%s", ln_error_line());
    for (size_t i = 0; i < m->net->param_count; i++)
        for (size_t j = 0; m->net->params[i].spec.buffer && m->net->params[i].spec.dtype == LN_F32 &&
                           j < ln_net_param_size(m->net, i);
             j++)
            m->params[i][j] += 0.25F * (float)j;
    return m;
}

#endif
