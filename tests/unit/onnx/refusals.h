/* A table of graphs that are refused, with a part of the message. */
#ifndef LN_TESTS_ONNX_REFUSALS_H
#define LN_TESTS_ONNX_REFUSALS_H

#include "unit/onnx/graph_text.h"

/* What the cases read. r: a map; t: as [n, h, w, c]; p: padded; c: cut; f: rows; d: divided; q: probabilities; s: a sigmoid; k: a
 * shape; g: one colour; px, tx: images padded, as [n, h, w, c]. Nodes that a case does not need are not read. */
static const char graph_before[] =
    "zero = i64[1]:0; one = i64[1]:1; two = i64[1]:2; big = i64[1]:99; three = i64[3]:0,0,0; none = i64[0]:; "
    "v = f32[3]; w1 = f32[3,3,1,1]; w3 = f32[3,3,3,3]; wf = f32[192,2]; bad = i32[3,3,1,1]; bi = i32[3]; bn = i32[2];"
    "pads = i64[8]:0,0,0,0,0,0,0,0;"
    "Relu x > r; Transpose r > t perm=[0,2,3,1]; Pad r > p pads=[0,0,1,1,0,0,1,1]; Slice r zero big two two > c;"
    "Flatten r > f; Div f two > d; Softmax f > q; Sigmoid r > s; Tanh x > u; Shape r > k; Gather x one > g axis=1;"
    "Pad x > px pads=[0,0,1,1,0,0,1,1]; Transpose x > tx perm=[0,2,3,1];"
    "Constant > real value_float=2.0; Constant > int value_int=2;"
    "Tanh r > m; Pad m > pm pads=[0,0,1,1,0,0,1,1];";

struct refusal {
    const char *graph, *why; /* graph: appended to graph_before */
    const char *code;        /* NULL: the code given to graphs_refused */
};

/* Messages of several cases. */
#define MISSING  "an input is missing"
#define CONSTANT "its input is a constant or a shape"
#define CHANGED  "which is padded, cut or scaled"
#define LAST     "its input has its channels last"
#define MANY     "it holds more numbers than its use permits", "onnx-tensor"
#define GIVEN    "an input must be a constant of the file"

/* The graph `first` + `graph` is refused with this code, in a message about the file that contains `why`. */
static inline void graph_refused(const char *first, const char *graph, const char *code, const char *why) {
    struct ln_model *m = NULL;
    char text[4096];
    snprintf(text, sizeof text, "%s%s", first, graph);
    graph_write("m.onnx", text);
    ln_error_clear();
    const int status = ln_onnx_open(&m, "m.onnx", &(struct ln_onnx_open_opts){0});
    const struct ln_error *e = ln_error_get();
    if (status != LINNET_ERR_INPUT || strcmp(e->code, code) != 0 || !ln_text_starts(e->text, "m.onnx: ") ||
        !strstr(e->text, why))
        fail_msg("%s: %s, not '%s' [%s]", graph, ln_error_line(), why, code);
    assert_null(m);
    ln_error_clear();
}

static inline void graphs_refused(const struct refusal *cases, size_t count, const char *code) {
    for (size_t i = 0; i < count; i++)
        graph_refused(graph_before, cases[i].graph, cases[i].code ? cases[i].code : code, cases[i].why);
}

#endif
