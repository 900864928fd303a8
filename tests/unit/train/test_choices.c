/* --dtype auto: bf16 if the processor has the instructions and the network has batch normalisation, else f32. */
#include "shapes.h"

#include "dnn/dnn.h"
#include "train/choices.h"

static struct ln_net *net_of(const char *arch) {
    struct ln_net *net;
    assert_int_equal(ln_arch_build(arch, &(struct ln_arch_opts){.classes = 2, .channels = 3}, &net),
                     LINNET_OK);
    return net;
}

static void test_auto(void **state) {
    static const char *const archs[] = {"lenet", "resnet18", "vgg11", "vgg11_bn"};
    for (int i = 0; i < 4; i++) {
        struct ln_net *net = net_of(archs[i]);
        assert_int_equal(ln_dtype_auto(net, true), i % 2 ? LN_BF16 : LN_F32);
        assert_int_equal(ln_dtype_auto(net, false), LN_F32);
        ln_net_destroy(net);
    }
}

/* The type that is used replaces "auto": it is printed and written to args.json. */
static void test_resolved(void **state) {
    struct ln_net *net = net_of("resnet18");
    const char *name = "auto";
    enum ln_dtype dtype;
    assert_int_equal(ln_dtype_resolve(&name, net, &dtype), LINNET_OK);
    assert_string_equal(name, ln_dnn_has_bf16() ? "bf16" : "f32");
    assert_int_equal(dtype, ln_dnn_has_bf16() ? LN_BF16 : LN_F32);
    name = "half";
    assert_int_equal(ln_dtype_resolve(&name, net, &dtype), LINNET_ERR_USAGE);
    ln_error_clear();
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_auto), cmocka_unit_test(test_resolved)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
