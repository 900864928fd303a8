# When things go wrong while training: the right status, one line, what was good stays.
load helper

pid=

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

teardown() {
    kill -9 $pid 2>/dev/null || true
}

# Waits until the file $1 has a line that matches $2.
wait_for_line() {
    for _ in {1..300}; do
        grep -Eq "$2" "$1" && return
        sleep 0.1
    done
    return 1
}

@test "Ctrl-C: status 130, a checkpoint, one line" {
    for signal in INT TERM; do
        "$LINNET" train "$DATA" --epochs 100000 --name $signal >out 2>err &
        pid=$!
        wait_for_line out '^ +2 '
        kill -$signal $pid
        status=0
        wait $pid || status=$?
        [ "$status" -eq 130 ]
        [ -s runs/$signal/last.safetensors ]
        [ "$(wc -l <err)" -eq 1 ]
        grep -q "^linnet: .*interrupted" err
        run linnet summary runs/$signal/last.safetensors
        [ "$status" -eq 0 ]
    done
}

@test "corrupted IDX files: status 3, the file named" {
    cp -r "$DATA" cut
    truncate -s 10000 cut/train-images-idx3-ubyte
    run --separate-stderr linnet train cut
    one_error 3 'train-images-idx3-ubyte: .*\[.+\]'

    cp -r "$DATA" magic
    printf '\377\377\377\377' | dd of=magic/train-labels-idx1-ubyte conv=notrunc status=none
    run --separate-stderr linnet train magic
    one_error 3 'train-labels-idx1-ubyte: '

    cp -r "$DATA" count
    printf '\177\377\377\377' | dd of=count/train-images-idx3-ubyte bs=1 seek=4 conv=notrunc status=none
    run --separate-stderr linnet train count
    one_error 3 'train-images-idx3-ubyte: '

    cp -r "$DATA" gz
    gzip gz/train-images-idx3-ubyte
    truncate -s 2000 gz/train-images-idx3-ubyte.gz
    run --separate-stderr linnet train gz
    one_error 3 'train-images-idx3-ubyte.gz: '
    [ ! -e runs ]
}

@test "data that is missing, empty, or of no known kind: status 3" {
    run --separate-stderr linnet train nowhere
    one_error 3 'nowhere: '
    mkdir empty
    run --separate-stderr linnet train empty
    one_error 3 'empty: '
    echo hello >file
    run --separate-stderr linnet train file
    one_error 3 'file: '
    [ ! -e runs ]
}

@test "a split that cannot be: status 2" {
    run --separate-stderr linnet train "$DATA" --split 50,600
    one_error 2 '\[split-'
    run --separate-stderr linnet train "$DATA" --split many
    one_error 2 '\[split-'
}

@test "the disk full: status 4, nothing half-written" {
    # A limit on the size of a file stands for the full disk: the weights don't fit.
    run --separate-stderr bash -c 'ulimit -f 64; exec "$LINNET" train "$1" --epochs 1' - "$DATA"
    [ "$status" -eq 4 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr =~ ^linnet:\ .*safetensors.*File\ too\ large ]]
    [ -z "$(find runs -name '*.safetensors*')" ]
}

@test "a folder that can't be made: status 4" {
    place=locked
    mkdir locked
    chmod 555 locked
    [ "$(id -u)" -ne 0 ] || place=/proc # root may write anywhere else
    run --separate-stderr linnet train "$DATA" --epochs 1 --project $place/runs
    one_error 4 "$place/runs: "
    chmod 755 locked
    : >taken
    run --separate-stderr linnet train "$DATA" --epochs 1 --project taken
    one_error 4 'taken'
}

@test "the reader of stdout gone: training goes on and is saved, status 4" {
    run bash -c '{ "$LINNET" train "$1" --epochs 3; echo "$?" >status; } | true; cat status' - "$DATA"
    [ "$output" = 4 ]
    [ -s runs/train/metrics.json ]
}

@test "diverged: status 6, the step named; the columns hold" {
    # Each step multiplies every weight by 1 - 1000 * 10.
    run --separate-stderr linnet train "$DATA" --epochs 5 -b 8 --lr 1000 --weight-decay 10
    [ "$status" -eq 6 ]
    [[ ${stderr_lines[-1]} =~ ^linnet:\ .*loss.*\[train-nonfinite\]$ ]]
    [ "$(grep -v '^data ' <<<"$output" | widest)" -le 80 ]
}

@test "a whole run under a locale without UTF-8: names stay readable" {
    LC_ALL=C run --separate-stderr linnet train "$DATA" --epochs 1 --name $'\354\203\210'
    [ "$status" -eq 0 ]
    [[ $output == *$'runs/\354\203\210'* ]]
}
