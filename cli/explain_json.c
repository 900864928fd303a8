#include "explain_json.h"

void cli_explain_json_class(struct linnet_json *json, const linnet_model *model,
                            const struct linnet_explanation *e) {
    linnet_json_string(json, "class", linnet_model_class_name(model, e->target));
    linnet_json_double(json, "probability", (double)e->probability);
    linnet_json_double(json, "logit", (double)e->logit);
    linnet_json_string(json, "predicted", linnet_model_class_name(model, e->predicted));
    linnet_json_string(json, "method", e->method);
    linnet_json_string(json, "layer", e->layer);
}

void cli_explain_json_extent(struct linnet_json *json, const struct linnet_explanation *e) {
    linnet_json_double(json, "most", (double)e->most);
    linnet_json_begin(json, "box", '[');
    linnet_json_double(json, NULL, e->left);
    linnet_json_double(json, NULL, e->top);
    linnet_json_double(json, NULL, e->right);
    linnet_json_double(json, NULL, e->bottom);
    linnet_json_end(json);
}
