/* Checkpoints: loading restores what was saved; files that lack a state, hold another network or are not checkpoints are
 * refused; if an allocation or a read fails, nothing leaks and the old file stays. */
#include "model/checkpoint.h"
#include "unit/base/memory_file.h"
#include "unit/base/read_faults.h"

#define NET "linnet 1\ninput 1x4x4\nflat = flatten(input)\nfc = linear(flat) out=2\noutput fc\n"
#define OTHER_NET \
    "linnet 1\ninput 1x4x4\nr = relu(input)\nflat = flatten(r)\nfc = linear(flat) out=2\noutput fc\n"

static char folder[64];

static int enter(void **state) {
    scratch_enter(folder);
    return 0;
}

static int leave(void **state) {
    scratch_leave(folder);
    return 0;
}

/* A model, its plan, and a checkpoint of both with one slot. */
struct run {
    struct ln_model *model;
    struct ln_plan *plan;
    float *state;
    size_t count;
    struct ln_checkpoint checkpoint;
};

static struct run run_make(const char *text) {
    struct run r = {0};
    struct ln_net *net;
    assert_int_equal(ln_net_parse(text, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&r.model, "custom", net, 1), LINNET_OK);
    assert_int_equal(ln_plan_create(&r.plan, r.model->net, &(struct ln_plan_opts){.batch = 1, .train = true}),
                     LINNET_OK);
    assert_int_equal(ln_model_to_plan(r.model, r.plan), LINNET_OK);
    (void)ln_plan_values(r.plan, &r.count);
    r.state = test_calloc(r.count, sizeof *r.state);
    r.checkpoint = (struct ln_checkpoint){
        .model = r.model, .plan = r.plan, .slots = {{"momentum", r.state, false}}, .slot_count = 1};
    return r;
}

static void run_drop(struct run *r) {
    ln_plan_destroy(r->plan);
    ln_model_destroy(r->model);
    test_free(r->state);
}

static int save(const struct run *r) {
    return ln_checkpoint_save(&r->checkpoint, "{\"epoch\": 1}", "c", &(struct ln_file_replaced){0});
}

static int load(const void *run) {
    const struct run *r = run;
    char *progress = NULL;
    const int status = ln_checkpoint_load(&r->checkpoint, "c", &progress);
    if (status == LINNET_OK) assert_string_equal(progress, "{\"epoch\": 1}");
    ln_free(progress);
    return status;
}

static void test_round_trip(void **state) {
    struct run r = run_make(NET), other = run_make(NET);
    uint32_t sum = 0, again = 1;
    for (size_t i = 0; i < r.count; i++) r.state[i] = (float)i / 4;
    assert_int_equal(save(&r), LINNET_OK);
    assert_int_equal(ln_checkpoint_check("c"), LINNET_OK);
    assert_int_equal(load(&other), LINNET_OK);
    for (size_t i = 0; i < r.model->net->param_count; i++) {
        float before[32], after[32]; /* padding of a layout is not saved */
        const size_t bytes = ln_net_param_size(r.model->net, i) * sizeof(float);
        assert_int_equal(ln_plan_get_param(r.plan, i, before), LINNET_OK);
        assert_int_equal(ln_plan_get_param(other.plan, i, after), LINNET_OK);
        assert_memory_equal(after, before, bytes);
        assert_int_equal(ln_plan_get_beside(r.plan, i, r.state, before), LINNET_OK);
        assert_int_equal(ln_plan_get_beside(other.plan, i, other.state, after), LINNET_OK);
        assert_memory_equal(after, before, bytes);
    }
    assert_int_equal(ln_checkpoint_sum("c", &sum), LINNET_OK);
    assert_int_equal(save(&other), LINNET_OK);
    assert_int_equal(ln_checkpoint_sum("c", &again), LINNET_OK);
    assert_int_equal(sum, again);
    run_drop(&r);
    run_drop(&other);
}

