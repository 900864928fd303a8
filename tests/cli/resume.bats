# A run that is killed at any moment can be resumed, and ends with the same bits as an uninterrupted run.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

# Kills the command with signal $1 after $2 seconds, unless it ends earlier.
killed_after() {
    local signal=$1 seconds=$2 pid
    shift 2
    "$LINNET" "$@" >>out 2>>err &
    pid=$!
    (sleep "$seconds" && kill -"$signal" $pid) 2>/dev/null &
    wait $pid
}

@test "killed anywhere, also inside saves: the same weights, predictions and log as an uninterrupted run" {
    local wanted=8
    [ -z "${LINNET_LONG:-}" ] || wanted=200
    photos photos
    truncate -s 3000 photos/cat/3.png
    python3 "$here/kills.py" "$LINNET" photos $wanted
}

@test "Ctrl-C, then resume: a line says how, and the table continues" {
    linnet train "$DATA" --epochs 30 --name whole -q
    interrupted cut "$DATA" --epochs 30
    grep -q 'continue with linnet resume runs/cut' err
    run --separate-stderr linnet resume runs/cut
    [ "$status" -eq 0 ]
    grep -Eq '^resumed in epoch [0-9]+, after [0-9]+ of [0-9]+ steps' <<<"$output"
    same_run runs/whole runs/cut
}

# oneDNN's matrix products run with the stack register in the heap: a signal frame there corrupted it, and one interrupted
# run in thirty aborted.
@test "Ctrl-C: the handler has a stack of its own" {
    command -v strace >/dev/null || skip "no strace"
    strace -o trace -e trace=rt_sigaction,sigaltstack "$LINNET" train "$DATA" --epochs 1 -q
    grep -q '^sigaltstack({ss_sp=0x' trace
    for signal in SIGINT SIGTERM; do
        grep "^rt_sigaction($signal, {sa_handler=0x" trace | grep -q SA_ONSTACK
    done
}

@test "killed in the first epoch: resumed from the checkpoint before the first step" {
    flags=("$DATA" --epochs 2 -b 1 --opt adamw --mixup 0.2 --cutmix 1 --augment light --model-ema)
    linnet train "${flags[@]}" --name whole -q
    "$LINNET" train "${flags[@]}" --name cut -q 3>&- &
    await runs/cut/last.safetensors
    kill -KILL $!
    wait $! || true
    [ ! -e runs/cut/best.safetensors ]
    linnet resume runs/cut -q
    same_run runs/whole runs/cut
}

@test "killed within an epoch: resumed from the checkpoint of --checkpoint-every" {
    photos photos
    flags=(photos -m googlenet --imgsz 64 --epochs 1 -b 2 --mixup 0.2 --augment light)
    linnet train "${flags[@]}" --name whole -q
    "$LINNET" train "${flags[@]}" --name cut --checkpoint-every 1s -q 3>&- &
    await runs/cut/last.safetensors
    first=$(stat -c %i runs/cut/last.safetensors)
    until [ "$(stat -c %i runs/cut/last.safetensors)" != "$first" ]; do sleep 0.01; done
    kill -KILL $!
    wait $! || true
    run --separate-stderr linnet resume runs/cut
    [ "$status" -eq 0 ]
    grep -Eq '^resumed in epoch 1, after [1-9][0-9]* of [0-9]+ steps' <<<"$output"
    same_run runs/whole runs/cut
}

# A kill between the two saves left the weights of another history as best.safetensors.
@test "resume without the best.safetensors of its checkpoint says so, and chooses the best of the epochs that are left" {
    linnet train "$DATA" --epochs 1 --seed 9 --name other -q
    for how in missing foreign; do
        "$LINNET" train "$DATA" --epochs 40 --name $how -q 3>&- &
        pid=$!
        await runs/$how/best.safetensors
        kill -INT $pid
        wait $pid || true
        rm runs/$how/best.safetensors
        [ $how = missing ] || cp runs/other/best.safetensors runs/$how
        run --separate-stderr linnet resume runs/$how -q
        [ "$status" -eq 0 ]
        [[ $stderr == *"the weights of epoch "*" are lost"* ]]
        rm runs/$how/best.safetensors
        run --separate-stderr linnet resume runs/$how -q
        one_error 3 'all epochs are complete.*\[resume-best\]'
    done
}

