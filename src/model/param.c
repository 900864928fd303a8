/* Parameters by name. A name that does not exist is usually a slip (conv1.weigth), so the message has the
 * nearest one. */
#include "model/param.h"
#include "base/alloc.h"
#include "base/text.h"

#include <string.h>

static int fail_unknown(const struct ln_model *m, const char *name) {
    const char *near = NULL, **names = ln_calloc(m->net->param_count, sizeof *names);
    char shown[128];
    if (!names) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < m->net->param_count; i++) names[i] = m->net->params[i].name;
    near = ln_text_nearest(name, names, m->net->param_count);
    ln_free(names);
    ln_text_printable(name, strlen(name), shown, sizeof shown);
    return ln_fail(LINNET_ERR_USAGE, "param-name", "%s has no parameter '%s'%s%s", m->arch, shown,
                   near ? "; did you mean " : "", near ? near : "");
}

int ln_param_find(const struct ln_model *m, const char *name, size_t *index) {
    for (*index = 0; *index < m->net->param_count; ++*index)
        if (strcmp(m->net->params[*index].name, name) == 0) return LINNET_OK;
    return fail_unknown(m, name);
}

int ln_param_values(const struct ln_model *m, const char *name, const struct ln_shape *shape, float **values,
                    size_t *count) {
    size_t i;
    char given[64], own[64];
    LN_TRY(ln_param_find(m, name, &i));
    const struct ln_shape *expected = &m->net->params[i].spec.shape;
    if (!ln_shape_equal(shape, expected))
        return ln_fail(LINNET_ERR_USAGE, "param-shape", "%s has the shape %s; %s was given", name,
                       ln_shape_text(expected, own, sizeof own), ln_shape_text(shape, given, sizeof given));
    *values = m->params[i];
    *count = ln_net_param_size(m->net, i);
    return LINNET_OK;
}
