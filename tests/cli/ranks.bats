# Several ranks, started by mpirun: they train as one process does, and end together.
load helper
load ranks

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

# column NAME RUN: of results.csv
column() {
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR > 1 { print $c }' "$2/results.csv"
}

# same_losses A B TOLERANCE: losses and accuracies agree in each epoch; the tolerance is relative for a loss above 1
same_losses() {
    local name
    for name in train_loss val_loss train_acc val_acc; do
        paste <(column $name "$1") <(column $name "$2") | awk -v most="$3" -v name=$name '
            { d = $1 - $2; if (d < 0) d = -d }
            d > most * ($1 > 1 ? $1 : 1) || NF != 2 { print name " of epoch " NR ": " $1 " and " $2; bad = 1 }
            END { exit bad || NR == 0 }' || return 1
    done
}

# 70 images in batches of 9: the shares differ, and the last batch has 7. At this learning rate rounding errors do not grow: one
# process with LINNET_ISA=any differs by as much.
@test "two and four ranks with --sync-bn have the losses of one process for 56 steps, mixed and augmented" {
    needs_mpirun
    flags=(-m cifar_resnet20 --epochs 7 -b 9 --split 70,20,20 --lr 0.0003 --momentum 0 --opt sgd --augment light --mixup 0.2
        --cutmix 1 --seed 3 --conv direct -q)
    linnet train "$DATA" "${flags[@]}" --name one
    ranks 2 train "$DATA" "${flags[@]}" --sync-bn --name two
    same_losses runs/one runs/two 1e-5
    ranks 4 train "$DATA" "${flags[@]}" --sync-bn --name four
    same_losses runs/one runs/four 1e-5
    ranks 2 train "$DATA" "${flags[@]}" --name apart
    ! same_losses runs/one runs/apart 1e-5
    same_losses runs/one runs/apart 0.2
}

# 240 images in batches of 119: two ranks have shares of 59 and 60. The last batch has 2 images: one for each of two ranks, none for
# one of three. The two ranks share their weights; the three sum their gradients, as on three machines.
@test "any number of ranks sees each image once, and evaluation counts each once" {
    needs_mpirun
    flags=(-m lenet --epochs 2 -b 119 --lr 0.05 --opt sgd --clip-grad 0.5 --model-ema -q)
    linnet train "$DATA" "${flags[@]}" --name one
    ranks 2 train "$DATA" "${flags[@]}" --name two
    ranks_apart 3 train "$DATA" "${flags[@]}" --class-weights auto --name three
    same_losses runs/one runs/two 1e-5
    same_losses runs/one runs/three 1e-5
    linnet eval runs/one --json --threads 1 >one.json
    ranks 3 eval runs/one --json --threads 1 >three.json
    cmp one.json three.json
    [ "$(wc -l <runs/two/predictions.csv)" -eq 61 ]
}

@test "a rank that is killed ends all with status 7 and its name; resumed to the same bits" {
    needs_mpirun
    flags=(-m lenet --epochs 14 -b 16 --opt adamw --lr 0.002 --checkpoint-every 1s -q)
    ranks 2 train "$DATA" "${flags[@]}" --name whole
    ranks 2 train "$DATA" "${flags[@]}" --name cut 2>err &
    job=$!
    await runs/cut/last.safetensors
    sleep 0.3
    began=$(date +%s)
    pkill -KILL -n -f "^$LINNET train $DATA .*--name cut"
    status=0
    wait $job || status=$?
    [ $(($(date +%s) - began)) -le 10 ]
    is_lost $status
    grep -q "^linnet: rank [01] on $(hostname) was killed by signal 9 (Killed).*\[rank-lost\]" err
    # mpirun may return a moment before the last rank has ended and left the run folder's lock.
    for _ in {1..100}; do
        pgrep -f "^$LINNET train $DATA .*--name cut" >/dev/null || break
        sleep 0.1
    done
    ranks 2 resume runs/cut -q
    same_run runs/whole runs/cut
}

@test "a run continues on another number of ranks" {
    needs_mpirun
    ranks 2 train "$DATA" -m lenet --epochs 3 --name two -q
    ranks 2 train "$DATA" -m lenet --epochs 3 --name cut -q --checkpoint-every 1s &
    job=$!
    await runs/cut/last.safetensors
    pkill -TERM -n -f "^$LINNET train $DATA .*--name cut" || true
    wait $job || true
    linnet resume runs/cut -q
    same_losses runs/two runs/cut 1e-4
}

@test "refusals are one line, with the usual status" {
    needs_mpirun
    refused() { # STATUS LINE ARGS...
        local wanted=$1 line=$2 status=0
        shift 2
        refusing ranks 2 "$@" >out 2>err || status=$?
        [ $status -eq "$wanted" ] || { echo "status $status"; cat err; return 1; }
        [ "$(grep -c '^linnet: ' err)" -eq 1 ] || { cat err; return 1; }
        grep -q "$line" err || { cat err; return 1; }
        ! grep -q '^rank ' err
        [ ! -s out ]
    }
    refused 2 'unknown flag --epohcs' train "$DATA" --epohcs 1
    refused 3 'nowhere' train nowhere
    refused 2 'a batch of 1 images cannot be shared by 2 ranks' train "$DATA" -m lenet -b 1
    refused 2 'one MODEL' bench lenet alexnet
    [ ! -e runs ]
}

# The data of rank 1 is another folder of the same name: it runs in another working directory.
@test "other data on a rank is refused" {
    needs_mpirun
    mkdir a b
    cp -r "$DATA" a/data
    python3 "$here/make_data.py" photos b/data
    status=0
    refusing launch -n 1 --wdir "$PWD/a" "$LINNET" train data -m lenet --epochs 1 : \
        -n 1 --wdir "$PWD/b" "$LINNET" train data -m lenet --epochs 1 --imgsz 28 2>err || status=$?
    [ $status -ne 0 ]
    [ "$(grep -c '^linnet: ' err)" -eq 1 ]
    [ ! -e b/runs ]
}

@test "without the module a line names the package" {
    run --separate-stderr env OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 LINNET_MPI_DIR=/nowhere "$LINNET" train "$DATA"
    one_error 5 'mpirun started this program, but it has no mpi-openmpi.so.*libopenmpi-dev'
}

@test "commands that do not share their work run once" {
    needs_mpirun
    ranks 2 summary lenet >out 2>err
    linnet summary lenet | cmp - <(tr -d '\r' <out)
    grep -q 'summary uses one of the 2 processes' err
}

@test "bench shows what the ranks cost each other" {
    needs_mpirun
    ranks 2 bench --mpi lenet --imgsz 28 --seconds 0.02 --steps 5 --batch 8 --model 10GbE,64 --json >out
    json 'it[0]["ranks"] == 2 and it[0]["link_ranks"] == 64 and it[0]["exposed_ms"] >= 0 and it[0]["gradient_bytes"] > 1e5' <out
    ranks 2 bench --mpi lenet --imgsz 28 --seconds 0.02 --steps 5 --batch 8 --opt adamw --per-layer >out # weights shared, then not
    grep -q '^update .*adamw' out
    grep -q '^a step .* 1.1 MB of gradients' out
    run --separate-stderr linnet bench lenet --mpi
    one_error 2 'mpirun -n 2 linnet bench'
    run --separate-stderr linnet bench lenet --model 10GbE
    [ "$status" -eq 2 ]
}
