# Files and folders without permission: one line, the right status, nothing half written. Root may read and write everything,
# so an ordinary user runs these (tools/test-as-user).
load helper
# bats file_tags=user

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
    "$LINNET" train "$DATA" -m lenet5 --epochs 1 -q --project "$BATS_FILE_TMPDIR" --name run
    pictures "$BATS_FILE_TMPDIR/pictures"
    export PICTURES=$BATS_FILE_TMPDIR/pictures
}

setup() {
    [ "$(id -u)" -ne 0 ] || skip "root may read and write everything"
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here"
    cp -r "$BATS_FILE_TMPDIR/run" run
    mkdir closed
    chmod 555 closed
}

teardown() {
    chmod -R u+rwx .
}

# denied NAME COMMAND...: the command fails with status 4 and one line that names NAME and the reason
denied() {
    run --separate-stderr linnet "${@:2}"
    one_error 4 "$1: .*Permission denied"
}

@test "a model that may not be read" {
    chmod 000 run/best.safetensors
    for command in "eval run" "predict run $PICTURES/3.png" "explain run $PICTURES/3.png"; do
        denied run/best.safetensors $command
    done
}

@test "a run folder that may not be entered" {
    chmod 000 run
    denied run/args.json resume run
    denied run/best.safetensors predict run "$PICTURES/3.png"
    denied run/best.safetensors eval run
}

@test "a run folder that may not be written: resume leaves its files alone" {
    interrupted cut "$DATA" -m lenet5 --epochs 40
    sums=$(sha256sum runs/cut/*)
    chmod 555 runs/cut
    run --separate-stderr linnet resume runs/cut
    [ "$status" -eq 4 ]
    [[ $stderr == "linnet: "*"Permission denied"* ]]
    [ "$(sha256sum runs/cut/*)" = "$sums" ]
}

@test "a folder that may not be written: train, predict, split" {
    denied closed/runs train "$DATA" -m lenet5 --epochs 1 --project closed/runs
    denied p.csv predict run "$PICTURES/3.png" -o closed/p.csv
    denied s.csv split "$DATA" --split 80,10,10 -o closed/s.csv
    [ -z "$(ls closed)" ]
}

@test "data that may not be read: a class folder, an IDX file" {
    photos photos
    chmod 000 photos/cat
    denied photos/cat train photos -m lenet5 --epochs 1
    cp -r "$DATA" digits
    chmod 000 digits/*
    denied 'digits/[a-z0-9-]*' train digits -m lenet5 --epochs 1
    [ ! -e runs ] || [ -z "$(find runs -type f)" ]
}

@test "no thread may be started: status 5, one line" {
    run --separate-stderr bash -c 'ulimit -u 1; exec "$LINNET" train "$1" -m lenet5 --epochs 1 --threads 1 -q' - "$DATA"
    one_error 5 'cannot create a thread: .*\[thread-create\]'
    [ ! -e runs ]
}

# At every limit the run must end with a status of its own. GLib and OpenMP would kill the process (SIGTRAP, abort) when they
# cannot create a thread.
@test "few threads may be started: a smaller team, pictures without text, and the model is saved" {
    others=$(ps -L -u "$(id -u)" --no-headers | wc -l)
    for room in 3 5 8 12 20; do
        status=0
        (ulimit -u $((others + room)) && exec "$LINNET" train "$DATA" -m lenet5 --epochs 1 --threads 4 -j 4 --name $room -q) >out 2>err || status=$?
        echo "room for $room threads: status $status: $(cat err)"
        [ $status -eq 0 ] || [ $status -eq 5 ]
        [ $status -eq 0 ] || [ "$(grep -c '^linnet: cannot create a thread' err)" -eq 1 ]
        [ $status -eq 5 ] || [ -e runs/$room/report.html ]
        [ "$(wc -l <err)" -le 4 ]
        [ ! -e runs/$room ] || linnet summary runs/$room/last.safetensors >/dev/null
    done
    [ $status -eq 0 ]
    rm -r runs
    status=0
    (ulimit -u $((others + 5)) && exec "$LINNET" train "$DATA" -m lenet5 --epochs 1 --threads 1 -j 1 -q) 2>err || status=$?
    [ $status -eq 0 ]
    [ "$(grep -c 'pictures have no text' err)" -eq 1 ]
}
