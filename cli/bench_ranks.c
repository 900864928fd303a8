/* The lines that a benchmark of several ranks prints below its table:
 *
 *     2 ranks     61.2 images/s together, 32.0 each alone: efficiency 96 %
 *     a step      compute 500 ms, exposed communication 22.1 ms; 46.8 MB of gradients took 81.0 ms in all
 *     64 ranks    1,804 images/s on the link of --model: 568 ms a step, 68.0 of them exposed: efficiency 88 %
 *
 * alone: the same step at the same time on all ranks, with nothing sent. */
#include "bench_ranks.h"
#include <stdio.h>

static double efficiency(const struct linnet_bench_result *r) {
    return r->images_per_s / (r->ranks * r->alone_images_per_s);
}

static double alone_ms(const struct linnet_bench_result *r) {
    return r->batch / r->alone_images_per_s * 1e3;
}

void bench_ranks_print(const struct linnet_bench_result *r) {
    printf("\n%-4d ranks  %.1f images/s together, %.1f each alone: efficiency %.0f %%\n", r->ranks,
           r->images_per_s, r->alone_images_per_s, 100 * efficiency(r));
    printf("a step      compute %.1f ms, exposed communication %.1f ms; %.1f MB of gradients took %.1f "
           "ms in all\n",
           alone_ms(r), r->exposed_ms, (double)r->gradient_bytes * 1e-6, r->comm_ms);
    if (r->link_ranks == 0) return;
    printf("%-4d ranks  %.0f images/s predicted for the link of --model: %.1f ms per step, %.1f of them "
           "exposed; efficiency %.0f %%\n",
           r->link_ranks, r->link_images_per_s, r->link_ms_per_step, r->link_exposed_ms,
           100 * r->link_images_per_s / (r->link_ranks * r->alone_images_per_s));
}

void bench_ranks_put_json(const struct linnet_bench_result *r, struct linnet_json *json) {
    linnet_json_int(json, "ranks", r->ranks);
    linnet_json_double(json, "alone_images_per_s", r->alone_images_per_s);
    linnet_json_double(json, "efficiency", efficiency(r));
    linnet_json_double(json, "comm_ms", r->comm_ms);
    linnet_json_double(json, "exposed_ms", r->exposed_ms);
    linnet_json_int(json, "gradient_bytes", r->gradient_bytes);
    if (r->link_ranks == 0) return;
    linnet_json_int(json, "link_ranks", r->link_ranks);
    linnet_json_double(json, "link_images_per_s", r->link_images_per_s);
    linnet_json_double(json, "link_ms_per_step", r->link_ms_per_step);
    linnet_json_double(json, "link_exposed_ms", r->link_exposed_ms);
}
