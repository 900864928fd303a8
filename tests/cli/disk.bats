# Disks that are full, read-only or broken: no checkpoint is lost, and reports that cannot be written do not end a run.
load helper

pid=

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

teardown() {
    if [ -n "$pid" ]; then
        kill -9 "$pid" || true
        wait "$pid" || true
    fi
    umount disk 2>/dev/null || true
}

# Waits for a line of the file $1 that matches $2, for at most 30 seconds.
await_line() {
    for _ in {1..600}; do
        ! grep -Eq "$2" "$1" || return 0
        sleep 0.05
    done
    echo "no line '$2' in: $(cat "$1")"
    return 1
}

# Mounts a file system of $1 KiB on the folder disk.
small_disk() {
    mkdir disk
    mount -t tmpfs -o "size=${1}k" none disk 2>/dev/null || skip "mount is not permitted"
}

# Fills the disk, except for $1 KiB.
fill() {
    local left
    left=$(df --output=avail -k disk | tail -1)
    head -c $(((left - $1) * 1024)) /dev/zero >disk/filler
}

# A run in the project $1 that Ctrl-C stops after its first epochs.
stopped_run() {
    "$LINNET" train "$DATA" "${flags[@]}" --project "$1" --name cut >out 2>err &
    pid=$!
    await_line out '^ +2 ' # the first epochs are complete
    kill -INT $pid
    wait $pid || true
    pid=
    [ -e "$1/cut/last.safetensors" ]
    [ ! -e "$1/cut/metrics.json" ]
}

# A run that is not stopped, and the same run stopped on a disk that is then filled.
stopped_on_full_disk() {
    flags=(--epochs 12 -b 16 --seed 3)
    small_disk 16000
    linnet train "$DATA" "${flags[@]}" --project . --name whole -q
    stopped_run disk
    fill 200
}

@test "a full disk: the checkpoint waits for space, and the run ends with the same bits" {
    stopped_on_full_disk
    "$LINNET" resume disk/cut -q 2>err &
    pid=$!
    await_line err 'best.next.safetensors: write: No space left on device at [0-9]+ of [0-9]+ bytes; best.safetensors is untouched; waiting for free space, Ctrl-C ends the run \[disk-full\]$'
    sleep 1.5
    rm disk/filler
    wait $pid
    pid=
    [ "$(wc -l <err)" -eq 1 ]
    same_run whole disk/cut
}

@test "a full disk: Ctrl-C ends the wait, status 130, the checkpoint is untouched" {
    stopped_on_full_disk
    cp disk/cut/last.safetensors before
    "$LINNET" resume disk/cut -q 2>err &
    pid=$!
    await_line err 'waiting for free space'
    kill -INT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 130 ]
    [ "$(wc -l <err)" -eq 2 ]
    tail -1 err | grep -Eq 'interrupted in epoch [0-9]+ after step [0-9]+; the progress is not saved: last.safetensors: write: No space left on device at [0-9]+ of [0-9]+ bytes; the checkpoint of step [0-9]+ is untouched \[interrupted\]$'
    cmp before disk/cut/last.safetensors
    [ -z "$(find disk/cut -name '*.tmp-*')" ]
    rm disk/filler
    linnet resume disk/cut -q
    same_run whole disk/cut
}

@test "a full disk with --on-disk-full stop: status 4, the checkpoint is untouched" {
    stopped_on_full_disk
    run --separate-stderr linnet resume disk/cut -q --on-disk-full stop
    one_error 4 'No space left on device at [0-9]+ of [0-9]+ bytes; .*is untouched.*\[file-full\]$'
    rm disk/filler
    linnet resume disk/cut -q
    same_run whole disk/cut
}

@test "a report that cannot be written is a warning, once" {
    flags=(--epochs 12 -b 16 --seed 3)
    linnet train "$DATA" "${flags[@]}" --project . --name whole -q
    stopped_run runs
    rm -f runs/cut/results.csv
    mkdir runs/cut/{results.csv,report.html,predictions.csv}
    run --separate-stderr linnet resume runs/cut -q
    [ "$status" -eq 0 ]
    [ "${#stderr_lines[@]}" -eq 3 ]
    for name in results.csv report.html predictions.csv; do
        grep -Eq "$name: is a folder; give the name of a file; the run continues without it \[file-write\]$" <<<"$stderr"
    done
    cmp whole/best.safetensors runs/cut/best.safetensors
    cmp whole/last.safetensors runs/cut/last.safetensors
}

@test "an image that ends the run: the steps before it are saved" {
    photos photos
    cp photos/cat/17.png good
    flags=(photos --imgsz 32 --epochs 3 -b 2 --strict --seed 5 -j 1)
    linnet train "${flags[@]}" --project . --name whole -q
    truncate -s 3000 photos/cat/17.png
    touch -r good photos/cat/17.png
    run --separate-stderr linnet train "${flags[@]}" --name cut -q
    one_error 3 'cat/17.png: .*; continue with linnet resume runs/cut \[.*\]$'
    cp -p good photos/cat/17.png
    run --separate-stderr linnet resume runs/cut
    [ "$status" -eq 0 ]
    grep -Eq '^resumed in epoch 1, after [1-9][0-9]* of [0-9]+ steps' <<<"$output"
    same_run whole runs/cut
}
