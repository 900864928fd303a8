/* linnet embed: the features of a data set, a map of it, and the photos that are similar to one. */
#include "command.h"
#include "embed_file.h"
#include "json.h"
#include "model.h"
#include "output.h"
#include "stop.h"
#include "table.h"
#include "text.h"
#include "watch.h"
#include <string.h>

struct embed_args {
    struct linnet_model_opts model;
    struct linnet_data_opts data;
    struct linnet_embed_opts embed;
    const char *part, *output, *similar;
    int nearest;
    bool json;
};

static const char *part_choice(int index) {
    static const char *const names[] = {"train", "val", "test", NULL};
    return names[index];
}

#define OPTS struct embed_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, output), .preset_name = "embed", .flag = "output", .letter = 'o', .value = "DIR",
     .help = "write the files into DIR", .detail = "DIR must not be inside DATA."},
    {CLI_ROW(STRING, similar), .flag = "similar", .value = "PHOTO",
     .help = "find the images of DATA that are most similar to PHOTO",
     .detail = "Similarity is the cosine of the angle between the features: 1 for the photo itself and its "
               "copies."},
    {CLI_ROW(INT, nearest), .flag = "nearest", .value = "N", .preset = 9, .min = 1, .max = 99,
     .goes_with = "similar", .help = "with --similar: how many images"},
    {CLI_ROW(STRING, part), .choice = part_choice, .default_text = "all", .flag = "part", .group = "data",
     .help = "embed only the images of this part"},
    {CLI_SEED_ROW, .default_text = "the run's, else 0", .group = "data", .help = "seed of the split"},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags embed_flags[] = {
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights "},
    {own, .presets = true},
    {linnet_data_options, .at = offsetof(OPTS, data), .only = " split split-file limit "},
    {linnet_embed_options, .at = offsetof(OPTS, embed)},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* ---- output -------------------------------------------------------------------------------------------------- */

struct found {
    struct cli_embed_files files;
    struct cli_similar similar;
    double shares[2];
};

static int print_text(const struct found *f) {
    static const struct cli_column columns[] = {{"similarity", true}, {.title = "class"}, {.title = "path"}};
    const struct linnet_embedding *e = f->files.embedding;
    char count[CLI_NUMBER], first[CLI_NUMBER], second[CLI_NUMBER], shown[CLI_SHOWN];
    struct cli_table table;
    cli_text_printable(f->files.folder, shown);
    printf("features  %d of each of %s images  %s/features.npy, features.csv\n", e->feature_count,
           cli_text_count(e->count, count), shown);
    printf("map       %s and %s of the variance  %s/map.png, map.csv\n",
           cli_text_percent(f->shares[0], first), cli_text_percent(f->shares[1], second), shown);
    if (!f->similar.path) return LINNET_OK;
    printf("similar   to %s  ", cli_text_printable(f->similar.path, shown));
    printf("%s/similar.png\n\n", cli_text_printable(f->files.folder, shown));
    cli_table_begin(&table, stdout, columns, sizeof columns / sizeof *columns);
    for (int i = 0; i < f->similar.count; i++) {
        const struct linnet_embedded *image = &e->images[f->similar.nearest[i].image];
        cli_table_cell(&table, "%.4f", f->similar.nearest[i].similarity);
        cli_table_cell(&table, "%s", linnet_data_class_name(f->files.data, image->label));
        cli_table_cell(&table, "%s", image->path);
    }
    return cli_table_end(&table);
}

static int print_json(const struct found *f) {
    const struct linnet_embedding *e = f->files.embedding;
    struct linnet_json json = cli_json_to(stdout, 1);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "folder", f->files.folder);
    linnet_json_int(&json, "images", e->count);
    linnet_json_int(&json, "skipped", e->skipped);
    linnet_json_int(&json, "features", e->feature_count);
    linnet_json_begin(&json, "variance", '[');
    for (int i = 0; i < 2; i++) linnet_json_double(&json, NULL, f->shares[i]);
    linnet_json_end(&json);
    if (f->similar.path) {
        linnet_json_string(&json, "photo", f->similar.path);
        linnet_json_begin(&json, "similar", '[');
        for (int i = 0; i < f->similar.count; i++) {
            const struct linnet_embedded *image = &e->images[f->similar.nearest[i].image];
            linnet_json_begin(&json, NULL, '{');
            linnet_json_string(&json, "path", image->path);
            linnet_json_string(&json, "class", linnet_data_class_name(f->files.data, image->label));
            linnet_json_double(&json, "similarity", f->similar.nearest[i].similarity);
            linnet_json_end(&json);
        }
        linnet_json_end(&json);
    }
    linnet_json_end(&json);
    return LINNET_OK;
}

