/* The floor: convolutions and linear layers have times, other layers have none; the bytes follow from the shapes of the layers. */
#include "graph/floor.h"
#include "unit/graph/nets.h"

static void test_lenet(void **state) {
    struct ln_net *net = net_of(net_lenet);
    struct ln_floor floor, inference;
    assert_int_equal(ln_floor_measure(&floor, net, &(struct ln_floor_opts){4, true}), LINNET_OK);
    assert_int_equal(ln_floor_measure(&inference, net, &(struct ln_floor_opts){4, false}), LINNET_OK);
    double forward = 0, backward = 0;
    for (size_t i = 1; i < net->count; i++) {
        bool kernel = net->nodes[i].params > 0;
        assert_int_equal(floor.seconds[i][0] > 0, kernel);
        assert_int_equal(floor.seconds[i][1] > 0, kernel);
        forward += floor.seconds[i][0];
        backward += floor.seconds[i][1];
    }
    assert_true(floor.forward == forward && floor.backward == backward);
    assert_true(inference.forward > 0 && inference.backward == 0);

    /* Four images: the poolings read 16 x 24 x 24 and 32 x 8 x 8 numbers and write a quarter as many. Training moves the same
     * again in the backward pass, and the optimiser reads three numbers per parameter and writes two. */
    double pooled = 4 * 4.0 * 1.25 * (16 * 24 * 24 + 32 * 8 * 8);
    assert_true(inference.bytes == pooled);
    assert_true(floor.bytes == 2 * pooled + 5 * 4.0 * (double)ln_net_parameters(net));
    ln_floor_fini(&floor);
    ln_floor_fini(&inference);
    ln_net_destroy(net);
}

/* Two equal layers are measured once and have the same forward time. */
static void test_repeated(void **state) {
    struct ln_net *net =
        net_of("linnet 1\ninput 16x8x8\na = conv(input) out=16 kernel=3 padding=1\n"
               "b = conv(a) out=16 kernel=3 padding=1\nf = flatten(b)\no = linear(f) out=2\noutput o\n");
    struct ln_floor floor;
    assert_int_equal(ln_floor_measure(&floor, net, &(struct ln_floor_opts){2, true}), LINNET_OK);
    assert_true(floor.seconds[1][0] > 0 && floor.seconds[1][0] == floor.seconds[2][0]);
    assert_true(floor.seconds[1][1] > 0);
    assert_true(floor.seconds[1][1] < floor.seconds[2][1]); /* the first one passes no gradient on */
    assert_true(floor.seconds[4][0] > 0 && floor.seconds[4][0] != floor.seconds[1][0]); /* another layer */
    assert_true(floor.forward == 2 * floor.seconds[1][0] + floor.seconds[4][0]);
    assert_true(floor.backward == floor.seconds[1][1] + floor.seconds[2][1] + floor.seconds[4][1]);
    ln_floor_fini(&floor);
    ln_floor_fini(&floor); /* a second call is allowed */
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lenet), cmocka_unit_test(test_repeated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
