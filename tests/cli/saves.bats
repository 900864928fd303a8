# Every system call of a save fails, or the program is killed there: no checkpoint is lost. LINNET_LONG=1: every error at
# every call, and kills also in the save of the best weights.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

# whole: a run of three epochs. start: the same run at the end of the second one. trace: the system calls of the main
# thread, which writes the files, while the third epoch is trained.
start_run() {
    command -v strace >/dev/null || skip "no strace"
    strace -o trace true 2>/dev/null || skip "strace is not permitted"
    linnet train "$DATA" --epochs 3 -b 16 --mixup 0.2 --seed 4 --project . --name whole -q
    cp -r whole start
    mv start/last.previous.safetensors start/last.safetensors
    mv start/best.previous.safetensors start/best.safetensors
    rm start/metrics.json
    cp -r start run
    traced "" resume run -q
    same_run whole run
}

# traced INJECTION ARGS...: runs linnet; INJECTION is strace's inject= or empty
traced() {
    local calls=openat,write,pwrite64,fsync,link,rename,unlink
    strace -y -o trace -e trace=$calls ${1:+-e inject=$1} "$LINNET" "${@:2}"
}

# Files that are written whenever some time has passed. Their calls are not counted, because they differ from run to run.
timed='/progress\.json|worst_mistakes/ { next }'

# calls FROM TO: prints "NAME N WHEN" for each call from the creation of file FROM to the first fsync after the rename to TO.
# N counts the calls of that name; WHEN is before or after the rename, or name for the rename itself.
calls() {
    awk -F'(' -v from="$1" -v to="/$2\")" "$timed"'
        { n[$1]++ }
        index($0, from) && /O_CREAT/ { on = 1 }
        on { named = $1 == "rename" && index($0, to)
             print $1, n[$1], named ? "name" : after ? "after" : "before" }
        on && named { after = 1 }
        after && $1 == "fsync" { exit }' trace
}

# broken NAME N WHAT ARGS...: runs linnet from the start and injects WHAT at call number N of that name; sets status.
# strace counts every call, so broken tries another number if calls for timed files came first.
broken() {
    local name=$1 n=$2 what=$3 at=$2 got
    for _ in $(seq 20); do
        rm -r run
        cp -r start run
        status=0
        traced "$name:$what:when=$at" "${@:4}" 2>err || status=$?
        got=$(awk -F'(' "$timed"'{ n[$1]++ } /INJECTED/ { print n[$1]; exit }' trace)
        [ "${got:-0}" -ne "$n" ] || return 0
        at=$((at + n - ${got:-$((n - 1))}))
    done
    return 1
}

# outcome CALL ERROR: whether the run continues or stops when this call fails
outcome() {
    case $1:$2 in
        openat:EINTR | write:EINTR | pwrite64:EINTR | link:*) echo continues ;; # the call is repeated; a rename replaces the link
        *) echo stops ;;
    esac
}

@test "every system call of a save fails: status 4, and the checkpoint before it is untouched" {
    start_run
    errors=(ENOSPC EIO)
    [ -z "${LINNET_LONG:-}" ] || errors+=(EDQUOT EINTR)
    calls last.safetensors.tmp- last.safetensors >list
    [ "$(wc -l <list)" -ge 9 ]
    while read -r name n when; do
        for error in "${errors[@]}"; do
            wanted=$(outcome "$name" $error)
            [ "$name:$when:$error" != openat:after:EINTR ] || wanted=stops # opening the folder is not repeated
            echo "$name $n $when $error: $wanted"
            broken "$name" "$n" error=$error resume run -q --on-disk-full stop
            if [ $wanted = continues ]; then
                [ $status -eq 0 ]
                same_run whole run
                continue
            fi
            [ $status -eq 4 ]
            [ "$(wc -l <err)" -eq 1 ]
            expected=start
            [ "$when" != after ] || expected=whole
            cmp $expected/last.safetensors run/last.safetensors
            [ "$when" = after ] || grep -q 'the checkpoint of step 30 is untouched \[ckpt-write\]$' err
            linnet summary run/last.safetensors >/dev/null
            [ -z "$(find run -name '*.tmp-*')" ]
            linnet resume run -q
            same_run whole run
        done
    done <list
}

@test "killed at every system call from a save to the row of results.csv: the same weights, predictions and log" {
    start_run
    from=last.safetensors.tmp-
    [ -z "${LINNET_LONG:-}" ] || from=best.next.safetensors.tmp-
    calls $from results.csv >list
    [ "$(wc -l <list)" -ge 20 ]
    while read -r name n when; do
        echo "$name $n $when"
        rm -r run
        cp -r start run
        status=0
        traced "$name:signal=KILL:when=$n" resume run -q 2>/dev/null || status=$?
        [ $status -eq 137 ]
        linnet resume run -q
        same_run whole run
        [ -z "$(find run -name '*.tmp-*')" ]
    done <list
}

@test "a run folder behind a symbolic link" {
    linnet train "$DATA" --epochs 3 -b 16 --seed 4 --project . --name whole -q
    mkdir elsewhere
    ln -s elsewhere runs
    "$LINNET" train "$DATA" --epochs 3 -b 16 --seed 4 --name run -q
    mv runs/run/last.previous.safetensors runs/run/last.safetensors
    mv runs/run/best.previous.safetensors runs/run/best.safetensors
    ln -s elsewhere/run run
    linnet resume run -q
    cmp whole/best.safetensors run/best.safetensors
    cmp whole/last.safetensors run/last.safetensors
    [ -L run ]
    [ ! -L run/last.safetensors ]
}

@test "a run folder that cannot be written to: status 4, the checkpoint is untouched" {
    linnet train "$DATA" --epochs 2 -b 16 --seed 4 --project . --name run -q
    mv run/last.previous.safetensors run/last.safetensors
    cp run/last.safetensors before
    mkdir mounted
    mount --bind run mounted 2>/dev/null && mount -o remount,ro,bind mounted || skip "mount is not permitted"
    run --separate-stderr linnet resume mounted -q
    umount mounted
    [ "$status" -eq 4 ]
    [[ $stderr == *"Read-only file system"* ]]
    cmp before run/last.safetensors
    linnet resume run -q
}
