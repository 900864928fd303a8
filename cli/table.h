/* Tables with aligned columns, filled cell by cell. Widths are taken from the first hundred rows, so that a long table
 * appears while it is computed and needs little memory.
 *
 *     struct cli_table table;
 *     cli_table_begin(&table, stdout, (const struct cli_column[]){{"name"}, {"parameters", true}}, 2);
 *     cli_table_cell(&table, "%s", name);
 *     cli_table_cell(&table, "%s", count);
 *     cli_table_end(&table);
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CLI_TABLE_COLUMNS = 32, CLI_TABLE_ROWS = 100, CLI_TABLE_CELL = 256 };

struct cli_column {
    const char *title; /* NULL: the table has no heading */
    bool right;        /* align to the right, for numbers */
};

struct cli_table {
    FILE *out;
    struct cli_column columns[CLI_TABLE_COLUMNS];
    int width[CLI_TABLE_COLUMNS];
    int count;         /* columns */
    char *cells;       /* [CLI_TABLE_ROWS][count][CLI_TABLE_CELL]; NULL: no memory */
    int filled;        /* cells not yet printed */
    bool widths_known; /* from then on the heading is printed and rows follow at once */
};

void cli_table_begin(struct cli_table *table, FILE *out, const struct cli_column *columns, int count);
/* Appends the next cell, row by row. Text from files is made printable here. */
void cli_table_cell(struct cli_table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints the remaining rows and frees the table. LINNET_ERR_LIMIT, reported on stderr, if memory ran out. */
int cli_table_end(struct cli_table *table);

/* Frees the table after a failure, without printing the waiting rows or a heading. */
void cli_table_drop(struct cli_table *table);

#endif
