/* The files of linnet embed. */
#include "embed_file.h"
#include "csv.h"
#include "folder.h"
#include "npy.h"
#include "output.h"
#include "text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 4096, TITLE = 512 };

static int out_of_memory(void) {
    cli_fail(LINNET_ERR_LIMIT, "out of memory for the files of embed");
    return LINNET_ERR_LIMIT;
}

/* DIR/NAME into out[PATH]. */
static int path_of(const struct cli_embed_files *f, const char *name, char out[PATH]) {
    char shown[CLI_SHOWN];
    if (snprintf(out, PATH, "%s/%s", f->folder, name) < PATH) return LINNET_OK;
    return cli_fail(LINNET_ERR_IO, "%s: %s; choose another folder with -o",
                    cli_text_printable(f->folder, shown), strerror(ENAMETOOLONG));
}

static bool is_inside(const char *inner, const char *outer) {
    char *a = realpath(inner, NULL), *b = realpath(outer, NULL);
    const size_t length = b ? strlen(b) : 0;
    const bool found = a && b && strncmp(a, b, length) == 0 && (a[length] == '/' || a[length] == 0);
    free(a);
    free(b);
    return found;
}

int cli_embed_begin(const struct cli_embed_files *f) {
    char folder[CLI_SHOWN], data[CLI_SHOWN];
    const int status = cli_folder_make(f->folder, "-o");
    if (status || !is_inside(f->folder, linnet_data_path(f->data))) return status;
    (void)rmdir(f->folder); /* removes it only if it is empty, as a new folder is */
    return cli_fail(LINNET_ERR_USAGE,
                    "-o %s: the folder is inside the data, %s, so its pictures would be read as data; choose "
                    "another folder",
                    cli_text_printable(f->folder, folder),
                    cli_text_printable(linnet_data_path(f->data), data));
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static const char *class_of(const struct cli_embed_files *f, int64_t image) {
    return linnet_data_class_name(f->data, f->embedding->images[image].label);
}

static const char *part_of(enum linnet_part part) {
    static const char *const names[] = {"", "train", "val", "test"};
    return names[part];
}

/* path,class,part of an image, without a trailing comma. */
static void put_image(FILE *out, const struct cli_embed_files *f, int64_t image) {
    cli_csv_string(out, f->embedding->images[image].path);
    fputc(',', out);
    cli_csv_string(out, class_of(f, image));
    fprintf(out, ",%s", part_of(f->embedding->images[image].part));
}

/* Nine digits, so that each float can be read back exactly. */
static int write_features_csv(const struct cli_embed_files *f, const char *path) {
    const struct linnet_embedding *e = f->embedding;
    struct cli_file file;
    const int status = cli_file_begin(&file, path);
    if (status) return status;
    fputs("path,class,part", file.stream);
    for (int k = 0; k < e->feature_count; k++) fprintf(file.stream, ",f%d", k);
    fputc('\n', file.stream);
    for (int64_t i = 0; i < e->count; i++) {
        put_image(file.stream, f, i);
        for (int k = 0; k < e->feature_count; k++)
            fprintf(file.stream, ",%.9g", (double)e->features[i * e->feature_count + k]);
        fputc('\n', file.stream);
    }
    return cli_file_commit(&file);
}

int cli_embed_write_features(const struct cli_embed_files *f) {
    char path[PATH];
    int status = path_of(f, "features.npy", path);
    if (!status)
        status = cli_npy_write(path, f->embedding->features, (size_t)f->embedding->count,
                               (size_t)f->embedding->feature_count);
    if (!status) status = path_of(f, "features.csv", path);
    return status ? status : write_features_csv(f, path);
}

/* ---- the map ------------------------------------------------------------------------------------------------ */

static int write_map_csv(const struct cli_embed_files *f, const double *places) {
    char path[PATH];
    struct cli_file file;
    int status = path_of(f, "map.csv", path);
    if (!status) status = cli_file_begin(&file, path);
    if (status) return status;
    fputs("path,class,part,x,y\n", file.stream);
    for (int64_t i = 0; i < f->embedding->count; i++) {
        put_image(file.stream, f, i);
        fprintf(file.stream, ",%.9g,%.9g\n", places[2 * i], places[2 * i + 1]);
    }
    return cli_file_commit(&file);
}

static void axis_name(const char *name, double share, char out[TITLE]) {
    char percent[CLI_NUMBER];
    snprintf(out, TITLE, "%s component, %s of the variance", name, cli_text_percent(share, percent));
}

static int draw_map(const struct cli_embed_files *f, const double *places, const double shares[2],
                    int *labels, const char **names) {
    const struct linnet_embedding *e = f->embedding;
    char path[PATH], title[TITLE], x[TITLE], y[TITLE], count[CLI_NUMBER];
    int status = path_of(f, "map.png", path);
    if (status) return status;
    for (int64_t i = 0; i < e->count; i++) labels[i] = e->images[i].label;
    for (int i = 0; i < linnet_data_classes(f->data); i++) names[i] = linnet_data_class_name(f->data, i);
    axis_name("first", shares[0], x);
    axis_name("second", shares[1], y);
    snprintf(title, sizeof title, "%s images by %.200s: %d features", cli_text_count(e->count, count),
             f->model, e->feature_count);
    status = linnet_draw_map(path, LINNET_OPTS(map, .count = e->count, .places = places, .labels = labels,
                                               .classes = linnet_data_classes(f->data), .class_names = names,
                                               .title = title, .x_name = x, .y_name = y));
    return status ? cli_fail_library(status) : LINNET_OK;
}

int cli_embed_write_map(const struct cli_embed_files *f, double shares[2]) {
    const size_t n = (size_t)f->embedding->count;
    double *places = calloc(n, 2 * sizeof *places);
    int *labels = calloc(n, sizeof *labels);
    const char **names = calloc((size_t)linnet_data_classes(f->data), sizeof *names);
    int status = places && labels && names ? LINNET_OK : out_of_memory();
    if (!status && (status = linnet_embedding_map(f->embedding, places, shares))) cli_fail_library(status);
    if (!status) status = write_map_csv(f, places);
    if (!status) status = draw_map(f, places, shares, labels, names);
    free(places);
    free(labels);
    free(names);
    return status;
}

/* ---- similar photos ------------------------------------------------------------------------------------------ */

enum { SIDE = 448 }; /* largest width and height of a picture in the sheet, in pixels */

static void on_prediction(void *user, const struct linnet_prediction *p) {
    struct cli_similar *s = user;
    if (p->status) {
        cli_fail(p->status, "%s", p->error);
        return;
    }
    const size_t features = (size_t)p->feature_count * sizeof *s->features;
    const size_t pixels = 3 * (size_t)p->picture_width * (size_t)p->picture_height;
    s->features = malloc(features);
    s->picture = malloc(pixels);
    if (!s->features || !s->picture) return;
    memcpy(s->features, p->features, features);
    memcpy(s->picture, p->picture, pixels);
    s->feature_count = p->feature_count;
    s->width = p->picture_width;
    s->height = p->picture_height;
}

static void on_similar(void *user, const struct linnet_prediction *p) {
    if (!((struct cli_similar *)user)->features) on_prediction(user, p);
}

int cli_similar_look(struct cli_similar *s, const linnet_model *model, const struct linnet_embed_opts *opts) {
    char shown[CLI_SHOWN];
    struct stat found;
    if (stat(s->path, &found) == 0 && S_ISDIR(found.st_mode))
        return cli_fail(LINNET_ERR_USAGE, "--similar %s: is a folder; name a picture",
                        cli_text_printable(s->path, shown));
    const struct linnet_predict_opts predict = {.size = sizeof predict,
                                                .batch = 1,
                                                .threads = opts->threads,
                                                .dtype = opts->dtype,
                                                .conv = opts->conv,
                                                .features = true,
                                                .picture = SIDE,
                                                .tta = "none"};
    int status = linnet_predict(model, &s->path, 1, &predict, on_similar, s);
    if (status) return cli_fail_library(status);
    if (s->features && s->picture) return LINNET_OK;
    return s->features || s->picture ? out_of_memory() : LINNET_ERR_INPUT; /* reported in the callback */
}

int cli_similar_find(struct cli_similar *s, const struct linnet_embedding *e, int wanted) {
    s->count = e->count < wanted ? (int)e->count : wanted;
    s->nearest = calloc((size_t)s->count, sizeof *s->nearest);
    if (!s->nearest) return out_of_memory();
    const int status = linnet_embedding_nearest(e, s->features, s->nearest, s->count);
    return status ? cli_fail_library(status) : LINNET_OK;
}

void cli_similar_free(struct cli_similar *s) {
    free(s->features);
    free(s->picture);
    free(s->nearest);
}

struct similar_sheet {
    struct linnet_grid_cell *cells; /* [count + 1]: the photo, then its neighbours */
    char (*titles)[TITLE];
    struct linnet_image **images; /* [count] */
};

static int fill_cells(const struct cli_embed_files *f, const struct cli_similar *s,
                      struct similar_sheet *sheet) {
    const char *slash = strrchr(s->path, '/');
    snprintf(sheet->titles[0], TITLE, "%.200s\nthe photo", slash ? slash + 1 : s->path);
    sheet->cells[0] = (struct linnet_grid_cell){
        .pixels = s->picture, .width = s->width, .height = s->height, .title = sheet->titles[0]};
    for (int i = 0; i < s->count; i++) {
        const struct linnet_embedded *image = &f->embedding->images[s->nearest[i].image];
        snprintf(sheet->titles[i + 1], TITLE, "%.200s  %.4f\n%.200s", class_of(f, s->nearest[i].image),
                 s->nearest[i].similarity, image->path);
        const int status = linnet_data_image(&sheet->images[i], f->data, image->sample, SIDE);
        if (status) return cli_fail_library(status);
        sheet->cells[i + 1] = (struct linnet_grid_cell){.pixels = sheet->images[i]->pixels,
                                                        .width = sheet->images[i]->width,
                                                        .height = sheet->images[i]->height,
                                                        .title = sheet->titles[i + 1]};
    }
    return LINNET_OK;
}

int cli_embed_write_similar(const struct cli_embed_files *f, const struct cli_similar *s) {
    const size_t cells = (size_t)s->count + 1;
    char path[PATH];
    struct similar_sheet sheet = {.cells = calloc(cells, sizeof *sheet.cells),
                                  .titles = calloc(cells, sizeof *sheet.titles),
                                  .images = calloc(cells, sizeof *sheet.images)};
    int status =
        sheet.cells && sheet.titles && sheet.images ? path_of(f, "similar.png", path) : out_of_memory();
    if (!status) status = fill_cells(f, s, &sheet);
    if (!status && (status = linnet_draw_grid(path, sheet.cells, cells, 0, "Nearest by features")))
        cli_fail_library(status);
    for (int i = 0; sheet.images && i < s->count; i++) linnet_image_free(sheet.images[i]);
    free(sheet.cells);
    free(sheet.titles);
    free(sheet.images);
    return status;
}