/* ---- the command ----------------------------------------------------------------------------------------------- */

static int write_files(struct found *f, int nearest) {
    int status = cli_embed_write_features(&f->files);
    if (!status) status = cli_embed_write_map(&f->files, f->shares);
    if (status || !f->similar.path) return status;
    status = cli_similar_find(&f->similar, f->files.embedding, nearest);
    return status ? status : cli_embed_write_similar(&f->files, &f->similar);
}

static int compute(struct linnet_embedding **embedding, const linnet_model *model, const linnet_data *data,
                   struct embed_args *args) {
    struct cli_watch watch;
    cli_watch_begin(&watch, "embed");
    for (int i = 0; args->part; i++)
        if (!strcmp(part_choice(i), args->part)) {
            args->embed.part = (enum linnet_part)(LINNET_TRAIN + i);
            break;
        }
    args->embed.stop = cli_stop_watch();
    args->embed.on_event = cli_watch_event;
    args->embed.user = &watch;
    const int status = linnet_embed(embedding, model, data, &args->embed);
    cli_watch_end(&watch, args->embed.dir);
    return status ? cli_fail_library(status) : LINNET_OK;
}

/* The photo comes first, so that a misspelt name is reported before the long computation. */
static int embed(const linnet_model *model, const linnet_data *data, struct embed_args *args,
                 const char *name) {
    struct linnet_embedding *embedding = NULL;
    args->embed.dir = args->output;
    struct found found = {.files = {.folder = args->embed.dir, .model = name, .data = data},
                          .similar.path = args->similar};
    int status = cli_embed_begin(&found.files);
    if (!status && args->similar) status = cli_similar_look(&found.similar, model, &args->embed);
    if (!status) status = compute(&embedding, model, data, args);
    found.files.embedding = embedding;
    if (!status) status = write_files(&found, args->nearest);
    if (!status) status = args->json ? print_json(&found) : print_text(&found);
    cli_similar_free(&found.similar);
    linnet_embedding_free(embedding);
    return status;
}

static int embed_run(int argc, char **argv) {
    struct embed_args args = {
        .model.size = sizeof args.model, .data.size = sizeof args.data, .embed.size = sizeof args.embed};
    struct cli_positional positional;
    linnet_model *model = NULL;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_embed, argc, argv, &args, &positional);
    if (status) return status;
    const char *name = positional.items[0];
    status = cli_model_open_data(&data, name, positional.count > 1 ? positional.items[1] : NULL, &args.data,
                                 cli_command_embed.usage);
    if (!status) status = cli_model_load(&model, name, data, &args.model);
    if (!status) {
        cli_model_warn_untrained(name, &args.model, "features");
        status = embed(model, data, &args, name);
    }
    linnet_model_destroy(model);
    linnet_data_close(data);
    return status;
}

const struct cli_command cli_command_embed = {
    .name = "embed",
    .group = "train and use",
    .summary = "extract features, draw a map of a data set, find similar photos",
    .usage = "embed MODEL [DATA] [flags]",
    .about = "MODEL is a run folder, a model file or an architecture's name with --weights. DATA is a "
             "data set; its classes may differ from those of the model. DATA may be omitted if MODEL is a "
             "run. The features of an image are the input of the last layer with weights. They are "
             "written into DIR as features.npy (float32) and features.csv; map.png and map.csv show their "
             "first two principal components, coloured by class. An image that cannot be read is "
             "reported, skipped, and listed in skipped.csv.",
    .example = "linnet embed runs/train photos --similar cat.jpg",
    .min_args = 1,
    .max_args = 2,
    .computes = true,
    .flags = embed_flags,
    .run = embed_run,
};
