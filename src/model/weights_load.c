/* Matches tensors to parameters by name, and reports the ones that do not match. Every parameter gets a fate
 * first, then the values are read: a file that does not fit is refused before any weight has changed. The
 * note of a success:
 *
 *     resnet18-f37072fd.pth: loaded 120 of 122 tensors; 2 tensors newly initialised: 'fc.weight', 'fc.bias'
 *     (1000 classes in the file, 2 here)
 */
#include "model/weights_load.h"
#include "base/alloc.h"
#include "base/text.h"
#include "model/convert.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum fate {
    TAKEN,
    GREYED, /* three input channels summed to one */
    FRESH,  /* random initial values; reported */
    SILENT, /* initial values; not worth reporting */
    MISSING,
    MISSHAPEN,
    FATES
};

#define COUNTER_MAX 0x1p53F /* largest step count that a counter may hold */
/* NAMED_MOST: names in a message. A file of another network may differ in hundreds, and three suffice to identify
 * it. CLASSES_MAX: a head's rows come from the file, and decide the size of a layer. */
enum { NAMED_MOST = 3, SHOWN = 160, SHAPE_SHOWN = 96, CLASSES_MAX = 1 << 20 };

struct loading {
    struct ln_model *model;
    struct ln_state *state;
    const struct ln_weights_opts *opts;
    bool *needed; /* [nodes] needed for the main output */
    enum fate *fates;
    size_t counts[FATES], unexpected, left_out; /* tensors in the file without a parameter */
};

/* ---- matching ------------------------------------------------------------------------------------------ */

static bool is_counter(const char *name) {
    return ln_text_ends(name, "num_batches_tracked");
}

/* Torchvision's "aux1.", "aux2.", "AuxLogits.". */
static bool is_auxiliary(const char *name) {
    return strncasecmp(name, "aux", 3) == 0 && strchr(name, '.');
}

static bool is_head(const struct ln_net *net, int node) {
    for (int i = 0; i < net->output_count; i++)
        if (ln_net_head(net, i) == node) return true;
    return false;
}

/* True if the shapes differ only in the first dimension, the classes. */
static bool differs_in_classes(const struct ln_shape *a, const struct ln_shape *b) {
    struct ln_shape same = *a;
    if (a->rank == 0 || a->rank != b->rank) return false;
    same.dim[0] = b->dim[0];
    return ln_shape_equal(&same, b);
}

/* True if the file has [k, 3, h, w] for the network's [k, 1, h, w], in a layer that sees the images. */
static bool is_coloured(const struct ln_net *net, const struct ln_net_param *p, const struct ln_shape *file) {
    struct ln_shape grey = *file;
    if (file->rank != 4 || file->dim[1] != 3 || net->nodes[p->node].in[0] != 0) return false;
    grey.dim[1] = 1;
    return ln_shape_equal(&grey, &p->spec.shape);
}

/* A parameter that the main output does not need (an auxiliary head of GoogLeNet) may be missing: it only
 * helps training. A head of another number of classes is replaced only if the caller asks for it; in predict
 * or eval it would mean that the file belongs to another task. */
static enum fate fate_of(const struct loading *l, const struct ln_net_param *p) {
    const struct ln_net *net = l->model->net;
    const struct ln_state_tensor *t = ln_state_find(l->state, p->name);
    if (!t && is_counter(p->name)) return SILENT;
    if (!t) return l->needed[p->node] ? MISSING : FRESH;
    if (ln_shape_equal(&t->shape, &p->spec.shape)) return TAKEN;
    if (is_coloured(net, p, &t->shape)) return GREYED;
    if (l->opts->fresh_head && is_head(net, p->node) && differs_in_classes(&t->shape, &p->spec.shape))
        return FRESH;
    return MISSHAPEN;
}

static bool is_unexpected(const struct loading *l, const char *name) {
    return !ln_net_has_param(l->model->net, name) && !is_counter(name) && !is_auxiliary(name);
}

static void judge(struct loading *l) {
    const struct ln_net *net = l->model->net;
    for (size_t i = 0; i < net->param_count; i++) l->counts[l->fates[i] = fate_of(l, &net->params[i])]++;
    for (size_t i = 0; i < l->state->count; i++) {
        const char *name = l->state->tensors[i].name;
        l->unexpected += is_unexpected(l, name);
        l->left_out += !ln_net_has_param(net, name) && is_auxiliary(name) && !is_counter(name);
    }
}

