/* The runs that are watched: run folders, and folders of run folders. The latter are searched for each request, because new
 * runs begin. A run folder is a folder that holds args.json.
 *
 *     serve_runs.c       the list of runs
 *     serve_run_file.c   reading the files of a run folder, which may hold anything
 *     serve_run.c        the contents of the files: settings, epochs, progress, state
 *     serve_run_answer.c the answers
 *     serve_explain.h    explanations of their mistakes
 */
#ifndef CLI_SERVE_RUNS_H
#define CLI_SERVE_RUNS_H

#include "serve_model.h"
#include <stdbool.h>

enum {
    SERVE_RUNS_ROOTS = SERVE_MODELS_MAX,
    SERVE_RUNS_MOST = 1000, /* runs that are listed */
};

struct serve_runs {
    struct serve_runs_root {
        const char *path;
        char name[SERVE_MODEL_NAME_MAX];
        bool many; /* a folder of runs */
    } roots[SERVE_RUNS_ROOTS];
    int count;
};

/* The kind of an argument of `linnet serve`. SERVE_ONE_RUN: a run folder. SERVE_MANY_RUNS: any other folder without a
 * best.safetensors. */
enum serve_path_kind {
    SERVE_NO_RUN,
    SERVE_ONE_RUN,
    SERVE_MANY_RUNS,
};
enum serve_path_kind serve_runs_kind(const char *path);

/* Adds a run folder or a folder of runs; the path is borrowed. The runs of a folder have their own folders' names, or
 * FOLDER:RUN if more than one folder is added. */
void serve_runs_add(struct serve_runs *runs, const char *path, enum serve_path_kind kind);

/* A run as it is visited; `folder` is open and stays the caller's. */
struct serve_runs_visit {
    const char *name; /* in addresses */
    const char *path; /* as a person would type it */
    int folder;
};
/* Calls visit for each run, in the order of the arguments and of the names, until it returns false. Links in a folder of runs
 * are not followed. */
void serve_runs_each(const struct serve_runs *runs,
                     bool (*visit)(void *user, const struct serve_runs_visit *v), void *user);

#endif
