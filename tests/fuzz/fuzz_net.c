/* Reads the input as a network's text. If it is valid, its printed form must parse and print to the same text, its summary
 * and costs must work, and for another input size it must print the same text except for that size, or be refused; an error
 * must have a message; nothing may leak. */
#include "fuzz.h"
#include "graph/net.h"

/* Compares two texts without their second line, the input's size. */
static bool same_layers(const char *a, const char *b) {
    return strcmp(strchr(strchr(a, '\n') + 1, '\n'), strchr(strchr(b, '\n') + 1, '\n')) == 0;
}

static void resized_check(const struct ln_net *net, const char *text, int height, int width) {
    struct ln_net *resized;
    char *printed;
    ln_error_clear();
    int status = ln_net_resized(net, height, width, &resized);
    if (status != LINNET_OK) {
        check(ln_error_get()->status == status && ln_error_get()->text[0]);
        return;
    }
    check(ln_net_print(resized, &printed) == LINNET_OK && same_layers(text, printed));
    check(ln_net_parameters(resized) == ln_net_parameters(net));
    ln_net_destroy(resized);
    ln_free(printed);
}

/* Other parts of the program look up a dropout's rate by its name, "p". */
static void rates_check(const struct ln_net *net) {
    for (size_t i = 1; i < net->count; i++) {
        const double *p = ln_attr_real(net->nodes[i].op->attrs, net->nodes[i].attrs, "p");
        check(!p || (*p >= 0 && *p <= 1));
    }
}

static void parsed_check(const struct ln_net *net) {
    const int64_t *input = net->nodes[0].out.dim;
    char *first_text, *second_text, *table, *dot;
    struct ln_net *second;
    check(ln_net_print(net, &first_text) == LINNET_OK);
    check(ln_net_parse(first_text, &second) == LINNET_OK);
    check(ln_net_print(second, &second_text) == LINNET_OK && strcmp(first_text, second_text) == 0);
    check(ln_net_summary(net, 1 << 20, true, &table) == LINNET_OK);
    check(ln_net_dot(net, &dot) == LINNET_OK);
    check(ln_net_macs(net) >= 0 && ln_net_parameters(net) >= 0 && ln_net_classes(net) > 0);
    rates_check(net);
    resized_check(net, first_text, (int)input[2] + 8, (int)input[3] + 3);
    resized_check(net, first_text, 1, 1);
    ln_net_destroy(second);
    ln_free(first_text);
    ln_free(second_text);
    ln_free(table);
    ln_free(dot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_net *net = NULL;
    char *text = fuzz_text(data, size);
    int64_t live = ln_alloc_live();
    ln_error_clear();
    int status = ln_net_parse(text, &net);
    if (status == LINNET_OK)
        parsed_check(net);
    else
        check((status == LINNET_ERR_INPUT || status == LINNET_ERR_LIMIT) && ln_error_get()->status == status);
    ln_net_destroy(net);
    check(ln_alloc_live() == live);
    free(text);
    return 0;
}
