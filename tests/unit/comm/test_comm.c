/* Ranks as the environment describes them, and one rank alone. tests/cli/ranks.bats tests several. */
#include "comm/comm.h"
#include "unit/base/base_test.h"

#include <stdlib.h>

static void clear(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK",
                                        "OMPI_COMM_WORLD_SIZE",
                                        "OMPI_COMM_WORLD_LOCAL_RANK",
                                        "OMPI_COMM_WORLD_LOCAL_SIZE",
                                        "PMI_RANK",
                                        "PMI_SIZE",
                                        "MPI_LOCALRANKID",
                                        "MPI_LOCALNRANKS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
}

static void without_mpirun_there_is_one_rank(void **state) {
    linnet_ranks *ranks = (linnet_ranks *)&ranks;
    clear();
    assert_int_equal(ln_comm_place().size, 1);
    assert_null(ln_comm_place().mpi);
    assert_int_equal(ln_comm_open(&ranks), LINNET_OK);
    assert_null(ranks);
    double value = 3;
    assert_int_equal(ln_comm_sum_f64(ranks, &value, 1), LINNET_OK);
    assert_true(value == 3);
    assert_int_equal(ln_comm_agree(ranks, LINNET_ERR_INPUT), LINNET_ERR_INPUT);
    assert_int_equal(ln_comm_rank(ranks), 0);
    assert_int_equal(ln_comm_size(ranks), 1);
    ln_comm_close(ranks);
}

static void each_mpirun_is_recognised(void **state) {
    clear();
    setenv("OMPI_COMM_WORLD_RANK", "5", 1);
    setenv("OMPI_COMM_WORLD_SIZE", "8", 1);
    setenv("OMPI_COMM_WORLD_LOCAL_RANK", "1", 1);
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "4", 1);
    struct linnet_ranks_place place = ln_comm_place();
    assert_string_equal(place.mpi, "openmpi");
    assert_int_equal(place.rank, 5);
    assert_int_equal(place.size, 8);
    assert_int_equal(place.local_rank, 1);
    assert_int_equal(place.local_size, 4);
    clear();
    setenv("PMI_RANK", "2", 1);
    setenv("PMI_SIZE", "3", 1);
    place = ln_comm_place();
    assert_string_equal(place.mpi, "mpich");
    assert_int_equal(place.rank, 2);
    assert_int_equal(place.local_size, 1);
}

static void nonsense_is_no_mpirun(void **state) {
    static const char *const bad[][2] = {{"1", "x"},        {"2", "2"}, {"-1", "2"},
                                         {"0", "99999999"}, {"", ""},   {"0x1", "2"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        clear();
        setenv("OMPI_COMM_WORLD_RANK", bad[i][0], 1);
        setenv("OMPI_COMM_WORLD_SIZE", bad[i][1], 1);
        assert_int_equal(ln_comm_place().size, 1);
    }
    clear();
}

static void a_missing_module_is_named(void **state) {
    linnet_ranks *ranks;
    clear();
    setenv("OMPI_COMM_WORLD_RANK", "0", 1);
    setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
    setenv("LINNET_MPI_DIR", "/nowhere", 1);
    assert_int_equal(ln_comm_open(&ranks), LINNET_ERR_LIMIT);
    assert_string_equal(ln_error_get()->code, "mpi-module");
    assert_non_null(strstr(ln_error_get()->text, "libopenmpi-dev"));
    ln_error_clear();
    clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_mpirun_there_is_one_rank),
        cmocka_unit_test(each_mpirun_is_recognised),
        cmocka_unit_test(nonsense_is_no_mpirun),
        cmocka_unit_test(a_missing_module_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
