/* Models: saving and loading is exact, also after training; a failed save keeps the old file; a failing
 * allocation is reported and leaks nothing. */
#include "base/rng.h"
#include "model/model.h"
#include "safetensors_folder.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

enum { BATCH = 8, CLASSES = 4 };

static char names[CLASSES][20] = {"cat", "", "na\xc3\xafve \"x\", y\n\\", "\xe7\x8c\xab"};
static char *const class_names[CLASSES] = {names[0], names[1], names[2], names[3]};

/* A network with state that is not trained: running statistics, and a counter, which is stored as an
 * integer. */
static const char *const normalised =
    "linnet 1\ninput 3x6x6\nc = conv(input) out=18 kernel=3\nb = batchnorm(c)\n"
    "r = relu(b)\nf = flatten(r)\nl = linear(f) out=4\noutput l\n";

static struct ln_model *model_make(const char *arch, int channels, int imgsz) {
    struct ln_net *net;
    struct ln_model *m;
    struct ln_arch_opts opts = {.classes = CLASSES, .channels = channels, .imgsz = imgsz};
    if (strcmp(arch, "custom") == 0)
        assert_int_equal(ln_net_parse(normalised, &net), LINNET_OK);
    else
        assert_int_equal(ln_arch_build(arch, &opts, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, arch, net, 7), LINNET_OK);
    assert_int_equal(ln_model_name_classes(m, class_names, CLASSES), LINNET_OK);
    m->preprocess.mean[0] = 0.1307F;
    m->preprocess.std[0] = 1.0F / 3;
    m->preprocess.resize = imgsz + 3;
    m->preprocess.interpolation = LN_BICUBIC;
    return m;
}

/* ---- training steps with a plain update, without src/optim -------------------------------------------- */

struct batch {
    float *images;
    int32_t labels[BATCH];
};

static struct batch batch_make(const struct ln_model *m) {
    const struct ln_preprocess *pp = &m->preprocess;
    size_t count = (size_t)BATCH * (size_t)(pp->channels * pp->height * pp->width);
    struct batch b = {.images = test_malloc(count * sizeof *b.images)};
    for (size_t i = 0; i < count; i++) b.images[i] = (float)(i * 2654435761U % 1000) / 500.0F - 1;
    for (int i = 0; i < BATCH; i++) b.labels[i] = i % CLASSES;
    return b;
}

static struct ln_plan *train(const struct ln_model *m, const struct batch *b) {
    struct ln_plan *plan;
    size_t count;
    assert_int_equal(ln_plan_create(&plan, m->net, &(struct ln_plan_opts){.batch = BATCH, .train = true}),
                     LINNET_OK);
    assert_int_equal(ln_model_to_plan(m, plan), LINNET_OK);
    float *values = ln_plan_values(plan, &count);
    for (uint32_t step = 0; step < 3; step++) {
        assert_int_equal(ln_plan_forward(plan, b->images, b->labels, step), LINNET_OK);
        assert_int_equal(ln_plan_backward(plan), LINNET_OK);
        for (size_t i = 0; i < count; i++) values[i] -= 0.05F * ln_plan_grads(plan)[i];
    }
    return plan;
}

/* logits: [BATCH][CLASSES], computed in a plan of its own. */
static void infer(const struct ln_model *m, const struct batch *b, float logits[BATCH * CLASSES]) {
    struct ln_plan *plan;
    assert_int_equal(ln_plan_create(&plan, m->net, &(struct ln_plan_opts){.batch = BATCH}), LINNET_OK);
    assert_int_equal(ln_model_to_plan(m, plan), LINNET_OK);
    assert_int_equal(ln_plan_forward(plan, b->images, NULL, 0), LINNET_OK);
    memcpy(logits, ln_plan_logits(plan), BATCH * CLASSES * sizeof *logits);
    ln_plan_destroy(plan);
}

/* ---- round trip --------------------------------------------------------------------------------------- */

