# A rank that is killed at ten random moments: LINNET_LONG=1.
load helper
load ranks

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

# The pids of the ranks of run NAME; their watchers have another title.
ranks_of() {
    pgrep -f "^$LINNET (train|resume) .*$1" || true
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

# killed NAME AFTER_MS: kills a random rank of the run NAME, AFTER_MS after the first checkpoint. All ranks must end with status 7
# within ten seconds. Returns 1 if the run had ended before.
killed() {
    local job began victims status=0
    ranks 2 train "$DATA" "${flags[@]}" --name "$1" 2>err &
    job=$!
    await "runs/$1/last.safetensors"
    sleep "$(printf '0.%03d' $(($2 % 1000)))" $(($2 / 1000))
    mapfile -t victims < <(ranks_of "$1")
    began=$(now_ms)
    [ ${#victims[@]} -eq 2 ] && kill -KILL "${victims[RANDOM % 2]}" || status=1
    wait $job || status=$?
    [ $status -ne 1 ] && [ $status -ne 0 ] || return 1
    echo "# killed after $2 ms: all ended in $(($(now_ms) - began)) ms with status $status" >&3
    is_lost $status || { cat err; return 2; }
    [ $(($(now_ms) - began)) -le 10000 ] || return 2
    grep -q "^linnet: rank [01] on $(hostname) was killed by signal 9 (Killed).*\[rank-lost\]" err || { cat err; return 2; }
    for _ in {1..100}; do
        [ -n "$(ranks_of "$1")" ] || return 0
        sleep 0.1
    done
    echo "a rank is still there"
    return 2
}

@test "kill -9 of a rank at ten random moments: status 7 within 10 s, resumed to the bits of an unkilled run" {
    [ -n "${LINNET_LONG:-}" ] || skip "make test-long runs it"
    needs_mpirun
    flags=(-m lenet --epochs 40 -b 16 --opt adamw --lr 0.002 --checkpoint-every 1s -q)
    began=$(now_ms)
    ranks 2 train "$DATA" "${flags[@]}" --name whole
    lasts=$(($(now_ms) - began))
    for ((done = 0, tries = 0; done < 10; tries++)); do
        [ $tries -lt 30 ]
        status=0
        killed "run$tries" $((RANDOM * RANDOM % lasts)) || status=$?
        [ $status -lt 2 ]
        [ $status -eq 0 ] || continue
        ranks 2 resume "runs/run$tries" -q
        same_run runs/whole "runs/run$tries"
        done=$((done + 1))
    done
}
