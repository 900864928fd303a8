/* MODEL on the command line may be
 *
 *     resnet18                        an architecture's name
 *     runs/train/best.safetensors     a model file
 *     runs/train                      a run folder: its best.safetensors
 *     model.onnx                      a model of another program (linnet import)
 *
 * An architecture's name comes first: a file of the same name is given as ./resnet18.
 */
#include "model.h"
#include "fetch.h"
#include "output.h"
#include "text.h"
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

bool cli_model_is_arch(const char *name) {
    const char *arch;
    for (int i = 0; (arch = linnet_arch_name(i)); i++)
        if (!strcmp(arch, name)) return true;
    return false;
}

bool cli_model_exists(const char *name) {
    struct stat st;
    return cli_model_is_arch(name) || !stat(name, &st);
}

static bool is_file(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* A run keeps its options in args.json, beside its model files. So runs/train and runs/train/last.safetensors belong to the
 * run. A model file that was copied elsewhere does not: its data is unknown. */
bool cli_model_is_run(const char *name) {
    char path[4200];
    if (strlen(name) > 4096 || cli_model_is_arch(name)) return false;
    snprintf(path, sizeof path, "%s/args.json", name);
    if (is_file(path)) return true;
    const char *slash = strrchr(name, '/');
    int folder = slash ? (int)(slash - name) + 1 : 0;
    snprintf(path, sizeof path, "%.*sargs.json", folder, name);
    return is_file(name) && is_file(path);
}

/* True if permissions hide whether the folder is a run's. */
static bool is_closed(const char *name) {
    char path[4200];
    struct stat st;
    snprintf(path, sizeof path, "%s/args.json", name);
    return stat(path, &st) != 0 && errno == EACCES;
}

/* A model file holds its own size and classes; silently ignoring the user's would be worse than an error. */
static int refuse_opts(const char *name, const struct linnet_model_opts *opts) {
    char shown[CLI_SHOWN];
    const char *flag = opts->weights    ? "--weights"
                       : opts->imgsz    ? "--imgsz"
                       : opts->classes  ? "--classes"
                       : opts->channels ? "--channels"
                                        : NULL;
    if (!flag) return LINNET_OK;
    return cli_fail(LINNET_ERR_USAGE, "%s applies only to an architecture's name; %s has its own", flag,
                    cli_text_printable(name, shown));
}

/* "imagenet" is resolved here and not in the library, which never opens a connection unless it is asked to
 * fetch. */
int cli_model_create(linnet_model **model, const char *name, const linnet_data *data,
                     const struct linnet_model_opts *given) {
    struct linnet_model_opts opts = given ? *given : (struct linnet_model_opts){.size = sizeof opts};
    char *fetched = NULL;
    if (opts.weights && !strcmp(opts.weights, "imagenet")) {
        int status = cli_fetch(name, NULL, &fetched);
        if (status) return status;
        opts.weights = fetched;
    }
    int status = linnet_model_create(model, name, data, &opts);
    if (status) cli_fail_library(status);
    linnet_free(fetched);
    return status;
}

int cli_model_load(linnet_model **model, const char *name, const linnet_data *data,
                   const struct linnet_model_opts *opts) {
    /* Neither a path nor an existing file: a misspelt architecture, for which the library suggests the nearest name. */
    bool is_name = !strpbrk(name, "/.") && !cli_model_exists(name);
    if (is_name || cli_model_is_arch(name)) return cli_model_create(model, name, data, opts);
    int status = opts ? refuse_opts(name, opts) : LINNET_OK;
    if (status) return status;
    status = linnet_model_open(model, name);
    return status ? cli_fail_library(status) : LINNET_OK;
}

const char *cli_model_input(const linnet_model *model, char out[32]) {
    int size = linnet_model_imgsz(model);
    snprintf(out, 32, "%d x %d %s", size, size, linnet_model_channels(model) == 1 ? "grey" : "RGB");
    return out;
}

/* A MODEL that does not exist is reported before a missing DATA, because it is probably a misspelt name, which the library can
 * correct. */
int cli_model_open_data(linnet_data **data, const char *model, const char *path,
                        const struct linnet_data_opts *opts, const char *usage) {
    int status;
    if (cli_model_is_run(model))
        status = linnet_data_open_run(data, model, path, opts);
    else if (path)
        status = linnet_data_open(data, path, opts);
    else if (!cli_model_exists(model) || is_closed(model))
        return cli_model_load(&(linnet_model *){NULL}, model, NULL, NULL); /* fails and reports the reason */
    else
        return cli_fail(LINNET_ERR_USAGE, "%s is not a run folder, so DATA is required; usage: linnet %s",
                        model, usage);
    return status ? cli_fail_library(status) : LINNET_OK;
}

void cli_model_warn_untrained(const char *name, const struct linnet_model_opts *opts, const char *what) {
    if (cli_model_is_arch(name) && !opts->weights)
        cli_warn("%s has untrained weights, so its %s are meaningless", name, what);
}

int cli_model_check_unknown(const linnet_model *model, const char *name) {
    char shown[CLI_SHOWN];
    if (isfinite(linnet_model_unknown_energy(model))) return LINNET_OK;
    return cli_fail(
        LINNET_ERR_USAGE,
        "--unknown: %s has no threshold for unknown images; training stores one if there are 20 or "
        "more validation images; --min-conf needs none",
        cli_text_printable(name, shown));
}
