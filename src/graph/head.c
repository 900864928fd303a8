/* The head of a network, which is its last layer with weights, and the backbone, which is everything before
 * it. Tuning a pretrained network replaces the head and may keep the backbone.
 */
#include "graph/net.h"

#include <string.h>

int ln_net_head(const struct ln_net *net, int output) {
    int at = net->outputs[output].node;
    while (at > 0 && net->nodes[at].params == 0) at = net->nodes[at].in[0];
    return at;
}

void ln_net_backbone(const struct ln_net *net, bool *backbone) {
    size_t head = (size_t)ln_net_head(net, 0);
    ln_net_needed(net, backbone);
    for (size_t i = 1; i < net->count; i++) /* an auxiliary head trains the backbone and belongs to it */
        backbone[i] = !backbone[i] || (net->nodes[i].params > 0 && i != head);
    backbone[0] = false;
    for (size_t i = net->count; i-- > 1;)
        for (int j = 0; backbone[i] && j < net->nodes[i].inputs; j++)
            if (net->nodes[i].in[j] > 0) backbone[net->nodes[i].in[j]] = true;
}
