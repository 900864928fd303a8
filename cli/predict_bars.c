/* Predictions on a terminal: a line for each picture and class, with a bar.
 *
 *     photos/cat/1.png  cat  ━━━━━━━━━━━━━━──────   71.56%
 *                       dog  ━━━━━───────────────   28.44%
 *
 * Lines appear as the pictures are computed, so the widths are fixed before the first one. The width of the names follows
 * from the paths, or from the terminal if a folder is among them; that of the classes follows from the model's class names.
 * A name that is too long keeps its end, because names differ there.
 */
#include "bar.h"
#include "predict_sink.h"
#include "style.h"
#include "text.h"
#include <string.h>

enum { GAP = 2, PERCENT = 7, CLASS_MOST = 24, BAR_MOST = 24, BAR_WANTED = 16, BAR_LEAST = 4 };

struct widths {
    int name, class, bar;
};

static int least(int a, int b) {
    return a < b ? a : b;
}

static int bars_begin(struct cli_sink_state *s) {
    char shown[CLI_SHOWN];
    s->class_width = (int)strlen(CLI_UNSURE);
    for (int i = 0; i < linnet_model_classes(s->model); i++) {
        const int width = cli_text_width(cli_text_printable(linnet_model_class_name(s->model, i), shown));
        if (width > s->class_width) s->class_width = width;
    }
    return LINNET_OK;
}

/* Called for each picture, because the terminal may be resized. Names get the columns that a bar of BAR_WANTED leaves, or a
 * third of the terminal if that is more. */
static struct widths widths_of(const struct cli_sink_state *s) {
    const int all = cli_terminal_width(stdout) - 1, third = all / 3;
    struct widths w = {.class = least(s->class_width, least(CLASS_MOST, third))};
    const int taken = w.class + PERCENT + 3 * GAP, left = all - taken - BAR_WANTED;
    w.name = least(s->opts->name_width ? s->opts->name_width : 2 * all / 5, left > third ? left : third);
    w.bar = least(all - taken - w.name, BAR_MOST);
    return w;
}

/* "..." replaces the beginning of a name that is too long. */
static void put_name(const char *path, int columns) {
    char shown[CLI_SHOWN];
    const char *name = cli_text_printable(path, shown), *dots = "";
    if (cli_text_width(name) > columns) {
        dots = "...";
        while (*name && cli_text_width(name) > columns - 3) {
            const size_t narrow = cli_text_fit(name, 1);
            name += narrow ? narrow : cli_text_fit(name, 2);
        }
    }
    printf("%s%s%*s", dots, name, columns - cli_text_width(name) - (int)strlen(dots) + GAP, "");
}

static void put_class(const char *class, int columns, const char *colour, const char *end) {
    char shown[CLI_SHOWN];
    cli_text_printable(class, shown);
    shown[cli_text_fit(shown, columns)] = '\0';
    printf("%s%s%s%*s", colour, shown, end, columns - cli_text_width(shown) + GAP, "");
}

/* answer: this class is the prediction. */
static void put_share(const struct cli_sink_state *s, const struct widths *w, int label, double share,
                      bool answer) {
    const struct cli_style style = cli_style_of(stdout);
    char percent[CLI_NUMBER];
    put_class(linnet_model_class_name(s->model, label), w->class, answer ? style.bold : "",
              answer ? style.end : "");
    if (w->bar >= BAR_LEAST) {
        cli_bar(stdout, w->bar, share, answer ? style.green : "");
        printf("%*s", GAP, "");
    }
    printf("%*s\n", PERCENT, cli_text_percent(share, percent));
}

/* "unsure" has a line of its own, above the most probable classes. */
static void bars_put(struct cli_sink_state *s, const struct linnet_prediction *p) {
    if (p->status) return; /* reported on stderr by predict.c */
    const struct cli_style style = cli_style_of(stdout);
    const struct widths w = widths_of(s);
    const bool unsure = cli_predict_unsure(s, p);
    put_name(p->path, w.name);
    if (unsure) printf("%s%s%s\n%*s", style.red, CLI_UNSURE, style.end, w.name + GAP, "");
    for (int i = 0; i < s->opts->topk; i++) {
        if (i > 0) printf("%*s", w.name + GAP, "");
        put_share(s, &w, p->order[i], (double)p->probabilities[p->order[i]], i == 0 && !unsure);
    }
    fflush(stdout);
}

static int bars_end(struct cli_sink_state *s, bool good) {
    (void)s;
    (void)good;
    return LINNET_OK;
}

const struct cli_sink cli_sink_bars = {bars_begin, bars_put, bars_end};
