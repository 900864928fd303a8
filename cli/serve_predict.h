/* What the files of POST /predict share. */
#ifndef CLI_SERVE_PREDICT_H
#define CLI_SERVE_PREDICT_H

#include "serve_request.h"
#include <linnet/linnet.h>

/* Adds members to the JSON object of picture i, which was predicted. */
typedef void serve_predict_more(void *user, struct linnet_json *json, size_t i);

/* Writes the answer; more: NULL adds nothing. */
void serve_predict_write(const struct serve_request *r, FILE *out, serve_predict_more *more, void *user);

/* The HTTP status: 200 if at least one picture was predicted, otherwise that of the first picture's failure. */
int serve_predict_status(const struct serve_request *r);

/* serve_predict_explain.c: ?explain=1 and ?class=NAME. Refuses wrong values. */
void serve_predict_take_explain(struct serve_request *r);
/* Predicts the pictures of the request and explains them, in the thread that explains. */
void serve_predict_explain(struct serve_request *r);

#endif
