# Failures during training: the right status, one line, existing files intact.
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
        grep -Eqs "$2" "$1" && return
        sleep 0.1
    done
    return 1
}

@test "Ctrl-C, SIGTERM, SIGHUP: status 130, a checkpoint, one line" {
    for signal in INT TERM HUP; do
        rm -f out # else the line of the previous run is found before this one has a handler
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

@test "nohup: the end of the terminal does not stop training" {
    (trap "" HUP && exec "$LINNET" train "$DATA" --epochs 100000 --name nohup) >out 2>err 3>&- &
    pid=$!
    wait_for_line out '^ +2 '
    kill -HUP $pid
    lines=$(wc -l <out)
    for _ in {1..100}; do
        [ "$(wc -l <out)" -lt $((lines + 3)) ] || break
        sleep 0.1
    done
    [ "$(wc -l <out)" -ge $((lines + 3)) ]
    kill -KILL $pid
}

# A step takes seconds here: the first signal waits for its end, the second does not.
@test "the second signal ends at once, whichever it is, and nothing is torn" {
    photos photos
    for pair in "INT TERM 143" "TERM INT 130" "INT HUP 129"; do
        read -r first second wanted <<<"$pair"
        "$LINNET" train photos -m googlenet --imgsz 224 -b 48 --epochs 9 --name $first$second -q 2>err 3>&- &
        pid=$!
        for _ in {1..600}; do
            [ ! -e runs/$first$second/last.safetensors ] || break
            sleep 0.1
        done
        sleep 0.3
        kill -$first $pid
        sleep 0.2
        kill -$second $pid
        status=0
        wait $pid || status=$?
        [ "$status" -eq "$wanted" ]
        linnet summary runs/$first$second/last.safetensors >/dev/null
        rm -r runs/$first$second
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

@test "data that is missing, empty or not recognised: status 3" {
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

@test "an impossible split: status 2" {
    run --separate-stderr linnet train "$DATA" --split 50,600
    one_error 2 '\[split-'
    run --separate-stderr linnet train "$DATA" --split many
    one_error 2 '\[split-'
}

@test "a full disk: status 4, no partial files" {
    # A limit on file sizes simulates the full disk: the weights do not fit.
    run --separate-stderr bash -c 'ulimit -f 64; exec "$LINNET" train "$1" --epochs 1' - "$DATA"
    [ "$status" -eq 4 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr =~ ^linnet:\ .*safetensors.*File\ too\ large ]]
    [ -z "$(find runs -name '*.safetensors*')" ]
}

# bats test_tags=user
@test "a folder that cannot be created: status 4" {
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

@test "stdout closed by its reader: training continues and is saved, status 4" {
    run bash -c '{ "$LINNET" train "$1" --epochs 3; echo "$?" >status; } | true; cat status' - "$DATA"
    [ "$output" = 4 ]
    [ -s runs/train/metrics.json ]
}

@test "diverged: status 6, the step is named; the table keeps its columns" {
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
