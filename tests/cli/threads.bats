# Commands that start threads of their own, each with several threads; make test-tsan runs these tests under ThreadSanitizer. The
# OpenMP team has one thread, because ThreadSanitizer does not see how OpenMP synchronises (tests/tsan.supp).
load helper

setup_file() {
    cd "$BATS_FILE_TMPDIR" || exit 1
    photos photos
    truncate -s 3000 photos/cat/3.png
    OMP_NUM_THREADS=1 linnet train photos -m lenet5 --imgsz 32 --epochs 2 -b 8 -j 3 --augment medium --mixup 0.2 --model-ema -q --project . --name run
}

setup() {
    export OMP_NUM_THREADS=1
    cd "$BATS_FILE_TMPDIR" || exit 1
}

@test "threads: a loader of three workers, in training, after Ctrl-C and resumed" {
    interrupted cut photos -m lenet5 --imgsz 32 --epochs 30 -b 8 -j 3 --augment medium --cache-mb 1
    linnet resume runs/cut -j 2 -q
}

@test "threads: evaluation, prediction, a check of a folder" {
    linnet eval run -j 3
    linnet predict run photos/dog -j 3 >/dev/null
    status=0
    linnet check photos >/dev/null || status=$?
    [ $status -eq 3 ] || [ $status -eq 0 ]
}

@test "threads: requests to a server at the same time" {
    for i in 0 1 2 3; do linnet predict run photos/dog/$i.png --json; done >predicted.json
    "$LINNET" serve run --port 0 -j 2 >out 2>err 3>&- &
    server=$!
    for _ in $(seq 600); do
        url=$(sed -n 's/^open *//p' out)
        [ -z "$url" ] || break
        kill -0 $server
        sleep 0.1
    done
    python3 "$here/serve_client.py" same_as_predict "$url" predicted.json photos/dog/{0,1,2,3}.png
    kill -TERM $server
    wait $server
}