/* ---- messages ------------------------------------------------------------------------------------------ */

static const char *shown(const char *name, char out[SHOWN]) {
    return ln_text_printable(name, strlen(name), out, SHOWN);
}

/* Begins a part of the message: "2 tensors missing: 'fc.weight', 'fc.bias'". */
static void begin_part(struct ln_text *t, size_t count, const char *what) {
    ln_text_addf(t, "%s%zu tensor%s %s", t->length ? "; " : "", count, count == 1 ? "" : "s", what);
}

static void add_name(struct ln_text *t, size_t number, const char *name) {
    char out[SHOWN];
    if (number < NAMED_MOST) ln_text_addf(t, "%s'%s'", number ? ", " : ": ", shown(name, out));
    if (number == NAMED_MOST) ln_text_add(t, ", ...");
}

static void add_fate(struct ln_text *t, const struct loading *l, enum fate fate, const char *what) {
    const struct ln_net *net = l->model->net;
    if (l->counts[fate] == 0) return;
    begin_part(t, l->counts[fate], what);
    for (size_t i = 0, n = 0; i < net->param_count; i++) {
        char there[SHAPE_SHOWN], here[SHAPE_SHOWN];
        if (l->fates[i] != fate) continue;
        add_name(t, n, net->params[i].name);
        if (fate == MISSHAPEN && n < NAMED_MOST)
            ln_text_addf(
                t, " is %s, not %s",
                ln_shape_text(&ln_state_find(l->state, net->params[i].name)->shape, there, sizeof there),
                ln_shape_text(&net->params[i].spec.shape, here, sizeof here));
        n++;
    }
}

static void add_unexpected(struct ln_text *t, const struct loading *l) {
    if (l->unexpected == 0) return;
    begin_part(t, l->unexpected, "unexpected");
    for (size_t i = 0, n = 0; i < l->state->count; i++)
        if (is_unexpected(l, l->state->tensors[i].name)) add_name(t, n++, l->state->tensors[i].name);
}

/* Reports everything that is wrong in one line, under the code of its first part: a file of another network
 * fails in several ways at once, and together they show what it is. */
static int refuse(const struct loading *l) {
    const char *code = l->counts[MISSHAPEN] ? "weights-shape"
                       : l->counts[MISSING] ? "weights-missing"
                                            : "weights-unexpected";
    struct ln_text t = {0};
    char *line;
    add_fate(&t, l, MISSHAPEN, "with another shape");
    add_fate(&t, l, MISSING, "missing");
    add_unexpected(&t, l);
    LN_TRY(ln_text_take(&t, &line));
    int status = ln_fail(LINNET_ERR_INPUT, code, "%s: these weights do not fit the network %s: %s",
                         ln_state_path(l->state), l->model->arch, line);
    ln_free(line);
    return status;
}

/* Adds the file's number of classes if it differs from the model's. */
static void add_classes(struct ln_text *t, const struct loading *l) {
    const struct ln_net *net = l->model->net;
    for (size_t i = 0; i < net->param_count; i++) {
        const struct ln_state_tensor *file = ln_state_find(l->state, net->params[i].name);
        if (l->fates[i] != FRESH || !file || !is_head(net, net->params[i].node)) continue;
        ln_text_addf(t, " (%lld classes in the file, %d here)", (long long)file->shape.dim[0],
                     l->model->classes);
        return;
    }
}

static int note_take(const struct loading *l, char **note) {
    const struct ln_net *net = l->model->net;
    struct ln_text t = {0};
    char out[SHOWN];
    ln_text_addf(&t, "%s: loaded %zu of %zu tensors", shown(ln_file_name(ln_state_path(l->state)), out),
                 l->counts[TAKEN] + l->counts[GREYED], net->param_count - l->counts[SILENT]);
    add_fate(&t, l, FRESH, "newly initialised");
    add_classes(&t, l);
    add_fate(&t, l, GREYED, "summed over three colours");
    if (l->left_out) begin_part(&t, l->left_out, "of auxiliary heads ignored");
    return ln_text_take(&t, note);
}

/* ---- values -------------------------------------------------------------------------------------------- */

/* [k, 3, h * w] -> [k, h * w]. In a colour copy of a grey image the three channels are equal, so the sum of
 * their weights gives the same result. */