static void check_same(const struct ln_model *a, const struct ln_model *b) {
    assert_string_equal(a->arch, b->arch);
    assert_string_equal(a->text, b->text);
    assert_int_equal(a->classes, b->classes);
    assert_true(a->temperature == b->temperature);
    assert_true(a->unknown_energy == b->unknown_energy);
    for (int i = 0; i < a->classes; i++) assert_string_equal(a->class_names[i], b->class_names[i]);
    const struct ln_preprocess *p = &a->preprocess, *q = &b->preprocess;
    assert_true(p->width == q->width && p->height == q->height && p->channels == q->channels);
    assert_true(p->resize == q->resize && p->interpolation == q->interpolation);
    assert_memory_equal(p->mean, q->mean, (size_t)p->channels * sizeof *p->mean);
    assert_memory_equal(p->std, q->std, (size_t)p->channels * sizeof *p->std);
    assert_int_equal(a->net->param_count, b->net->param_count);
    for (size_t i = 0; i < a->net->param_count; i++)
        assert_memory_equal(a->params[i], b->params[i], ln_net_param_size(a->net, i) * sizeof(float));
}

static void files_equal(const char *left, const char *right) {
    unsigned char *a, *b;
    size_t size, other;
    assert_int_equal(ln_file_read(folder_path(left), SIZE_MAX, &a, &size), LINNET_OK);
    assert_int_equal(ln_file_read(folder_path(right), SIZE_MAX, &b, &other), LINNET_OK);
    assert_int_equal(size, other);
    assert_memory_equal(a, b, size);
    ln_free(a);
    ln_free(b);
}

/* Saving trained weights straight from the plan's layouts or through the model gives the same bytes. The
 * loaded model is equal and computes the same outputs. */
static void round_trip(const char *arch, int channels, int imgsz) {
    struct ln_model *m = model_make(arch, channels, imgsz), *again;
    struct batch b = batch_make(m);
    struct ln_plan *plan = train(m, &b);
    float before[BATCH * CLASSES], trained[BATCH * CLASSES], opened[BATCH * CLASSES];
    infer(m, &b, before);
    if (channels == 3) m->temperature = 4.0 / 3;
    if (channels == 3) m->unknown_energy = -10.0 / 3;
    assert_int_equal(ln_model_save(m, plan, folder_path("plan.safetensors")), LINNET_OK);
    assert_int_equal(ln_model_from_plan(m, plan), LINNET_OK);
    ln_plan_destroy(plan);
    assert_int_equal(ln_model_save(m, NULL, folder_path("model.safetensors")), LINNET_OK);
    files_equal("plan.safetensors", "model.safetensors");
    assert_int_equal(ln_model_open(&again, folder_path("plan.safetensors")), LINNET_OK);
    check_same(m, again);
    infer(m, &b, trained);
    infer(again, &b, opened);
    assert_memory_not_equal(before, trained, sizeof before);
    assert_memory_equal(trained, opened, sizeof trained);
    assert_int_equal(ln_model_save(again, NULL, folder_path("again.safetensors")), LINNET_OK);
    files_equal("plan.safetensors", "again.safetensors");
    ln_model_destroy(m);
    ln_model_destroy(again);
    test_free(b.images);
}

static void test_lenet(void **state) {
    round_trip("lenet", 1, 28);
}

static void test_lenet_colour(void **state) {
    round_trip("lenet", 3, 33);
}

static void test_lenet5(void **state) {
    round_trip("lenet5", 1, 32);
}

static void test_buffers(void **state) {
    struct ln_st_file st;
    int64_t steps;
    round_trip("custom", 3, 6);
    assert_int_equal(ln_st_open(&st, folder_path("again.safetensors")), LINNET_OK);
    const struct ln_st_tensor *count = ln_st_find(&st, "b.num_batches_tracked");
    assert_true(count && count->dtype == LN_I64 && count->shape.rank == 0);
    assert_int_equal(ln_st_read(&st, count, &steps), LINNET_OK);
    assert_int_equal(steps, 3);
    ln_st_close(&st);
}

/* ---- weights that are not finite ---------------------------------------------------------------------- */

