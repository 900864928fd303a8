/* Reads the input as a network's text. If it is valid, its printed form must parse and print to the same
 * text, and its summary and costs must work; an error must have a message. */
#include "base/alloc.h"
#include "graph/net.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok) {
    if (!ok) abort();
}

static void taken_check(const struct ln_net *net) {
    char *text, *again, *table, *dot;
    struct ln_net *parsed;
    check(ln_net_print(net, &text) == LINNET_OK);
    check(ln_net_parse(text, &parsed) == LINNET_OK);
    check(ln_net_print(parsed, &again) == LINNET_OK);
    check(strcmp(text, again) == 0);
    check(ln_net_summary(net, 1 << 20, true, &table) == LINNET_OK);
    check(ln_net_dot(net, &dot) == LINNET_OK);
    check(ln_net_macs(net) >= 0 && ln_net_parameters(net) >= 0 && ln_net_classes(net) > 0);
    ln_net_destroy(parsed);
    ln_free(text);
    ln_free(again);
    ln_free(table);
    ln_free(dot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    check(text != NULL);
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    struct ln_net *net = NULL;
    int64_t live = ln_alloc_live();
    ln_error_clear();
    int status = ln_net_parse(text, &net);
    if (status == LINNET_OK)
        taken_check(net);
    else
        check((status == LINNET_ERR_INPUT || status == LINNET_ERR_LIMIT) && ln_error_get()->status == status);
    ln_net_destroy(net);
    check(ln_alloc_live() == live);
    free(text);
    return 0;
}
