/* Prediction: results in the order of the paths, unreadable images reported in that order too, folders, batches; an
 * image gets the same logits in any batch. */
#include "shapes.h"
#include "unit/base/short_memory.h"

#include <math.h>

enum { SEEN_MAX = 32 };

struct seen {
    int count;
    struct {
        char name[32], error[256];
        int status, order[SHAPES];
        float logits[SHAPES], probabilities[SHAPES];
    } list[SEEN_MAX];
};

static void on_prediction(void *user, const struct linnet_prediction *p) {
    struct seen *s = user;
    assert_in_range(s->count, 0, SEEN_MAX - 1);
    assert_int_equal(p->index, s->count);
    size_t at = (size_t)s->count++;
    snprintf(s->list[at].name, sizeof s->list[at].name, "%s", ln_file_name(p->path));
    s->list[at].status = p->status;
    if (p->status != LINNET_OK) {
        assert_true(p->error && p->code && !p->logits && !p->probabilities && !p->order && !p->width);
        snprintf(s->list[at].error, sizeof s->list[at].error, "%s", p->error);
        return;
    }
    assert_true(p->classes == SHAPES && p->width == 2 && p->height == 2 && !p->picture && !p->features);
    memcpy(s->list[at].logits, p->logits, sizeof s->list[at].logits);
    memcpy(s->list[at].probabilities, p->probabilities, sizeof s->list[at].probabilities);
    memcpy(s->list[at].order, p->order, sizeof s->list[at].order);
}

static struct ln_model *model_make(void) {
    struct ln_net *net;
    struct ln_model *m;
    const struct ln_arch_opts opts = {
        .classes = SHAPES, .channels = 3, .imgsz = 16}; /* conv2 gives 2x2, pooled to 1x1 */
    assert_int_equal(ln_arch_build("lenet", &opts, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, "lenet", net, 1), LINNET_OK);
    return m;
}

static int predict(const char *const *paths, size_t count, int batch, struct seen *seen) {
    struct ln_model *m = model_make();
    seen->count = 0;
    const struct linnet_predict_opts opts = {.batch = batch, .threads = 1};
    int status = ln_predict(m, paths, count, &opts, on_prediction, seen);
    ln_model_destroy(m);
    return status;
}

static void check_prediction(const struct seen *s, int i) {
    double sum = 0;
    for (int k = 0; k < SHAPES; k++) sum += s->list[i].probabilities[k];
    assert_true(fabs(sum - 1) < 1e-6);
    for (int k = 1; k < SHAPES; k++)
        assert_true(s->list[i].logits[s->list[i].order[k - 1]] >= s->list[i].logits[s->list[i].order[k]]);
}

static void test_order(void **state) {
    const struct fixture *f = *state;
    static struct seen seen, alone;
    char paths[5][256];
    const char *list[5];
    for (int i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "%c.png", "dbeac"[i]);
        put_photo(f, name, (unsigned char)(60 * i));
        list[i] = strcpy(paths[i], in(f, name));
    }
    for (int batch = 0; batch <= 6; batch++) {
        assert_int_equal(predict(list, 5, batch, &seen), LINNET_OK);
        assert_int_equal(seen.count, 5);
        for (int i = 0; i < 5; i++) {
            assert_true(seen.list[i].name[0] == "dbeac"[i] && seen.list[i].status == LINNET_OK);
            check_prediction(&seen, i);
            assert_int_equal(predict(&list[i], 1, 1, &alone), LINNET_OK);
            for (int k = 0; k < SHAPES; k++)
                if (!(fabsf(seen.list[i].logits[k] - alone.list[0].logits[k]) < 1e-5F))
                    fail_msg("batch %d, image %d: logit %d is %g, alone %g", batch, i, k,
                             seen.list[i].logits[k], alone.list[0].logits[k]);
        }
    }
}

/* Missing, empty, invalid and truncated files are reported in order; the others are still predicted. */
static void test_bad(void **state) {
    const struct fixture *f = *state;
    static struct seen seen;
    static const char *const names[] = {"good.png", "missing.png", "empty.png", "text.png", "again.png"};
    char paths[5][256];
    const char *list[5];
    put_photo(f, "good.png", 1);
    put_photo(f, "again.png", 2);
    put(f, "empty.png", "", 0);
    put_text(f, "text.png", "this is not an image");
    for (int i = 0; i < 5; i++) list[i] = strcpy(paths[i], in(f, names[i]));
    for (int batch = 1; batch <= 5; batch++) {
        assert_int_equal(predict(list, 5, batch, &seen), LINNET_OK);
        assert_int_equal(seen.count, 5);
        for (int i = 0; i < 5; i++) {
            assert_string_equal(seen.list[i].name, names[i]);
            assert_int_equal(seen.list[i].status, i == 0 || i == 4 ? LINNET_OK : LINNET_ERR_INPUT);
            if (seen.list[i].status == LINNET_OK) continue;
            assert_non_null(strstr(seen.list[i].error, list[i]));
            assert_non_null(strstr(seen.list[i].error, i == 1 ? "[file-open]" : "[img-"));
        }
    }
}

