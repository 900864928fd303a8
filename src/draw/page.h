/* Writes a self-contained HTML page: its pictures are embedded and it loads nothing. It is built piece by
 * piece, from ln_page_begin to ln_page_end:
 *
 *     struct ln_text page = {0};
 *     ln_page_begin(&page, "lenet on fashion-mnist");
 *     struct ln_page_table t = ln_page_table(&page, 2, false);
 *     ln_page_cell(&t, "accuracy");
 *     ln_page_cell(&t, "%.2f %%", 91.3);
 *     ln_page_table_end(&t);
 *     LN_TRY(ln_page_picture(&page, "runs/train", "results.png", "Loss and accuracy"));
 *     ln_page_end(&page);
 *     return ln_text_write(&page, "runs/train", "report.html");
 *
 * Text may hold any bytes: all of it is escaped, so none is interpreted as markup.
 */
#ifndef LN_DRAW_PAGE_H
#define LN_DRAW_PAGE_H

#include "base/text.h"

void ln_page_begin(struct ln_text *page, const char *title);
void ln_page_heading(struct ln_text *page, const char *text);
void ln_page_end(struct ln_text *page);

/* Cells fill rows of `columns` from left to right. `head`: the first row holds the column names. */
struct ln_page_table {
    struct ln_text *page;
    int columns, at;
    bool head;
};
struct ln_page_table ln_page_table(struct ln_text *page, int columns, bool head);
void ln_page_cell(struct ln_page_table *table, const char *fmt, ...) LN_PRINTF(2, 3);
void ln_page_table_end(struct ln_page_table *table);

/* Embeds the PNG dir/name with its caption; does nothing if the file does not exist. */
LN_MUST_CHECK int ln_page_picture(struct ln_text *page, const char *dir, const char *name,
                                  const char *caption);

#endif
