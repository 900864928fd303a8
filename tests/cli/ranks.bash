# Loaded by ranks*.bats. LINNET_MPI=mpich runs them by MPICH's mpiexec in place of Open MPI's mpirun.
# shellcheck shell=bash
export LINNET_MPI=${LINNET_MPI:-openmpi}

# launch ARGS...: mpirun, on however few cores there are
launch() {
    if [ "$LINNET_MPI" = mpich ]; then
        mpiexec.mpich "$@"
    else
        mpirun --oversubscribe --allow-run-as-root --mca mpi_yield_when_idle 1 --mca btl self,vader "$@"
    fi
}

# ranks N COMMAND...: linnet COMMAND on N ranks
ranks() {
    local n=$1
    shift
    launch -n "$n" "$LINNET" "$@"
}

needs_mpirun() {
    local program=mpirun
    [ "$LINNET_MPI" = openmpi ] || program=mpiexec.mpich
    command -v $program >/dev/null || skip "mpirun is not installed"
    [ -e "$(dirname "$LINNET")/mpi-$LINNET_MPI.so" ] || skip "this linnet has no module for Open MPI"
    ! grep -q __asan_init "$LINNET" || skip "MPI leaks memory, which a sanitizer takes for ours"
}