static void test_all_bad(void **state) {
    const struct fixture *f = *state;
    static struct seen seen;
    const char *list[1] = {in(f, "missing")};
    assert_int_equal(predict(list, 1, 0, &seen), LINNET_OK);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.list[0].status, LINNET_ERR_INPUT);
}

/* A folder is replaced by its files in byte order, then those of its sub-folders, without hidden files. */
static void test_folder(void **state) {
    const struct fixture *f = *state;
    static struct seen seen;
    char first[256], folder[256];
    put_photo(f, "z.png", 1);
    put_folder(f, "many");
    put_folder(f, "many/more");
    put_photo(f, "many/b.png", 1);
    put_photo(f, "many/a.png", 2);
    put_photo(f, "many/more/c.png", 2);
    put_text(f, "many/.hidden", "no image");
    put_folder(f, "many/.more");
    put_photo(f, "many/.more/d.png", 2);
    const char *list[] = {strcpy(first, in(f, "z.png")), strcpy(folder, in(f, "many"))};
    assert_int_equal(predict(list, 2, 0, &seen), LINNET_OK);
    assert_int_equal(seen.count, 4);
    assert_string_equal(seen.list[0].name, "z.png");
    assert_string_equal(seen.list[1].name, "a.png");
    assert_string_equal(seen.list[2].name, "b.png");
    assert_string_equal(seen.list[3].name, "c.png");
}

static void test_nothing(void **state) {
    const struct fixture *f = *state;
    static struct seen seen;
    put_folder(f, "none");
    const char *list[] = {in(f, "none")};
    assert_refused(predict(list, 1, 0, &seen), LINNET_ERR_INPUT, "predict-empty", "the folder has no files");
    assert_int_equal(predict(list, 0, 0, &seen), LINNET_OK);
    assert_int_equal(seen.count, 0);
}

/* True if the outcome of at least one image reports a lack of memory. */
static bool reported_memory(const struct seen *s) {
    bool reported = false;
    for (int i = 0; i < s->count; i++) reported |= s->list[i].status == LINNET_ERR_LIMIT;
    return reported;
}

static bool all_classified(const struct seen *s, int count) {
    for (int i = 0; i < s->count; i++)
        if (s->list[i].status != LINNET_OK) return false;
    return s->count == count;
}

/* Allocation n fails, or all from n on: the status or a picture's outcome reports the failure, and nothing leaks. A single
 * failure may go unreported while the memory for decoding is estimated: all pictures are then classified. */
static bool predict_failing(const struct ln_model *m, const char *const list[3], uint64_t n, bool for_good) {
    static struct seen seen;
    const struct linnet_predict_opts opts = {.threads = 1};
    const int64_t live = ln_alloc_live();
    const uint64_t calls = ln_alloc_count();
    struct short_memory memory;
    seen.count = 0;
    ln_error_clear();
    if (for_good)
        short_memory_begin(&memory, (int64_t)n);
    else
        ln_alloc_fail_at(n);
    int status = ln_predict(m, list, 3, &opts, on_prediction, &seen);
    ln_alloc_fail_at(0);
    const bool failed = for_good ? short_memory_end(&memory) : ln_alloc_count() - calls >= n;
    if (ln_alloc_live() != live) fail_msg("call %d: blocks are left", (int)n);
    const bool harmless = !for_good && all_classified(&seen, 3);
    if (failed && status != LINNET_ERR_LIMIT &&
        !(status == LINNET_OK && (reported_memory(&seen) || harmless)))
        fail_msg("call %d: status %d, '%s'", (int)n, status, ln_error_line());
    return failed;
}

static void test_memory_fails(void **state) {
    const struct fixture *f = *state;
    put_photo(f, "a.png", 1);
    put_photo(f, "b.png", 1);
    put_folder(f, "many");
    put_photo(f, "many/c.png", 2);
    char a[256], b[256], many[256];
    const char *list[] = {strcpy(a, in(f, "a.png")), strcpy(b, in(f, "b.png")), strcpy(many, in(f, "many"))};
    struct ln_model *m = model_make();
    for (int for_good = 0; for_good < 2; for_good++) {
        uint64_t n = 1;
        while (predict_failing(m, list, n, for_good)) n++;
        assert_true(n > 40);
    }
    ln_model_destroy(m);
    ln_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_order),  fixture_test(test_bad),     fixture_test(test_all_bad),
        fixture_test(test_folder), fixture_test(test_nothing), fixture_test(test_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
