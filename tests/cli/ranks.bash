# Loaded by ranks*.bats. LINNET_MPI=mpich runs them with MPICH's mpiexec instead of Open MPI's mpirun.
# shellcheck shell=bash
export LINNET_MPI=${LINNET_MPI:-openmpi}

# launch ARGS...: runs mpirun, even if there are fewer cores than ranks
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

# refusing COMMAND...: runs it without the second that Open MPI's mpirun waits before it kills ranks
refusing() {
    OMPI_MCA_odls_base_sigkill_timeout=0 "$@"
}

# ranks_apart N COMMAND...: like ranks, but as if each rank had a machine of its own
ranks_apart() {
    local n=$1
    shift
    launch -n "$n" env OMPI_COMM_WORLD_LOCAL_SIZE=1 MPI_LOCALNRANKS=1 "$LINNET" "$@"
}

# is_lost STATUS: the status of mpirun is right for a killed rank. MPICH may return the signal that killed another rank's watcher.
is_lost() {
    [ "$1" -eq 7 ] || { [ "$LINNET_MPI" = mpich ] && [ "$1" -eq 9 ]; } || { echo "status $1"; return 1; }
}

needs_mpirun() {
    local program=mpirun
    [ "$LINNET_MPI" = openmpi ] || program=mpiexec.mpich
    command -v $program >/dev/null || skip "mpirun is not installed"
    [ -e "$(dirname "$LINNET")/mpi-$LINNET_MPI.so" ] || skip "this linnet has no module for that mpirun"
    ! grep -q __asan_init "$LINNET" || skip "MPI leaks memory, which a sanitizer takes for ours"
}
