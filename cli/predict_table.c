/* Predictions as a table: path, predicted class, probability, then the next most probable classes. The column
 * "predicted" may be "unsure" (--min-conf, --unknown); the probability beside it is still that of the most
 * probable class, so that a threshold can be chosen by looking. */
#include "predict_sink.h"
#include "style.h"
#include "text.h"

static const char *figure(const struct cli_sink_state *s, const struct linnet_prediction *p, int label,
                          char out[CLI_NUMBER]) {
    if (!s->opts->logits) return cli_text_percent((double)p->probabilities[label], out);
    snprintf(out, CLI_NUMBER, "%.9g", (double)p->logits[label]);
    return out;
}

static int table_begin(struct cli_sink_state *s) {
    struct cli_column columns[CLI_TABLE_COLUMNS] = {
        {.title = "path"}, {.title = "predicted"}, {s->opts->logits ? "logit" : "probability", true}};
    static const char *const next[] = {"second", "third"};
    int count = 3;
    for (int i = 1; i < s->opts->topk; i++) {
        columns[count++].title = i <= 2 ? next[i - 1] : "then";
        columns[count++] = (struct cli_column){s->opts->logits ? "logit" : "prob.", .right = true};
    }
    cli_table_begin(&s->table, stdout, columns, count);
    return LINNET_OK;
}

static void table_put(struct cli_sink_state *s, const struct linnet_prediction *p) {
    char text[CLI_NUMBER];
    if (p->status) return; /* reported on stderr by predict.c */
    cli_table_cell(&s->table, "%s", p->path);
    for (int i = 0; i < s->opts->topk; i++) {
        cli_table_cell(&s->table, "%s",
                       i ? linnet_model_class_name(s->model, p->order[i]) : cli_predict_name(s, p));
        cli_table_cell(&s->table, "%s", figure(s, p, p->order[i], text));
    }
}

/* After a failure the rows that were computed are still printed, but not a heading above an empty table. */
static int table_end(struct cli_sink_state *s, bool good) {
    if (good || s->table.widths_known || s->table.filled > 0) return cli_table_end(&s->table);
    cli_table_drop(&s->table);
    return LINNET_OK;
}

const struct cli_sink cli_sink_table = {table_begin, table_put, table_end};