static void test_not_finite(void **state) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    struct ln_model *m = model_make("lenet", 1, 28), *again;
    const char *path = folder_path("finite.safetensors");
    assert_int_equal(ln_model_save(m, NULL, path), LINNET_OK);
    size_t last = m->net->param_count - 1, at = ln_net_param_size(m->net, last) - 1;
    float good = m->params[last][at];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        m->params[last][at] = bad[i];
        ln_error_clear();
        assert_int_equal(ln_model_save(m, NULL, path), LINNET_ERR_DIVERGED);
        assert_string_equal(ln_error_get()->code, "model-nonfinite");
    }
    m->params[last][at] = good;
    assert_int_equal(ln_model_open(&again, path), LINNET_OK);
    check_same(m, again);
    ln_model_destroy(m);
    ln_model_destroy(again);
    ln_error_clear();
}

/* Two threads read the file: every value is right, and of several bad values that of the first parameter is reported. */
static void test_large(void **state) {
    static const char *const text = "linnet 1\ninput 1x32x32\nf = flatten(input)\na = linear(f) out=1024\n"
                                    "b = linear(a) out=1024\nc = linear(b) out=4\noutput c\n";
    static const char *const bad[] = {"c.bias", "b.weight", "a.weight"};
    const char *path = folder_path("large.safetensors");
    struct ln_net *net;
    struct ln_model *m, *again;
    assert_int_equal(ln_net_parse(text, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, "custom", net, 7), LINNET_OK);
    assert_int_equal(ln_model_save(m, NULL, path), LINNET_OK);
    assert_int_equal(ln_model_open(&again, path), LINNET_OK);
    check_same(m, again);
    ln_model_destroy(again);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ln_st_file st;
        const float value = NAN;
        assert_int_equal(ln_st_open(&st, path), LINNET_OK);
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, (long)ln_st_find(&st, bad[i])->offset, SEEK_SET), 0);
        assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
        fclose(file);
        ln_st_close(&st);
        for (int run = 0; run < 5; run++) {
            ln_error_clear();
            assert_int_equal(ln_model_open(&again, path), LINNET_ERR_INPUT);
            assert_string_equal(ln_error_get()->code, "model-nonfinite");
            assert_non_null(strstr(ln_error_get()->text, bad[i]));
        }
    }
    ln_error_clear();
    ln_model_destroy(m);
}

static void test_class_count(void **state) {
    struct ln_model *m = model_make("lenet", 1, 28);
    ln_error_clear();
    assert_int_equal(ln_model_name_classes(m, class_names, CLASSES - 1), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "model-classes");
    assert_string_equal(m->class_names[0], "cat");
    ln_model_destroy(m);
    ln_error_clear();
}

