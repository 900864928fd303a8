/* linnet bench --loader:
 *
 *     data    photos, 25,000 images per epoch
 *     loader  224 px, batch 32, 2 workers
 *     first   412 images/s
 *     then    1,730 images/s, 3,210 MB of decoded photos kept
 *
 * The first epoch reads and decodes files; later ones find the decoded photos in memory, which is why the two
 * rates are shown apart. A network that trains faster than "then" waits for its images.
 */
#include "bench_loader.h"
#include "json.h"
#include "output.h"
#include "text.h"

static void print_json(const char *path, const struct linnet_bench_loader_result *r) {
    struct linnet_json json = cli_json_to(stdout, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "data", path);
    linnet_json_int(&json, "images", r->images);
    linnet_json_int(&json, "skipped", r->skipped);
    linnet_json_int(&json, "batch", r->batch);
    linnet_json_int(&json, "imgsz", r->imgsz);
    linnet_json_int(&json, "workers", r->workers);
    linnet_json_int(&json, "epochs", r->epochs);
    linnet_json_double(&json, "first_images_per_s", r->first_images_per_s);
    linnet_json_double(&json, "images_per_s", r->images_per_s);
    linnet_json_double(&json, "cache_mb", r->cache_mb);
    linnet_json_double(&json, "rss_mb", r->rss_mb);
    linnet_json_end(&json);
}

static void print_text(const char *path, const struct linnet_bench_loader_result *r) {
    char shown[CLI_SHOWN], a[CLI_NUMBER], b[CLI_NUMBER];
    printf("data    %s, %s images per epoch", cli_text_printable(path, shown), cli_text_count(r->images, a));
    if (r->skipped > 0) printf(", %s could not be read", cli_text_count(r->skipped, b));
    printf("\nloader  %d px, batch %d, %d worker%s\n", r->imgsz, r->batch, r->workers,
           r->workers == 1 ? "" : "s");
    printf("first   %s images/s\n", cli_text_count((int64_t)(r->first_images_per_s + 0.5), a));
    if (r->epochs > 1) printf("then    %s images/s", cli_text_count((int64_t)(r->images_per_s + 0.5), a));
    if (r->epochs > 1 && r->cache_mb > 0)
        printf(", %s MB of decoded photos kept", cli_text_count((int64_t)(r->cache_mb + 0.5), a));
    if (r->epochs > 1) putchar('\n');
}

/* If the data has no parts of its own, all images are loaded, not the 80 % of the default split. */
static int open_data(linnet_data **data, const char *path) {
    int status = linnet_data_open(data, path, NULL);
    if (status || linnet_data_has_parts(*data)) return status;
    linnet_data_close(*data);
    *data = NULL;
    return linnet_data_open(data, path, LINNET_OPTS(data, .split = "100,0,0"));
}

int cli_bench_loader(const char *path, const struct linnet_bench_loader_opts *opts, bool json) {
    linnet_data *data = NULL;
    struct linnet_bench_loader_result result = {.size = sizeof result};
    int status = open_data(&data, path);
    if (!status) status = linnet_bench_loader(data, opts, &result);
    linnet_data_close(data);
    if (status) return cli_fail_library(status);
    (json ? print_json : print_text)(path, &result);
    return LINNET_OK;
}
