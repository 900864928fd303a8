# Watching runs: linnet serve RUN, linnet train --serve. watch_runs.py makes the run folders, watch_client.py sends the requests.
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown() {
    for process in $server $holder; do kill "$process" 2>/dev/null || true; done
}

# serve ARGS...: starts a server on a free port; $server is its process, $url its address
serve() {
    "$LINNET" serve "$@" --port 0 >out 2>err 3>&- &
    server=$!
    listens
}

# listens: waits for the line with the address in out or err
listens() {
    for _ in $(seq 600); do
        url=$(sed -n 's/^\(open\|watch\) *\(http\)/\2/p; s/.*watch the run at //p' out err)
        [ -n "$url" ] && return
        kill -0 "$server" || break
        sleep 0.1
    done
    cat out err
    return 1
}

client() {
    python3 "$here/watch_client.py" "$1" "$url" "${@:2}"
}

good_runs() {
    python3 "$here/watch_runs.py" good runs >locked 3>&- &
    holder=$!
    for _ in $(seq 100); do
        grep -q locked locked && return
        sleep 0.1
    done
    return 1
}

@test "watch: the state of each run, its files, and what has not changed" {
    good_runs
    serve runs
    grep -q '^runs    runs' out
    client states runs
}

@test "watch: run folders that hold anything" {
    python3 "$here/watch_runs.py" hostile runs
    serve runs
    client hostile
}

@test "watch: forged hosts, other sites and missing tokens are refused" {
    good_runs
    LINNET_TOKEN=a-long-secret serve runs
    client guard a-long-secret
}

@test "watch: a trained run is a model and a run; one that trains is only watched" {
    tiny_data data
    linnet train data -m lenet5 --epochs 1 --name one -q
    serve runs/one
    client both one
    kill "$server"
    python3 - runs/one <<'P' >locked 3>&- &
import fcntl, os, sys, time
lock = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(lock, fcntl.LOCK_EX)
print('locked', flush=True)
time.sleep(60)
P
    holder=$!
    until grep -q locked locked; do sleep 0.1; done
    serve runs/one
    ! grep -q '^model' out
    grep -q '^run     runs/one' out
}

@test "watch: train --serve shows the run to its end, and then the program ends" {
    tiny_data data
    "$LINNET" train data -m lenet5 --epochs 40 --serve=0 -q >out 2>err 3>&- &
    server=$!
    listens
    client follow
    wait "$server"
    grep -q '^done    40 epochs' out
}

@test "watch: a port in use is refused before the first step and leaves no trace" {
    tiny_data data
    mkdir empty
    serve empty
    run --separate-stderr linnet train data -m lenet5 --epochs 1 --serve="$(sed 's/.*:\([0-9]*\).*/\1/' <<<"$url")" -q
    one_error 4 "in use.*--serve=0"
    [ ! -e runs/train ]
}

# explained_run: runs/one, whose network has learnt next to nothing, with the map of its data
explained_run() {
    photos data
    mv data/cat data/고양이
    mv data/dog data/개
    linnet train data -m lenet5 --epochs 1 --opt sgd --lr 1e-6 --split 20,20,20 --name one -q
    linnet embed runs/one -o runs/one/embed >/dev/null
}

@test "watch: mistakes are explained on request; the map of the data" {
    explained_run
    serve runs/one
    client explains runs/one data
    kill "$server"
    wait "$server"
}

@test "watch: the page in Chromium: explanations, the map, one token for both pages" {
    [ -n "$(cd "$here" && python3 -c 'import browser; print(browser.find() or "")')" ] || skip "Chromium is not installed"
    explained_run
    LINNET_TOKEN=a-long-secret serve runs/one
    PYTHONPATH=$here python3 "$here/watch_explain.py" "$url" a-long-secret
}

@test "watch: the page in Chromium: states, curves, layout, contrast, names, keyboard" {
    [ -n "$(cd "$here" && python3 -c 'import browser; print(browser.find() or "")')" ] || skip "Chromium is not installed"
    good_runs
    serve runs
    PYTHONPATH=$here python3 "$here/watch_page.py" "$url" runs
}