# flip FILE OFFSET: inverts one bit; a negative offset counts from the end.
flip() {
    python3 -c 'import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]), 2 if sys.argv[2][0] == "-" else 0)
    byte = f.read(1)[0]
    f.seek(-1, 1)
    f.write(bytes([byte ^ 4]))' "$1" "$2"
}

damage() {
    case $2 in
        data) flip "$1" -5000 ;;
        header) flip "$1" 900 ;;
        progress) sed -i 's/last_good\\": 4/last_good\\": 3/' "$1" ;;
        cut) truncate -s -1 "$1" ;;
        empty) : >"$1" ;;
        zeros) truncate -s 40 "$1" && truncate -s 200000 "$1" ;;
        missing) rm "$1" ;;
    esac
}

@test "a damaged last.safetensors: resumed from the one before it, to the same bits" {
    flags=("$DATA" --epochs 3 -b 16 --opt adamw --mixup 0.2 --seed 4) # each epoch has new best weights
    linnet train "${flags[@]}" --name whole -q
    for how in data header progress cut empty zeros missing; do
        cp -r runs/whole runs/$how
        damage runs/$how/last.safetensors $how
        run --separate-stderr linnet resume runs/$how -q
        [ "$status" -eq 0 ]
        [ "${#stderr_lines[@]}" -eq 1 ]
        [[ $stderr =~ last\.safetensors.*the\ run\ continues\ from\ the\ checkpoint\ before\ it,\ of\ step\ [0-9]+\ \[ ]]
        same_run runs/whole runs/$how
        run --separate-stderr linnet resume runs/$how -q # the damaged one is gone
        [ -z "$stderr" ]
    done
}

@test "both checkpoints damaged: status 3, and the newer one is named" {
    linnet train "$DATA" --epochs 1 --name run -q
    flip runs/run/last.previous.safetensors -100
    flip runs/run/last.safetensors -100
    run --separate-stderr linnet resume runs/run -q
    one_error 3 'run/last\.safetensors: damaged: its checksum is [0-9a-f]{8}, but its bytes give [0-9a-f]{8} \[st-sum\]'
}

@test "a second run in the same folder is refused while the first is active" {
    "$LINNET" train "$DATA" --epochs 2000 --name busy -q 3>&- &
    pid=$!
    await runs/busy/last.safetensors
    run --separate-stderr linnet resume runs/busy -q
    kill -KILL $pid
    one_error 2 'another run is active in this folder.*\[run-locked\]'
    wait $pid || true
    run --separate-stderr timeout -s INT 1 "$LINNET" resume runs/busy -q
    [[ $stderr != *run-locked* ]]
}

@test "no checkpoint: status 3, and what to do" {
    mkdir empty
    run --separate-stderr linnet resume empty
    one_error 3 'args.json: No such file.*\[file-open\]'
    linnet train "$DATA" --epochs 1 --name once -q
    cp runs/once/best.safetensors runs/once/last.safetensors
    run --separate-stderr linnet resume runs/once
    one_error 3 'not a checkpoint.*\[ckpt-none\]'
    rm runs/once/last.safetensors runs/once/last.previous.safetensors
    run --separate-stderr linnet resume runs/once
    one_error 3 'start a new run \[resume-none\]'
}

@test "a resumed run that skipped an image has a complete skipped.csv" {
    photos photos
    truncate -s 3000 photos/cat/3.png photos/dog/17.png
    linnet train photos --imgsz 32 --epochs 8 -b 4 --name whole -q
    killed_after INT 0.7 train photos --imgsz 32 --epochs 8 -b 4 --name cut || [ $? -eq 130 ]
    [ -e runs/cut/metrics.json ] || linnet resume runs/cut -q
    diff runs/whole/skipped.csv runs/cut/skipped.csv
    same_run runs/whole runs/cut
}
