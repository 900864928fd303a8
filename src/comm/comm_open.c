/* Finds out whether mpirun started this process, and loads the module for its MPI.
 *
 * Every mpirun describes the rank in the environment: Open MPI's by OMPI_COMM_WORLD_..., MPICH's and its relatives' by PMI_...
 * A module is a private file of the installation: linnet/mpi-NAME.so in a library folder of the program's prefix, or
 * mpi-NAME.so beside the program in a build tree.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "comm/impl.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the environment ------------------------------------------------------------------------------------- */

/* One MPI each: its name, the variables with rank and size, the same on this machine, and the package to build with. */
static const struct {
    const char *mpi, *rank, *size, *local_rank, *local_size, *package;
} kinds[] = {
    {"openmpi", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE", "libopenmpi-dev"},
    {"mpich", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", "libmpich-dev"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* The number in a variable; `otherwise` if it is not set, or is not a number in [least, most]. */
static int number_of(const char *name, int least, int most, int otherwise) {
    const char *text = getenv(name);
    char *end;
    if (!text || !*text) return otherwise;
    const long value = strtol(text, &end, 10);
    return *end == '\0' && value >= least && value <= most ? (int)value : otherwise;
}

struct linnet_ranks_place ln_comm_place(void) {
    enum { MOST = 1 << 20 };
    for (int i = 0; i < KINDS; i++) {
        const int size = number_of(kinds[i].size, 1, MOST, 0);
        const int rank = number_of(kinds[i].rank, 0, size - 1, -1);
        if (size < 1 || rank < 0) continue;
        const int local_size = number_of(kinds[i].local_size, 1, size, 1);
        return (struct linnet_ranks_place){.mpi = kinds[i].mpi,
                                           .rank = rank,
                                           .size = size,
                                           .local_rank = number_of(kinds[i].local_rank, 0, local_size - 1, 0),
                                           .local_size = local_size};
    }
    return (struct linnet_ranks_place){.size = 1, .local_size = 1};
}

/* ---- the module ------------------------------------------------------------------------------------------ */

/* Loads mpi-NAME.so from FOLDER/BETWEEN; NULL on failure. RTLD_GLOBAL, because MPI loads plug-ins that need its symbols. */
static void *load_from(const char *folder, const char *between, const char *mpi) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%smpi-%s.so", folder, between, mpi);
    return access(path, R_OK) == 0 ? dlopen(path, RTLD_NOW | RTLD_GLOBAL) : NULL;
}

/* The folder of the file that holds this code: the program, or liblinnet.so. */
static bool own_folder(char *out, size_t size) {
    Dl_info info;
    char real[PATH_MAX];
    if (!dladdr(kinds, &info) || !info.dli_fname || !realpath(info.dli_fname, real)) {
        const ssize_t length = readlink("/proc/self/exe", real, sizeof real - 1);
        if (length <= 0) return false;
        real[length] = '\0';
    }
    char *slash = strrchr(real, '/');
    if (!slash) return false;
    *slash = '\0';
    snprintf(out, size, "%s", real);
    return true;
}

static void *load(const char *mpi) {
    static const char *const places[] = {
        "",
        "linnet/",
        "../lib/linnet/",
        "../" LN_LIBDIR "/linnet/",
    };
    const char *given = getenv("LINNET_MPI_DIR");
    char folder[PATH_MAX];
    if (given && *given) return load_from(given, "", mpi);
    if (!own_folder(folder, sizeof folder)) return NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        void *library = load_from(folder, places[i], mpi);
        if (library) return library;
    }
    return NULL;
}

static const char *package_of(const char *mpi) {
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].mpi, mpi) == 0) return kinds[i].package;
    return "";
}

/* A module that cannot be loaded (dlerror) was built for a library that is not installed. */
static int find_module(const char *mpi, const struct ln_comm_module **module) {
    dlerror();
    void *library = load(mpi);
    const char *reason = library ? NULL : dlerror();
    ln_comm_module_fn *get = library ? (ln_comm_module_fn *)dlsym(library, LN_COMM_MODULE_NAME) : NULL;
    *module = get ? get() : NULL;
    if (*module && (*module)->abi == LN_COMM_ABI) return LINNET_OK;
    if (reason)
        return ln_fail(LINNET_ERR_LIMIT, "mpi-module",
                       "mpirun started this program, but mpi-%s.so cannot be loaded: %s", mpi, reason);
    return ln_fail(LINNET_ERR_LIMIT, "mpi-module",
                   "mpirun started this program, but it has no mpi-%s.so%s; install linnet-%s, or install %s "
                   "and build linnet again",
                   mpi, *module ? " of the same version" : "", mpi, package_of(mpi));
}

int ln_comm_open(linnet_ranks **out) {
    const struct linnet_ranks_place env = ln_comm_place();
    const struct ln_comm_module *module;
    *out = NULL;
    if (env.size == 1) return LINNET_OK;
    LN_TRY(find_module(env.mpi, &module));
    linnet_ranks *c = ln_calloc(1, sizeof *c);
    if (!c) return LINNET_ERR_LIMIT;
    c->module = module;
    c->local_size = env.local_size;
    const int code = module->start(&c->start);
    if (code == 0) {
        *out = c;
        return LINNET_OK;
    }
    ln_free(c);
    return ln_comm_failed(module, code);
}
