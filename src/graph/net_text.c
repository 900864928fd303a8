/* Prints a network in its text form, and parses that form. The parser trusts nothing. */
#include "base/alloc.h"
#include "graph/net.h"

#include <string.h>

static void print_node(const struct ln_net *net, const struct ln_node *node, struct ln_text *out) {
    ln_text_addf(out, "%s = %s(", node->name, node->op->name);
    for (int i = 0; i < node->inputs; i++)
        ln_text_addf(out, "%s%s", i ? " " : "", net->nodes[node->in[i]].name);
    ln_text_add(out, ")");
    ln_attr_print(node->op->attrs, node->attrs, out);
    ln_text_add(out, "\n");
}

int ln_net_print(const struct ln_net *net, char **text) {
    struct ln_text out = {0};
    const int64_t *in = net->nodes[0].out.dim;
    ln_text_addf(&out, "linnet 1\ninput %dx%dx%d\n", (int)in[1], (int)in[2], (int)in[3]);
    for (size_t i = 1; i < net->count; i++) print_node(net, &net->nodes[i], &out);
    for (int i = 0; i < net->output_count; i++) {
        const char *name = net->nodes[net->outputs[i].node].name;
        if (i == 0)
            ln_text_addf(&out, "output %s\n", name);
        else
            ln_text_addf(&out, "aux %.17g %s\n", net->outputs[i].weight, name);
    }
    return ln_text_take(&out, text);
}

/* ---- parsing ------------------------------------------------------------------------------------------- */

enum { LINE_MAX_BYTES = 1024, TEXT_MAX_BYTES = 4 << 20, WORDS_MAX = 32 };

struct parser {
    struct ln_net *net;
    int line;
};

static int refuse(const struct parser *p, const char *what, const char *word) {
    char shown[160];
    ln_text_printable(word, strlen(word), shown, sizeof shown);
    return ln_fail(LINNET_ERR_INPUT, "net-text", "network line %d: %s '%s'", p->line, what, shown);
}

/* Cuts the line into words at blanks and brackets. */
static int split_words(char *line, char *words[WORDS_MAX]) {
    int count = 0;
    char *rest;
    for (char *word = strtok_r(line, " \t\r()", &rest); word; word = strtok_r(NULL, " \t\r()", &rest)) {
        if (count == WORDS_MAX) return -1;
        words[count++] = word;
    }
    return count;
}

static bool find_node(const struct ln_net *net, const char *name, struct ln_value *value) {
    for (size_t i = net->count; i-- > 0;)
        if (strcmp(net->nodes[i].name, name) == 0) {
            value->id = (int)i;
            return true;
        }
    return false;
}

static int parse_input(struct parser *p, char *size) {
    int64_t side[3];
    char *rest = size;
    for (int i = 0; i < 3; i++) {
        char *word = strsep(&rest, "x");
        if (!word || (i == 2 && rest) || !ln_text_to_i64(word, 1, 65536, &side[i]))
            return ln_fail(LINNET_ERR_INPUT, "net-text", "network line %d: input needs CHANNELSxHEIGHTxWIDTH",
                           p->line);
    }
    if (p->net) return refuse(p, "a second", "input");
    p->net = ln_net_create((int)side[0], (int)side[1], (int)side[2]);
    return p->net ? p->net->status : LINNET_ERR_LIMIT;
}

/* NAME = OP ( INPUT ... ) ATTRIBUTE ... : words NAME, "=", OP, then inputs, then attributes. */
static int parse_node(struct parser *p, char **words, int count, int inputs) {
    const struct ln_op *op = ln_op_find(words[2]);
    if (!op || op->role == LN_ROLE_LOSS) return refuse(p, "unknown layer", words[2]);
    struct ln_value in[LN_OP_INPUTS];
    if (inputs < 1 || inputs > LN_OP_INPUTS) return refuse(p, "too few or too many inputs for", words[0]);
    for (int i = 0; i < inputs; i++)
        if (!find_node(p->net, words[3 + i], &in[i]))
            return refuse(p, "no layer with the name", words[3 + i]);
    void *attrs = ln_calloc(1, op->attrs_size + 1);
    int status = attrs ? LINNET_OK : LINNET_ERR_LIMIT;
    for (int i = 3 + inputs; i < count && status == LINNET_OK; i++)
        status = ln_attr_parse(op->attrs, attrs, words[i], words[0]);
    if (status == LINNET_OK) {
        ln_net_add(p->net, op, words[0], attrs, in, inputs);
        status = p->net->status;
    }
    ln_free(attrs);
    return status;
}

