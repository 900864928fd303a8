# Several ranks share predict, check and eval: the output of one process, byte by byte.
load helper
load ranks

setup_file() {
    photos "$BATS_FILE_TMPDIR/photos"
    echo "no picture" >"$BATS_FILE_TMPDIR/photos/cat/7.png"
    cp "$BATS_FILE_TMPDIR/photos/dog/1.png" "$BATS_FILE_TMPDIR/photos/cat/again.png"
    export PHOTOS=$BATS_FILE_TMPDIR/photos
    linnet train "$PHOTOS" -m lenet --imgsz 28 --epochs 1 -q --project "$BATS_FILE_TMPDIR" --name run
    export RUN=$BATS_FILE_TMPDIR/run
}

# same STATUS RANKS COMMAND...: one process and each number of ranks in RANKS ("2 3") print the same, and write the same out.csv if
# COMMAND writes it. Commands that compute get --threads 1, because a sum over more threads may be rounded differently.
same() {
    local wanted=$1 numbers=$2 n status=0
    shift 2
    rm -f out.csv one.csv
    linnet "$@" >one 2>one.err || status=$?
    [ $status -eq "$wanted" ] || { cat one.err; return 1; }
    [ ! -e out.csv ] || mv out.csv one.csv
    for n in $numbers; do
        status=0
        ranks "$n" "$@" >several 2>several.err || status=$?
        [ $status -eq "$wanted" ] || { echo "status $status"; cat several.err; return 1; }
        cmp one <(tr -d '\r' <several)
        diff <(grep '^linnet: ' one.err) <(grep '^linnet: ' several.err)
        ! grep -q '^rank ' several.err
        [ ! -e one.csv ] || cmp one.csv out.csv
    done
}

@test "predict: the pictures of one process, in its order, to its bits" {
    needs_mpirun
    same 3 "2 3" predict "$RUN" "$PHOTOS" -b 5 --logits -o out.csv --threads 1
    [ "$(wc -l <out.csv)" -eq 61 ]
    same 3 3 predict "$RUN" "$PHOTOS"/cat/{1,2,3,7}.png --grid grid.png --topk 2 --threads 1
    [ -s grid.png ]
    same 0 2 predict "$RUN" "$PHOTOS/dog" --json --threads 1
    same 0 2 predict "$RUN" "$PHOTOS/dog/3.png" --threads 1
}

@test "check: the findings of one process" {
    needs_mpirun
    same 0 2 check "$PHOTOS" --json
    same 3 3 check "$PHOTOS" --split 40,10,10 --strict
    grep -q '7.png' one
    grep -q 'again.png' one
}

@test "eval: the figures of one process, skipped images too" {
    needs_mpirun
    same 0 3 eval "$RUN" "$PHOTOS" --part train --json --threads 1
}

# The model of rank 1 is another file of the same name: it runs in another working directory.
@test "another model, or other pictures, on a rank are refused" {
    needs_mpirun
    mkdir a b
    cp -r "$PHOTOS" "$RUN" a
    cp -r "$PHOTOS" b
    linnet train "$PHOTOS" -m lenet --imgsz 28 --epochs 0 -q --project b --name run
    refused() { # CODE ARGS...
        local code=$1 status=0
        shift
        refusing launch -n 1 --wdir "$PWD/a" "$LINNET" "$@" : -n 1 --wdir "$PWD/b" "$LINNET" "$@" >out 2>err || status=$?
        [ $status -eq 3 ] || { cat err; return 1; }
        [ "$(grep -c '^linnet: ' err)" -eq 1 ]
        grep -q "\[$code\]" err || { cat err; return 1; }
        [ ! -s out ]
    }
    refused rank-model predict run photos
    refused rank-model eval run photos --part train
    cp -r a/run/. b/run
    rm b/photos/dog/3.png
    refused rank-files predict run photos
    refused rank-data eval run photos --part train
    refused rank-data check photos
}

@test "a rank that is killed while it predicts ends all with status 7" {
    needs_mpirun
    many=()
    for _ in {1..40}; do many+=("$PHOTOS"); done
    linnet train "$PHOTOS" -m resnet18 --imgsz 64 --epochs 0 -q --name run
    ranks 2 predict runs/run "${many[@]}" -o out.csv >/dev/null 2>err &
    job=$!
    for _ in {1..200}; do
        [ "$(pgrep -c -f "^$LINNET predict runs/run $PHOTOS")" -lt 2 ] || break
        sleep 0.05
    done
    sleep 0.5
    pkill -KILL -n -f "^$LINNET predict runs/run $PHOTOS"
    status=0
    wait $job || status=$?
    is_lost $status
    grep -q "was killed by signal 9 (Killed).*\[rank-lost\]" err
    [ ! -e out.csv ]
}
