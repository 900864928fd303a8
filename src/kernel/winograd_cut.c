/* How the work of a pass of Winograd's minimal filtering is divided among threads. */
#include "kernel/winograd_cut.h"
#include "base/size.h"
#include "kernel/tuning.h"

enum { STRIP_FEW = 4 };

/* Strips of equal height; only the last one may have fewer rows. */
static void cut_rows(struct ln_cut *cut, const struct ln_cut_opts *o) {
    int64_t strip = o->strip;
    while (strip > STRIP_FEW && o->input_bytes(o->pass, strip) > o->room) strip -= o->shrink;
    cut->strips = ln_ceil_of(o->height, strip);
    cut->strip = ln_ceil_of(o->height, cut->strips);
}

int64_t ln_cut_divisor(int64_t n, int64_t most) {
    int64_t d = ln_larger(1, ln_smaller(n, most));
    while (n % d) d--;
    return d;
}

static void cut_images(struct ln_cut *cut, const struct ln_cut_opts *o) {
    int64_t fitting = o->room / o->input_bytes(o->pass, cut->strip);
    int64_t enough = ln_ceil_of(o->positions, cut->strip * o->tiles), most = ln_smaller(fitting, enough);
    cut->images =
        o->even ? ln_cut_divisor(o->n, most) : ln_larger(1, ln_smaller(most, o->n / (2 * o->parts)));
    cut->groups = ln_ceil_of(o->n, cut->images);
}

/* If there are so few pieces that threads would get unequal numbers of them, the channels are divided too. */
static void cut_channels(struct ln_cut *cut, const struct ln_cut_opts *o) {
    int64_t pieces = cut->groups * cut->strips;
    bool equal = pieces % o->parts == 0 || pieces >= LN_TUNE_PIECES_MANY * o->parts;
    cut->blocks = o->blocks;
    cut->splits = equal ? 1 : ln_smaller(o->parts, o->blocks);
}

void ln_cut_make(struct ln_cut *cut, const struct ln_cut_opts *opts) {
    *cut = (struct ln_cut){.n = opts->n, .height = opts->height};
    cut_rows(cut, opts);
    cut_images(cut, opts);
    cut_channels(cut, opts);
}

int64_t ln_cut_pieces(const struct ln_cut *cut) {
    return cut->groups * cut->strips * cut->splits;
}

struct ln_piece ln_cut_piece(const struct ln_cut *cut, int64_t i) {
    int64_t split = i % cut->splits, strip = i / cut->splits % cut->strips;
    int64_t n0 = i / cut->splits / cut->strips * cut->images, top = strip * cut->strip;
    return (struct ln_piece){
        .n0 = n0,
        .n1 = ln_smaller(n0 + cut->images, cut->n),
        .top = top,
        .rows = ln_smaller(cut->strip, cut->height - top),
        .block0 = cut->blocks * split / cut->splits,
        .block1 = cut->blocks * (split + 1) / cut->splits,
    };
}