static void sum_colours(const float *colours, size_t kernels, size_t pixels, float *grey) {
    for (size_t k = 0; k < kernels; k++)
        for (size_t i = 0; i < pixels; i++) {
            const float *c = colours + k * 3 * pixels + i;
            grey[k * pixels + i] = c[0] + c[pixels] + c[2 * pixels];
        }
}

static int read_greyed(struct ln_state *state, const struct ln_state_tensor *t, float *out) {
    size_t count = 0;
    if (!ln_shape_count(&t->shape, &count)) return LINNET_ERR_LIMIT;
    float *colours = ln_realloc_array(NULL, count, sizeof *colours);
    if (!colours) return LINNET_ERR_LIMIT;
    int status = ln_state_read_f32(state, t, colours);
    if (status == LINNET_OK)
        sum_colours(colours, (size_t)t->shape.dim[0], (size_t)(t->shape.dim[2] * t->shape.dim[3]), out);
    ln_free(colours);
    return status;
}

static int read_param(struct loading *l, size_t i) {
    const struct ln_net_param *p = &l->model->net->params[i];
    const struct ln_state_tensor *t = ln_state_find(l->state, p->name);
    float *out = l->model->params[i];
    if (l->fates[i] != TAKEN && l->fates[i] != GREYED) {
        ln_net_init_param(l->model->net, i, l->opts->seed, out);
        return LINNET_OK;
    }
    LN_TRY(l->fates[i] == TAKEN ? ln_state_read_f32(l->state, t, out) : read_greyed(l->state, t, out));
    if (!ln_convert_all_finite(out, ln_net_param_size(l->model->net, i)))
        return ln_fail(LINNET_ERR_INPUT, "weights-nonfinite", "%s: '%s' contains values that are not finite",
                       ln_state_path(l->state), p->name);
    if (p->spec.dtype == LN_I64)
        *out = fminf(fmaxf(*out, 0), COUNTER_MAX); /* it will be saved as an integer */
    return LINNET_OK;
}

static int load(struct loading *l, char **note) {
    const struct ln_net *net = l->model->net;
    l->needed = ln_calloc(net->count, sizeof *l->needed);
    l->fates = ln_calloc(net->param_count + 1, sizeof *l->fates);
    if (!l->needed || !l->fates) return LINNET_ERR_LIMIT;
    ln_net_needed(net, l->needed);
    judge(l);
    if (l->counts[MISSING] || l->counts[MISSHAPEN] || l->unexpected) return refuse(l);
    for (size_t i = 0; i < net->param_count; i++) LN_TRY(read_param(l, i));
    return note_take(l, note);
}

int ln_weights_load(struct ln_model *model, struct ln_state *state, const struct ln_weights_opts *opts,
                    char **note) {
    struct loading l = {.model = model, .state = state, .opts = opts};
    if (model->net->param_count) ln_state_unwrap(state, model->net->params[0].name);
    int status = load(&l, note);
    ln_free(l.needed);
    ln_free(l.fates);
    return status;
}

/* ---- classes ------------------------------------------------------------------------------------------ */

/* Number of rows of the tensor that matches the head's weights; 0 if none fits. A file does not say how many
 * classes it has, but the first dimension of its last layer does. */
static int64_t rows_in_file(const struct ln_net *net, struct ln_state *state) {
    const struct ln_node *head = &net->nodes[ln_net_head(net, 0)];
    if (net->param_count == 0 || head->params == 0) return 0;
    ln_state_unwrap(state, net->params[0].name);
    const struct ln_net_param *weight = &net->params[head->first_param];
    const struct ln_state_tensor *t = ln_state_find(state, weight->name);
    return t && differs_in_classes(&t->shape, &weight->spec.shape) ? t->shape.dim[0] : 0;
}

int ln_weights_build_net(struct ln_net **out, const char *arch, const struct ln_arch_opts *given,
                         struct ln_state *state) {
    struct ln_arch_opts opts = *given;
    struct ln_net *net;
    LN_TRY(ln_arch_build(arch, &opts, &net));
    int64_t rows = opts.classes ? 0 : rows_in_file(net, state);
    if (rows == 0 || rows == ln_net_classes(net)) {
        *out = net;
        return LINNET_OK;
    }
    ln_net_destroy(net);
    if (rows > CLASSES_MAX)
        return ln_fail(LINNET_ERR_INPUT, "weights-shape", "%s: its head has %lld classes; the limit is %d",
                       ln_state_path(state), (long long)rows, CLASSES_MAX);
    opts.classes = (int)rows;
    return ln_arch_build(arch, &opts, out);
}
