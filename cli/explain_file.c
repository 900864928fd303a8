/* The files of linnet explain. */
#include "explain_file.h"
#include "folder.h"
#include "npy.h"
#include "output.h"
#include "text.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { GRID = 256, CELLS_MOST = 100 }; /* side of a picture in the grid, and how many there are at most */
static const char grid_name[] = "grid";

static int out_of_memory(void) {
    return cli_fail(LINNET_ERR_LIMIT, "out of memory for the pictures of explain");
}

/* ---- the folder -------------------------------------------------------------------------------------------- */

/* The folder that holds a picture; a folder of pictures itself. */
static void folder_of(const char *path, char out[CLI_EXPLAIN_PATH]) {
    struct stat found;
    snprintf(out, CLI_EXPLAIN_PATH, "%s", path);
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) return;
    char *slash = strrchr(out, '/');
    if (slash)
        slash[slash == out] = 0;
    else
        strcpy(out, ".");
}

/* True if `inner` is `outer`, or, if `below` is set, in it at any depth. */
static bool is_in(const char *inner, const char *outer, bool below) {
    char *a = realpath(inner, NULL), *b = realpath(outer, NULL);
    const size_t length = b ? strlen(b) : 0;
    bool found = a && b && strcmp(a, b) == 0;
    if (a && b && below && strncmp(a, b, length) == 0) found |= a[length] == '/' || strcmp(b, "/") == 0;
    free(a);
    free(b);
    return found;
}

int cli_explain_begin(struct cli_explain_files *f, const char *const *paths, int count) {
    char folder[CLI_EXPLAIN_PATH], shown[CLI_SHOWN], photo[CLI_SHOWN];
    int status = cli_folder_make(f->folder, "-o");
    for (int i = 0; !status && i < count; i++) {
        struct stat found;
        const bool below = stat(paths[i], &found) == 0 && S_ISDIR(found.st_mode);
        folder_of(paths[i], folder);
        if (is_in(f->folder, folder, below))
            status = cli_fail(
                LINNET_ERR_USAGE,
                "-o %s: the folder holds %s, which could be replaced; choose a folder without pictures",
                cli_text_printable(f->folder, shown), cli_text_printable(paths[i], photo));
    }
    return status;
}

/* ---- names ------------------------------------------------------------------------------------------------- */

static bool is_taken(const struct cli_explain_files *f, const char *stem) {
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->stems[i], stem) == 0) return true;
    return strcmp(stem, grid_name) == 0;
}

static int keep_stem(struct cli_explain_files *f, const char *stem) {
    if (f->count == f->capacity) {
        const size_t capacity = 2 * f->capacity + 16;
        char **grown = realloc(f->stems, capacity * sizeof *grown);
        if (!grown) return out_of_memory();
        f->stems = grown;
        f->capacity = capacity;
    }
    f->stems[f->count] = strdup(stem);
    return f->stems[f->count] ? (f->count++, LINNET_OK) : out_of_memory();
}

/* The first free one of "photo", "photo-2", "photo-3" ... */
static int choose_stem(struct cli_explain_files *f, const char *path, char out[NAME_MAX + 1]) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    const int length = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
    snprintf(out, NAME_MAX + 1, "%.*s", length, name);
    for (int number = 2; is_taken(f, out); number++)
        snprintf(out, NAME_MAX + 1, "%.*s-%d", length < NAME_MAX - 16 ? length : NAME_MAX - 16, name, number);
    return keep_stem(f, out);
}

/* ---- files ------------------------------------------------------------------------------------------------- */

/* "cat 93.12%"; for a class that is not the predicted one also "(predicted dog)". */
static void title_of(const struct cli_explain_files *f, const struct linnet_explanation *e,
                     char title[CLI_SHOWN]) {
    char percent[CLI_NUMBER];
    int at = snprintf(title, CLI_SHOWN, "%.100s  %s", linnet_model_class_name(f->model, e->target),
                      cli_text_percent((double)e->probability, percent));
    if (e->target != e->predicted)
        snprintf(title + at, (size_t)(CLI_SHOWN - at), "  (predicted %.80s)",
                 linnet_model_class_name(f->model, e->predicted));
}

