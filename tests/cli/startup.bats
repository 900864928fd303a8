# What the program loads before it works, and how often it starts.
load helper

setup_file() {
    cd "$BATS_FILE_TMPDIR" || exit 1
    pictures pictures
    tiny_data data
}

setup() {
    cd "$BATS_FILE_TMPDIR" || exit 1
    unset OMP_WAIT_POLICY GOMP_SPINCOUNT
}

# starts COMMAND...: the spin count that libgomp reads at each start, one line per start
starts() {
    OMP_DISPLAY_ENV=verbose "$@" 2>&1 >/dev/null | sed -n "s/.*GOMP_SPINCOUNT = '\([0-9]*\)'.*/\1/p"
}

@test "startup: a command that computes starts once, and its idle threads sleep soon" {
    [ "$(starts env OLDPWD=/ "$LINNET" predict lenet5 pictures/0.png)" = 1000 ]
    [ "$(starts env GOMP_SPINCOUNT=7 "$LINNET" predict lenet5 pictures/0.png)" = 7 ]
    [ "$(nproc)" -eq 1 ] && return # with one processor the program need not start again
    # Without a variable whose memory it can reuse, the program starts a second time.
    counts=$(starts env -i "OMP_DISPLAY_ENV=verbose" "$LINNET" predict lenet5 pictures/0.png)
    [ "$(echo "$counts" | wc -l)" -eq 2 ]
    [ "$(echo "$counts" | tail -n 1)" = 1000 ]
}

@test "startup: what few commands need is not loaded by the others" {
    needed=$(LD_TRACE_LOADED_OBJECTS=1 "$LINNET")
    [[ $needed == *libdnnl* ]]
    for library in libpango libcairo libglib libmicrohttpd libcrypto libcurl libheif; do
        [[ $needed != *$library* ]] || { echo "loaded: $library"; return 1; }
    done
}

@test "startup: without the libraries that are loaded later, one line names the Debian package" {
    mkdir -p broken
    for library in libpangocairo-1.0.so.0 libmicrohttpd.so.12; do echo none >"broken/$library"; done
    LD_LIBRARY_PATH=broken linnet predict lenet5 pictures/0.png
    LD_LIBRARY_PATH=broken run --separate-stderr linnet predict lenet5 pictures/0.png --grid grid.png -o p.csv
    [ "$status" -eq 4 ]
    [[ $stderr == *"Debian's package is libpangocairo-1.0-0 [draw-pango]"* ]]
    [ ! -e grid.png ]
    LD_LIBRARY_PATH=broken run --separate-stderr linnet train data -m lenet5 --epochs 1 -q --project . --name run
    [ "$status" -eq 0 ]
    [[ $stderr == *"libpangocairo-1.0-0; the run continues without it [draw-pango]"* ]]
    LD_LIBRARY_PATH=broken run --separate-stderr linnet serve lenet5 --port 0
    one_error 4 "Debian's package is libmicrohttpd12 .*\[serve-library\]"
}
