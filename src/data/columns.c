/* The column names that people use. */
#include "data/columns.h"
#include "base/text.h"
#include "data/part_name.h"
#include <string.h>
#include <strings.h>

enum { NAMES_MOST = 12 };

static const char *const column_names[LN_COLUMNS][NAMES_MOST] = {
    [LN_COLUMN_PATH] = {"path", "file", "filename", "file_name", "filepath", "file_path", "image",
                        "image_path", "image_name", "img", "img_path"},
    [LN_COLUMN_LABEL] = {"label", "class", "class_name", "category", "target", "labels", "classname"},
    [LN_COLUMN_PART] = {"part", "split", "subset", "set"},
};

static enum ln_column column_named(const char *name) {
    for (int c = 0; c < LN_COLUMNS; c++)
        for (int i = 0; i < NAMES_MOST && column_names[c][i]; i++)
            if (strcasecmp(name, column_names[c][i]) == 0) return (enum ln_column)c;
    return LN_COLUMNS;
}

void ln_columns_read(struct ln_columns *columns, const struct ln_csv *csv) {
    *columns = (struct ln_columns){.at = {-1, -1, -1}, .count = csv->count};
    for (int i = 0; i < csv->count; i++) {
        enum ln_column c = column_named(csv->fields[i]);
        if (c < LN_COLUMNS && columns->at[c] < 0) columns->at[c] = i;
    }
}

int ln_columns_check(const struct ln_columns *columns, const struct ln_csv *csv) {
    if (csv->count == columns->count) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "list-columns", "%s: line %zu: %d fields, but the first row has %d",
                   csv->path, csv->line, csv->count, columns->count);
}

const char *ln_columns_field(const struct ln_columns *columns, const struct ln_csv *csv, enum ln_column c) {
    return columns->at[c] < 0 ? "" : csv->fields[columns->at[c]];
}

int ln_columns_part(const struct ln_columns *columns, const struct ln_csv *csv, enum linnet_part *part) {
    const char *word = ln_columns_field(columns, csv, LN_COLUMN_PART);
    *part = ln_part_named(word, strlen(word));
    if (*word == '\0' || *part != LINNET_PART_DEFAULT) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "list-part", "%s: line %zu: part '%.*s' must be train, val or test",
                   csv->path, csv->line, LN_TEXT_CUT(word));
}