/* A cell of the grid: a copy, because a picture is valid only during the callback. */
static int add_cell(struct cli_explain_files *f, const struct linnet_explanation *e, const char *title) {
    const int longer = e->width > e->height ? e->width : e->height;
    const double fit = longer > GRID ? (double)GRID / longer : 1;
    int width = (int)(e->width * fit), height = (int)(e->height * fit);
    if (f->cell_count == CELLS_MOST) {
        f->left_out++;
        return LINNET_OK;
    }
    if (!f->cells) f->cells = calloc(CELLS_MOST, sizeof *f->cells);
    if (width < 1) width = 1;
    if (height < 1) height = 1;
    unsigned char *pixels = malloc((size_t)width * (size_t)height * 3);
    char *kept = strdup(title);
    if (!f->cells || !pixels || !kept) {
        free(pixels);
        free(kept);
        return out_of_memory();
    }
    f->cells[f->cell_count++] =
        (struct linnet_grid_cell){.pixels = pixels, .width = width, .height = height, .title = kept};
    int status = linnet_explanation_overlay(e, width, height, pixels);
    return status ? cli_fail_library(status) : LINNET_OK;
}

int cli_explain_write(struct cli_explain_files *f, const struct linnet_explanation *e) {
    char stem[NAME_MAX + 1], title[CLI_SHOWN], shown[CLI_SHOWN];
    int status = choose_stem(f, e->path, stem);
    if (status) return status;
    f->npy[0] = 0;
    if (snprintf(f->png, sizeof f->png, "%s/%s.png", f->folder, stem) >= CLI_EXPLAIN_PATH)
        return cli_fail(LINNET_ERR_IO, "%s: %s; choose another folder with -o",
                        cli_text_printable(f->folder, shown), strerror(ENAMETOOLONG));
    if (f->with_npy) snprintf(f->npy, sizeof f->npy, "%.*snpy", (int)strlen(f->png) - 3, f->png);
    title_of(f, e, title);
    status = linnet_explanation_draw(e, f->png, title);
    if (status) return cli_fail_library(status);
    if (f->with_npy) status = cli_npy_write(f->npy, e->map, (size_t)e->map_height, (size_t)e->map_width);
    return status ? status : add_cell(f, e, title);
}

/* ---- the grid ---------------------------------------------------------------------------------------------- */

static int draw_grid(const struct cli_explain_files *f) {
    char path[CLI_EXPLAIN_PATH], shown[CLI_SHOWN];
    if (f->cell_count < 2) return LINNET_OK;
    if (snprintf(path, sizeof path, "%s/%s.png", f->folder, grid_name) >= CLI_EXPLAIN_PATH)
        return cli_fail(LINNET_ERR_IO, "%s: %s", cli_text_printable(f->folder, shown),
                        strerror(ENAMETOOLONG));
    if (f->left_out)
        cli_warn("%s: shows only the first %zu of %zu pictures", cli_text_printable(path, shown),
                 f->cell_count, f->cell_count + f->left_out);
    int status = linnet_draw_grid(path, f->cells, f->cell_count, 0, NULL);
    return status ? cli_fail_library(status) : LINNET_OK;
}

int cli_explain_end(struct cli_explain_files *f, bool good) {
    int status = good ? draw_grid(f) : LINNET_OK;
    for (size_t i = 0; i < f->cell_count; i++) {
        free((void *)f->cells[i].pixels);
        free((void *)f->cells[i].title);
    }
    for (size_t i = 0; i < f->count; i++) free(f->stems[i]);
    free(f->cells);
    free(f->stems);
    return status;
}
