/* Widths are measured in terminal columns (wcwidth), not bytes, so that class names in any script stay
 * aligned.
 *
 * Rows wait in table->cells until their widths are known: at CLI_TABLE_ROWS rows or at the end. After that
 * each row is printed as soon as it is full, with the widths of the first ones.
 */
#include "table.h"
#include "output.h"
#include "style.h"
#include "text.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static char *cell_at(const struct cli_table *table, int index) {
    return table->cells + (size_t)index * CLI_TABLE_CELL;
}

/* The last column may be long: on a terminal it is cut rather than wrapped, in a file or a pipe it stays
 * whole. */
static void print_cell(const struct cli_table *table, int column, int used, const char *text) {
    int space = table->width[column] - cli_text_width(text);
    bool last = column + 1 == table->count;
    if (space < 0) space = 0;
    if (table->columns[column].right)
        fprintf(table->out, "%*s%s", space, "", text);
    else if (!last)
        fprintf(table->out, "%s%*s", text, space, "");
    else {
        int room = cli_is_terminal(table->out) ? cli_terminal_width(table->out) - used : CLI_TABLE_CELL;
        size_t fit = cli_text_fit(text, room);
        if (text[fit] && room > 3)
            fprintf(table->out, "%.*s...", (int)cli_text_fit(text, room - 3), text);
        else
            fputs(text, table->out);
    }
    fputs(last ? "\n" : "  ", table->out);
}

static void print_row(const struct cli_table *table, const char *(*cell)(const struct cli_table *, int),
                      int first) {
    for (int i = 0, used = 0; i < table->count; i++) {
        print_cell(table, i, used, cell(table, first + i));
        used += table->width[i] + 2;
    }
}

static const char *title_at(const struct cli_table *table, int column) {
    return table->columns[column].title;
}

static const char *text_at(const struct cli_table *table, int index) {
    return cell_at(table, index);
}

static void print_heading(const struct cli_table *table) {
    struct cli_style style = cli_style_of(table->out);
    if (!table->columns[0].title) return;
    fputs(style.bold, table->out);
    print_row(table, title_at, 0);
    fputs(style.end, table->out);
}

/* Prints the waiting rows. The first call fixes the widths; a wider cell in a later row shifts only its own row. */
static void flush_rows(struct cli_table *table) {
    if (!table->widths_known) {
        for (int i = 0; i < table->filled; i++) {
            int *width = &table->width[i % table->count], own = cli_text_width(cell_at(table, i));
            if (own > *width) *width = own;
        }
        print_heading(table);
        table->widths_known = true;
    }
    for (int i = 0; i + table->count <= table->filled; i += table->count) print_row(table, text_at, i);
    table->filled = 0;
}

void cli_table_begin(struct cli_table *table, FILE *out, const struct cli_column *columns, int count) {
    *table = (struct cli_table){.out = out, .count = count};
    for (int i = 0; i < count; i++) {
        table->columns[i] = columns[i];
        table->width[i] = columns[i].title ? cli_text_width(columns[i].title) : 0;
    }
    table->cells = malloc((size_t)CLI_TABLE_ROWS * (size_t)count * CLI_TABLE_CELL);
}

void cli_table_cell(struct cli_table *table, const char *fmt, ...) {
    char raw[1024];
    va_list list;
    va_start(list, fmt);
    vsnprintf(raw, sizeof raw, fmt, list);
    va_end(list);
    if (!table->cells) return;
    cli_text_printable(raw, cell_at(table, table->filled++));
    bool row_is_full = table->filled % table->count == 0;
    int rows = table->filled / table->count;
    if (row_is_full && (rows == CLI_TABLE_ROWS || table->widths_known)) flush_rows(table);
}

int cli_table_end(struct cli_table *table) {
    if (!table->cells)
        return cli_fail(LINNET_ERR_LIMIT, "out of memory for a table of %d columns", table->count);
    flush_rows(table);
    free(table->cells);
    table->cells = NULL;
    return LINNET_OK;
}

void cli_table_drop(struct cli_table *table) {
    free(table->cells);
    table->cells = NULL;
}
