/* What the files of POST /predict share. */
#ifndef CLI_SERVE_PREDICT_H
#define CLI_SERVE_PREDICT_H

#include "serve_request.h"
#include <linnet/linnet.h>

/* Adds members to the JSON object of picture i, which was predicted. */
typedef void serve_predict_more(void *user, struct linnet_json *json, size_t i);

/* Writes the answer; more: NULL adds nothing. */
void serve_predict_write(const struct serve_request *r, FILE *out, serve_predict_more *more, void *user);

/* serve_predict_explain.c: ?explain=1 and ?class=NAME. Refuses wrong values. */
void serve_predict_take_explain(struct serve_request *r);
/* Once the pictures are predicted: holds the answer back until they are explained too. */
void serve_predict_explain(struct serve_request *r);

#endif