static int parse_output(struct parser *p, const char *name, const char *weight) {
    struct ln_value value;
    double w = 1;
    if (!find_node(p->net, name, &value)) return refuse(p, "no layer with the name", name);
    if (weight && !ln_text_to_double(weight, 0, 1e6, &w)) return refuse(p, "not a weight:", weight);
    if ((weight != NULL) != (p->net->output_count > 0)) return refuse(p, "one output, then aux lines:", name);
    ln_output_aux(p->net, value, w);
    return p->net->status;
}

/* The inputs are the words between the brackets. */
static int count_inputs(const char *line) {
    const char *open = strchr(line, '('), *close = open ? strchr(open, ')') : NULL;
    int count = 0;
    bool inside = false;
    for (const char *c = open ? open + 1 : NULL; close && c < close; c++) {
        bool blank = *c == ' ' || *c == '\t';
        count += !blank && !inside;
        inside = !blank;
    }
    return count;
}

static int parse_line(struct parser *p, char *line) {
    char *comment = strchr(line, '#');
    if (comment) *comment = '\0';
    int inputs = count_inputs(line);
    char *words[WORDS_MAX];
    int count = split_words(line, words);
    if (count == 0) return LINNET_OK;
    if (count < 0) return refuse(p, "too many words after", words[0]);
    if (strcmp(words[0], "input") == 0 && count == 2) return parse_input(p, words[1]);
    if (!p->net) return refuse(p, "the input must come first, not", words[0]);
    if (strcmp(words[0], "output") == 0 && count == 2) return parse_output(p, words[1], NULL);
    if (strcmp(words[0], "aux") == 0 && count == 3) return parse_output(p, words[2], words[1]);
    if (count >= 4 && strcmp(words[1], "=") == 0 && inputs <= count - 3)
        return parse_node(p, words, count, inputs);
    return refuse(p, "not understood:", words[0]);
}

static int parse_lines(struct parser *p, const char *text) {
    char line[LINE_MAX_BYTES];
    while (*text) {
        size_t length = strcspn(text, "\n");
        p->line++;
        if (length >= sizeof line)
            return ln_fail(LINNET_ERR_INPUT, "net-text", "network line %d: %zu bytes, at most %zu", p->line,
                           length, sizeof line - 1);
        memcpy(line, text, length);
        line[length] = '\0';
        if (p->line == 1) {
            if (strcmp(line, "linnet 1") != 0) return refuse(p, "'linnet 1' expected, not", line);
        } else
            LN_TRY(parse_line(p, line));
        text += length + (text[length] == '\n');
    }
    if (!p->net) return ln_fail(LINNET_ERR_INPUT, "net-text", "network: no input line");
    return ln_net_finish(p->net);
}

/* Layers report bad attributes as wrong usage; in a file they are bad input. */
static int blame_text(int status) {
    if (status != LINNET_ERR_USAGE) return status;
    struct ln_error error = *ln_error_get();
    error.status = LINNET_ERR_INPUT;
    ln_error_set(&error);
    return LINNET_ERR_INPUT;
}

int ln_net_parse(const char *text, struct ln_net **net) {
    struct parser p = {0};
    if (strnlen(text, TEXT_MAX_BYTES) == TEXT_MAX_BYTES)
        return ln_fail(LINNET_ERR_INPUT, "net-text", "network: more than %d bytes", TEXT_MAX_BYTES);
    int status = parse_lines(&p, text);
    if (status != LINNET_OK) {
        ln_net_destroy(p.net);
        return blame_text(status);
    }
    *net = p.net;
    return LINNET_OK;
}

/* ---- another size --------------------------------------------------------------------------------------- */

static int check_same_params(const struct ln_net *net, const struct ln_net *resized) {
    for (size_t i = 0; i < net->param_count; i++) {
        const struct ln_shape *a = &net->params[i].spec.shape, *b = &resized->params[i].spec.shape;
        if (!ln_shape_equal(a, b))
            return ln_fail(LINNET_ERR_USAGE, "net-size",
                           "%s would have another shape with inputs of %dx%d; this network takes one size",
                           net->params[i].name, (int)resized->nodes[0].out.dim[2],
                           (int)resized->nodes[0].out.dim[3]);
    }
    return LINNET_OK;
}

int ln_net_resized(const struct ln_net *net, int height, int width, struct ln_net **resized) {
    char *text;
    struct ln_text changed = {0};
    LN_TRY(ln_net_print(net, &text));
    const char *input = strchr(text, '\n') + 1, *layers = strchr(input, '\n');
    ln_text_addf(&changed, "linnet 1\ninput %dx%dx%d%s", (int)net->nodes[0].out.dim[1], height, width,
                 layers);
    ln_free(text);
    LN_TRY(ln_text_take(&changed, &text));
    int status = ln_net_parse(text, resized);
    ln_free(text);
    LN_TRY(status);
    status = check_same_params(net, *resized);
    if (status == LINNET_OK) return LINNET_OK;
    ln_net_destroy(*resized);
    *resized = NULL;
    return status;
}
