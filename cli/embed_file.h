/* The files of linnet embed: a folder with features.npy, features.csv, map.png, map.csv and similar.png. */
#ifndef CLI_EMBED_FILE_H
#define CLI_EMBED_FILE_H

#include <linnet/linnet.h>

struct cli_embed_files {
    const char *folder, *model; /* the folder to write; MODEL, for titles */
    const linnet_data *data;
    const struct linnet_embedding *embedding;
};

/* The photo of --similar and its neighbours. */
struct cli_similar {
    const char *path;
    float *features;        /* [feature_count]; freed by cli_similar_free */
    unsigned char *picture; /* RGB, [height][width][3]; freed likewise */
    int feature_count, width, height;
    struct linnet_neighbour *nearest; /* [count]; freed likewise */
    int count;
};

/* Creates the folder. LINNET_ERR_USAGE if it is in DATA's folder, where it would become a class. Failures of these functions
 * are reported on stderr. */
int cli_embed_begin(const struct cli_embed_files *files);
int cli_embed_write_features(const struct cli_embed_files *files);
int cli_embed_write_map(const struct cli_embed_files *files, double shares[2]);
int cli_embed_write_similar(const struct cli_embed_files *files, const struct cli_similar *similar);

/* Computes the features of the photo at similar->path. */
int cli_similar_look(struct cli_similar *similar, const linnet_model *model,
                     const struct linnet_embed_opts *opts);
/* Fills nearest[count]; count is `wanted`, or the number of images if that is smaller. */
int cli_similar_find(struct cli_similar *similar, const struct linnet_embedding *embedding, int wanted);
void cli_similar_free(struct cli_similar *similar);

#endif
