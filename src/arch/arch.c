/* Building networks by name. */
#include "arch/arch.h"

#include <string.h>

static const struct ln_arch_family *const families[] = {
#define LN_ARCH(name) &ln_arch_##name,
#include "arch/arch_list.h"
#undef LN_ARCH
};
enum { FAMILIES = sizeof families / sizeof *families, NAMES_MAX = 128 };

const struct ln_arch_variant *ln_arch_get(int index) {
    for (int f = 0; f < FAMILIES; f++)
        for (const struct ln_arch_variant *v = families[f]->variants; v->name; v++)
            if (index-- == 0) return v;
    return NULL;
}

static int refuse_name(const char *name) {
    const char *names[NAMES_MAX];
    char shown[128];
    int count = 0;
    for (const struct ln_arch_variant *v; count < NAMES_MAX && (v = ln_arch_get(count));)
        names[count++] = v->name;
    const char *near = ln_text_nearest(name, names, (size_t)count);
    ln_text_printable(name, strlen(name), shown, sizeof shown);
    if (near)
        return ln_fail(LINNET_ERR_USAGE, "arch-name", "unknown model '%s'; did you mean %s?", shown, near);
    return ln_fail(LINNET_ERR_USAGE, "arch-name", "unknown model '%s'; `linnet models` lists them", shown);
}

static int finish(const struct ln_arch_variant *v, const struct ln_arch_opts *o, struct ln_net **out) {
    struct ln_net *net = ln_net_create(o->channels, o->imgsz, o->imgsz);
    if (!net) return LINNET_ERR_LIMIT;
    v->build(net, o, v->config);
    int status = ln_net_finish(net);
    if (status == LINNET_OK)
        *out = net;
    else
        ln_net_destroy(net);
    return status;
}

/* A layer failed because its input has become too small. Finds the smallest image size that works and reports
 * it. */
static int refuse_size(const struct ln_arch_variant *v, const struct ln_arch_opts *given) {
    struct ln_arch_opts opts = *given;
    const struct ln_error layer = *ln_error_get();
    for (opts.imgsz++; opts.imgsz <= v->imgsz; opts.imgsz++) {
        struct ln_net *net;
        ln_error_clear();
        int status = finish(v, &opts, &net);
        if (status == LINNET_ERR_LIMIT) return status;
        if (status != LINNET_OK) continue;
        ln_net_destroy(net);
        return ln_fail(LINNET_ERR_USAGE, "arch-imgsz",
                       "%s needs images of at least %d pixels per side, got %d (%s)", v->name, opts.imgsz,
                       given->imgsz, layer.text);
    }
    ln_error_set(&layer); /* the failure has another cause */
    return layer.status;
}

static int build(const struct ln_arch_variant *v, const struct ln_arch_opts *given, struct ln_net **out) {
    struct ln_arch_opts opts = *given;
    if (!opts.classes) opts.classes = v->classes;
    if (!opts.channels) opts.channels = v->channels;
    if (!opts.imgsz) opts.imgsz = v->imgsz;
    if (v->fixed_imgsz && opts.imgsz != v->fixed_imgsz)
        return ln_fail(LINNET_ERR_USAGE, "arch-imgsz", "%s takes images of %dx%d, not %dx%d", v->name,
                       v->fixed_imgsz, v->fixed_imgsz, opts.imgsz, opts.imgsz);
    if (opts.classes < 1 || opts.classes > 1 << 20)
        return ln_fail(LINNET_ERR_USAGE, "arch-classes", "%d classes; must be 1 to %d", opts.classes,
                       1 << 20);
    int status = finish(v, &opts, out);
    bool too_small = status == LINNET_ERR_USAGE && strcmp(ln_error_get()->code, "op-kernel") == 0;
    return too_small ? refuse_size(v, &opts) : status;
}

const struct ln_arch_variant *ln_arch_find(const char *name) {
    const struct ln_arch_variant *v;
    for (int i = 0; (v = ln_arch_get(i)); i++)
        if (strcmp(v->name, name) == 0) return v;
    return NULL;
}

int ln_arch_build(const char *name, const struct ln_arch_opts *opts, struct ln_net **net) {
    const struct ln_arch_variant *v = ln_arch_find(name);
    return v ? build(v, opts, net) : refuse_name(name);
}