/* Names take precedence over numbers. */
static void test_find_class(void **state) {
    static char digits[4][8] = {"2", "1", "seven", "+0"};
    struct ln_model *m = model_make("custom", 3, 6);
    assert_int_equal(m->classes, 4);
    assert_int_equal(ln_model_name_classes(m, (char *const[]){digits[0], digits[1], digits[2], digits[3]}, 4),
                     LINNET_OK);
    for (int i = 0; i < 4; i++) assert_int_equal(ln_model_find_class(m, digits[i]), i);
    assert_int_equal(ln_model_find_class(m, "0"), 0);
    assert_int_equal(ln_model_find_class(m, "3"), 3);
    static const char *const none[] = {"", "4", "-1", "0x", "Seven", "seven ", "99999999999999999999"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(ln_model_find_class(m, none[i]), -1);
    ln_model_destroy(m);
}

/* ---- failing memory and disks ------------------------------------------------------------------------- */

static int create_one(struct ln_model **m) {
    struct ln_net *net;
    LN_TRY(ln_arch_build("lenet", &(struct ln_arch_opts){.classes = 2, .channels = 1, .imgsz = 16}, &net));
    return ln_model_create(m, "lenet", net, 1);
}

static int create_and_drop(void) {
    struct ln_model *m = NULL;
    int status = create_one(&m);
    if (status == LINNET_OK) status = ln_model_name_classes(m, class_names, 2);
    ln_model_destroy(m);
    return status;
}

static int open_and_drop(void) {
    struct ln_model *m = NULL;
    int status = ln_model_open(&m, folder_path("small.safetensors"));
    ln_model_destroy(m);
    return status;
}

static int save_anew(void) {
    struct ln_model *m = NULL;
    int status = create_one(&m);
    if (status == LINNET_OK) status = ln_model_save(m, NULL, folder_path("small.safetensors"));
    ln_model_destroy(m);
    return status;
}

/* Allocation 1, 2, 3 ... fails, until the call succeeds. */
static void fail_each(int (*run)(void)) {
    int64_t live = ln_alloc_live();
    for (uint64_t n = 1;; n++) {
        assert_true(n < 1000);
        ln_error_clear();
        ln_alloc_fail_at(n);
        int status = run();
        ln_alloc_fail_at(0);
        assert_true(ln_alloc_live() == live);
        if (status == LINNET_OK) break;
        assert_int_equal(status, LINNET_ERR_LIMIT);
        assert_string_equal(ln_error_get()->code, "mem-alloc");
    }
    ln_error_clear();
}

static void test_memory_fails(void **state) {
    assert_int_equal(save_anew(), LINNET_OK);
    fail_each(create_and_drop);
    fail_each(open_and_drop);
    fail_each(save_anew);
    assert_int_equal(open_and_drop(), LINNET_OK);
}

static size_t entries(void) {
    struct ln_file_list list;
    assert_int_equal(ln_file_list_read(&list, folder), LINNET_OK);
    size_t count = list.count;
    ln_file_list_fini(&list);
    return count;
}

static void limit_files(rlim_t limit) {
    struct rlimit now;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
    now.rlim_cur = limit;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

/* A size limit for files acts like a full disk: the old file stays and no temporary file is left. */
static void test_disk_full(void **state) {
    struct ln_model *m = model_make("lenet", 1, 28), *other = model_make("lenet", 1, 28), *again;
    const char *path = folder_path("full.safetensors");
    assert_int_equal(ln_model_save(m, NULL, path), LINNET_OK);
    size_t count = entries();
    other->params[0][0] += 1;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t limit = 0; limit < 1 << 20; limit = limit * 4 + 1) {
        limit_files(limit);
        ln_error_clear();
        int status = ln_model_save(other, NULL, path);
        limit_files(RLIM_INFINITY);
        assert_int_equal(status, LINNET_ERR_IO);
        assert_string_equal(ln_error_get()->code, "file-write");
        assert_int_equal(entries(), count);
    }
    signal(SIGXFSZ, before);
    assert_int_equal(ln_model_open(&again, path), LINNET_OK);
    check_same(m, again);
    ln_model_destroy(m);
    ln_model_destroy(other);
    ln_model_destroy(again);
    ln_error_clear();
}

static void test_nowhere(void **state) {
    struct ln_model *m = model_make("lenet", 1, 28);
    ln_error_clear();
    assert_int_equal(ln_model_save(m, NULL, "/nonexistent/m.safetensors"), LINNET_ERR_IO);
    ln_model_destroy(m);
    ln_error_clear();
}

/* A holder keeps the old weights when the model changes. Without a holder nothing is copied. */
static void test_held_weights(void **state) {
    const int64_t live = ln_alloc_live();
    struct ln_model *m = model_make("custom", 3, 6);
    float *const first = m->params[0];
    assert_int_equal(ln_model_own_weights(m), LINNET_OK);
    assert_ptr_equal(m->params[0], first);
    struct ln_weights *held = ln_weights_hold(m);
    const float old = first[0];
    assert_int_equal(ln_model_own_weights(m), LINNET_OK);
    assert_ptr_not_equal(m->params[0], first);
    assert_true(m->params[0][0] == old);
    m->params[0][0] = old + 1;
    assert_true(first[0] == old);
    ln_model_destroy(m);
    assert_true(first[0] == old);
    ln_weights_release(held);
    assert_int_equal(ln_alloc_live(), live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lenet),        cmocka_unit_test(test_lenet_colour),
        cmocka_unit_test(test_lenet5),       cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_large),        cmocka_unit_test(test_class_count),
        cmocka_unit_test(test_memory_fails), cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_nowhere),      cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_held_weights), cmocka_unit_test(test_find_class),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
