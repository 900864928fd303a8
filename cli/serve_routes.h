/* The handlers of the paths in serve_route.c. */
#ifndef CLI_SERVE_ROUTES_H
#define CLI_SERVE_ROUTES_H

struct serve_request;

/* serve_asset.c: a file of the pages, by the path of the route. */
void serve_asset(struct serve_request *r);

/* serve_about.c: health, models, metrics. */
void serve_health(struct serve_request *r);
void serve_metrics_page(struct serve_request *r);
void serve_models(struct serve_request *r);

/* serve_run_answer.c: runs that are watched */
void serve_runs_list(struct serve_request *r);
void serve_run_json(struct serve_request *r);
void serve_run_picture(struct serve_request *r);
void serve_run_mistake(struct serve_request *r);

/* serve_predict.c, serve_infer.c: POST */
void serve_predict(struct serve_request *r);
void serve_infer(struct serve_request *r);

/* serve_protocol.c: the Open Inference Protocol, version 2 */
void serve_server(struct serve_request *r);
void serve_live(struct serve_request *r);
void serve_ready(struct serve_request *r);
void serve_model_metadata(struct serve_request *r);
void serve_model_ready(struct serve_request *r);

#endif
