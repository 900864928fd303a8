/* What every JSON object about an explanation has, wherever it is printed. */
#ifndef CLI_EXPLAIN_JSON_H
#define CLI_EXPLAIN_JSON_H

#include <linnet/linnet.h>

/* The members class, probability, logit, predicted, method and layer. */
void cli_explain_json_class(struct linnet_json *json, const linnet_model *model,
                            const struct linnet_explanation *e);
/* The members most, the largest number of the map, and box, where the map lies in the picture. */
void cli_explain_json_extent(struct linnet_json *json, const struct linnet_explanation *e);

#endif