static void test_refused(void **state) {
    struct run r = run_make(NET), other = run_make(OTHER_NET);
    uint32_t sum;
    assert_failure(load(&r), LINNET_ERR_INPUT, "file-open", "c");
    assert_failure(ln_checkpoint_check("c"), LINNET_ERR_INPUT, "file-open", "c");
    assert_failure(ln_checkpoint_sum("c", &sum), LINNET_ERR_INPUT, "file-open", "c");
    assert_int_equal(ln_model_save(r.model, NULL, "c"), LINNET_OK);
    assert_failure(load(&r), LINNET_ERR_INPUT, "ckpt-none", "not a checkpoint");
    assert_int_equal(save(&other), LINNET_OK);
    assert_failure(load(&r), LINNET_ERR_INPUT, "ckpt-model", "for a different network");
    r.checkpoint.slots[0].name = "exp_avg";
    assert_int_equal(save(&r), LINNET_OK);
    r.checkpoint.slots[0].name = "momentum";
    assert_failure(load(&r), LINNET_ERR_INPUT, "ckpt-state",
                   "tensor 'optimizer.momentum.fc.weight' is missing");
    run_drop(&r);
    run_drop(&other);
}

/* A state that is not finite is neither written nor read. */
static void test_nonfinite(void **state) {
    struct run r = run_make(NET);
    unsigned char *bytes;
    size_t size;
    const float nan = __builtin_nanf("");
    for (size_t i = 0; i < r.count; i++) r.state[i] = 4321;
    assert_int_equal(save(&r), LINNET_OK);
    assert_int_equal(ln_file_read("c", 1 << 20, &bytes, &size), LINNET_OK);
    for (size_t i = 0; i + sizeof nan <= size; i++)
        if (memcmp(bytes + i, &r.state[0], sizeof nan) == 0) memcpy(bytes + i, &nan, sizeof nan);
    assert_int_equal(ln_file_write("c", bytes, size), LINNET_OK);
    ln_free(bytes);
    assert_failure(load(&r), LINNET_ERR_INPUT, "model-nonfinite", "optimizer.momentum.fc.weight");
    r.state[0] = nan;
    assert_failure(save(&r), LINNET_ERR_DIVERGED, "model-nonfinite", "nothing was written");
    run_drop(&r);
}

static int get_one(void *user, size_t tensor, float *plain) {
    *plain = 1;
    return LINNET_OK;
}

/* A state of the right name, but not of its parameter's shape. */
static void test_other_shape(void **state) {
    struct run r = run_make(NET);
    const struct ln_st_tensor tensor = {
        .name = "optimizer.momentum.fc.weight", .dtype = LN_F32, .shape = ln_shape_of(1)};
    const struct ln_model_extra extra = {.metadata = {"linnet.checkpoint", "{}"},
                                         .tensors = &tensor,
                                         .count = 1,
                                         .largest = 1,
                                         .get = get_one};
    assert_int_equal(ln_model_save_with(r.model, NULL, &extra, "c"), LINNET_OK);
    assert_failure(load(&r), LINNET_ERR_INPUT, "ckpt-state",
                   "tensor 'optimizer.momentum.fc.weight' is missing");
    run_drop(&r);
}

static int save_anew(const void *run) {
    return save(run);
}

static void test_faults(void **state) {
    struct run r = run_make(NET);
    assert_int_equal(save(&r), LINNET_OK);
    assert_in_range(allocations_fail(save_anew, &r), 5, 200);
    assert_int_equal(ln_checkpoint_check("c"), LINNET_OK);
    assert_in_range(allocations_fail(load, &r), 5, 500);
    assert_in_range(reads_fail(load, &r), 4, 100);
    run_drop(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, enter, leave),
        cmocka_unit_test_setup_teardown(test_refused, enter, leave),
        cmocka_unit_test_setup_teardown(test_nonfinite, enter, leave),
        cmocka_unit_test_setup_teardown(test_other_shape, enter, leave),
        cmocka_unit_test_setup_teardown(test_faults, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
