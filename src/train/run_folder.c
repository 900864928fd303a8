/* The files of a run folder that are written at its beginning, and the results after each epoch. Every file is replaced
 * as a whole, so a reader never sees half of one. */
#include "train/run_folder.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "data/split.h"
#include "draw/draw.h"
#include "train/run_args.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Bytes of a results.csv: a million epochs. */
enum { RESULTS_MAX = 1 << 26 };

/* What a result depends on besides the options: with another oneDNN or another number of threads the last
 * digits differ. */
static int write_env(const char *dir, const struct linnet_train_opts *o) {
    struct ln_text t = {0};
    char date[32], host[128] = "", onednn[16];
    ln_dnn_version(onednn, sizeof onednn);
    if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
    ln_text_addf(&t, "{\n  \"linnet\": \"%s\",\n  \"onednn\": \"%s\",\n  \"date\": \"%s\",\n  \"host\": ",
                 LINNET_VERSION, onednn, ln_clock_date(date, sizeof date));
    ln_text_add_json(&t, host);
    ln_text_addf(&t, ",\n  \"threads\": %d\n}\n", o->threads);
    return ln_text_write(&t, dir, "env.json");
}

static int write_classes(const char *dir, const struct ln_model *model) {
    struct ln_text t = {0};
    for (int i = 0; i < model->classes; i++) {
        ln_text_add(&t, model->class_names[i]);
        ln_text_add(&t, "\n");
    }
    return ln_text_write(&t, dir, "classes.txt");
}

static int write_split(const char *dir, const struct ln_dataset *ds) {
    char *path = ln_file_join(dir, "split.csv");
    int status = path ? ln_split_file_write(ds, path) : LINNET_ERR_LIMIT;
    ln_free(path);
    return status;
}

/* Locks the folder. A program that watches it (linnet serve) takes a shared lock for a moment to see whether a run is active;
 * this function waits for such a lock, up to a fifth of a second. */
static bool flock_soon(int fd) {
    for (int tries = 20; flock(fd, LOCK_EX | LOCK_NB) != 0; tries--) {
        if (errno != EWOULDBLOCK || tries == 0) return false;
        ln_clock_sleep(0.01);
    }
    return true;
}

/* flock() on the folder itself: it leaves no file behind, and the kernel releases it however the process
 * ends. A file system without locks (some NFS) does not prevent the run. */
int ln_run_lock(const char *dir, int *lock) {
    LN_TRY(ln_file_make_folder(dir));
    *lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0 || flock_soon(*lock)) return LINNET_OK;
    const bool taken = errno == EWOULDBLOCK;
    close(*lock);
    *lock = -1;
    return taken
               ? ln_fail(
                     LINNET_ERR_USAGE, "run-locked",
                     "%s: another run is active in this folder; stop it, wait until it ends, or choose another "
                     "folder",
                     dir)
               : LINNET_OK;
}

void ln_run_unlock(int lock) {
    if (lock >= 0) close(lock);
}

/* The test is for args.json, not for the folder: a user may have made the folder, or put notes into it. */
int ln_run_check_free(const char *dir) {
    char *args = ln_file_join(dir, "args.json");
    if (!args) return LINNET_ERR_LIMIT;
    bool taken = ln_file_exists(args);
    ln_free(args);
    return taken
               ? ln_fail(LINNET_ERR_USAGE, "run-exists", "%s already holds a run; choose another folder", dir)
               : LINNET_OK;
}

int ln_run_begin(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                 const struct linnet_data_opts *data_opts, const struct linnet_train_opts *opts) {
    LN_TRY(ln_file_sync_name(dir)); /* the caller may have made it a moment ago */
    LN_TRY(ln_run_args_write(dir, model, ds, data_opts, opts));
    LN_TRY(write_env(dir, opts));
    LN_TRY(write_classes(dir, model));
    return write_split(dir, ds);
}

void ln_run_abandon(const char *dir) {
    static const char *const names[] = {"args.json", "env.json", "classes.txt", "split.csv", "progress.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = ln_file_join(dir, names[i]);
        if (path) (void)unlink(path);
        ln_free(path);
    }
}

/* Nine digits for what is computed, since a resumed run prints the rows again and they must not change; times
 * are rounded, as no two runs have the same. */
int ln_run_results(const char *dir, const struct ln_epoch *epochs, int count) {
    struct ln_text t = {0};
    ln_text_add(&t, "epoch,time_s,lr,train_loss,train_acc,val_loss,val_acc,images_per_s\n");
    for (int i = 0; i < count; i++) {
        const struct ln_epoch *e = &epochs[i];
        ln_text_addf(&t, "%d,%.3f,%.9g,%.9g,%.9g,%.9g,%.9g,%.1f\n", i + 1, e->time_s, e->lr, e->train_loss,
                     e->train_acc, e->val_loss, e->val_acc, e->images_per_s);
    }
    return ln_text_write(&t, dir, "results.csv");
}

/* Takes time_s, the second field of a row, and images_per_s, the last one. */
static void take_times(char *row, struct ln_epoch *epoch) {
    char *time = strchr(row, ','), *rate = strrchr(row, ','), *end = time ? strchr(time + 1, ',') : NULL;
    if (!end) return;
    *end = '\0';
    if (!ln_text_to_double(time + 1, 0, DBL_MAX, &epoch->time_s)) epoch->time_s = 0;
    if (!ln_text_to_double(rate + 1, 0, DBL_MAX, &epoch->images_per_s)) epoch->images_per_s = 0;
}

void ln_run_times(const char *dir, struct ln_epoch *epochs, int count) {
    unsigned char *text = NULL;
    size_t size;
    char *path = ln_file_join(dir, "results.csv"), *save = NULL;
    if (path && ln_file_read(path, RESULTS_MAX, &text, &size) == LINNET_OK) {
        char *row = strtok_r((char *)text, "\n", &save); /* the header */
        if (row) row = strtok_r(NULL, "\n", &save);
        for (int i = 0; row && i < count; i++, row = strtok_r(NULL, "\n", &save)) take_times(row, &epochs[i]);
    }
    ln_error_clear(); /* the times are only informative: a run continues without them */
    ln_free(text);
    ln_free(path);
}

int ln_run_columns(const struct ln_epoch *epochs, int count, struct ln_curves *curves, double **out) {
    double *columns = *out = ln_calloc((size_t)count * 4 + 1, sizeof *columns);
    bool watched = false;
    if (!columns) return LINNET_ERR_LIMIT;
    for (int i = 0; i < count; i++) {
        columns[i] = epochs[i].train_loss;
        columns[count + i] = epochs[i].train_acc;
        columns[2 * count + i] = epochs[i].val_loss;
        columns[3 * count + i] = epochs[i].val_acc;
        watched |= !isnan(epochs[i].val_loss);
    }
    curves->epochs = count;
    curves->train_loss = columns;
    curves->train_acc = columns + count;
    curves->val_loss = watched ? columns + 2 * count : NULL;
    curves->val_acc = watched ? columns + 3 * count : NULL;
    return LINNET_OK;
}

int ln_run_curves(const char *dir, const char *title, const struct ln_epoch *epochs, int count, int best,
                  const char *val_name) {
    struct ln_curves curves = {.title = title, .val_name = val_name, .best_epoch = best};
    double *columns = NULL;
    char *path = ln_file_join(dir, "results.png");
    int status = path ? ln_run_columns(epochs, count, &curves, &columns) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = ln_draw_curves(path, &curves);
    ln_free(columns);
    ln_free(path);
    return status;
}
