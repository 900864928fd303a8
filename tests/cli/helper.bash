# Shared by the CLI tests. Every test runs in its own temporary folder.
# shellcheck shell=bash disable=SC2154 # run sets status, output, stderr
bats_require_minimum_version 1.5.0
export LC_ALL=C.UTF-8
export OMP_WAIT_POLICY=passive # other tests share the processors, and waiting threads should not hold them
unset NO_COLOR

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" # beside it bats keeps its own files
    cd "$BATS_TEST_TMPDIR/here" || exit 1
}

# tiny_data FOLDER: 240 + 60 grey images of 28 x 28 in ten classes that a network learns at once.
tiny_data() {
    python3 "$here/make_data.py" idx "$1"
}

# pictures FOLDER: one PNG per class, 0.png ... 9.png
pictures() {
    python3 "$here/make_data.py" png "$1"
}

# photos FOLDER: cat/0.png ... cat/29.png, dog/0.png ... dog/29.png, no two alike
photos() {
    python3 "$here/make_data.py" photos "$1"
}

linnet() {
    "$LINNET" "$@"
}

# on_terminal COLUMNS COMMAND...: prints what the command writes on a terminal of that width, with escape sequences
on_terminal() {
    python3 "$here/on_terminal.py" "$@"
}

# one_error STATUS PATTERN: $stderr is one line that begins "linnet: " and matches, $output is empty (after run --separate-stderr)
one_error() {
    [ "$status" -eq "$1" ] || { echo "status $status, not $1: $stderr"; return 1; }
    [ "${#stderr_lines[@]}" -eq 1 ] || { echo "not one line: $stderr"; return 1; }
    [[ $stderr =~ ^linnet:\ .*$2 ]] || { echo "'$stderr' does not match '$2'"; return 1; }
    [ -z "$output" ] || { echo "on stdout: $output"; return 1; }
}

# json PYTHON: an expression about `it`, the JSON value on stdin, must be true
json() {
    python3 -c 'import json, sys
it = json.load(sys.stdin)
assert eval("(" + sys.argv[1] + ")"), it' "$1"
}

# json_lines PYTHON: the same for `it`, the list of the JSON values on stdin's lines
json_lines() {
    python3 -c 'import json, sys
it = [json.loads(line) for line in sys.stdin]
assert eval("(" + sys.argv[1] + ")"), it' "$1"
}

# widest: columns of the longest line of stdin, without escape sequences; a carriage return begins a new line
widest() {
    python3 -c 'import re, sys
text = re.sub(r"\x1b\[[0-9;]*[mK]", "", sys.stdin.buffer.read().decode())
print(max(len(line) for line in re.split(r"[\r\n]", text)))'
}

# same_run A B: two run folders with the same weights, predictions and epochs, except for times
same_run() {
    cmp "$1/best.safetensors" "$2/best.safetensors"
    cmp "$1/last.safetensors" "$2/last.safetensors"
    cmp "$1/predictions.csv" "$2/predictions.csv"
    diff <(cut -d, -f1,3-7 "$1/results.csv") <(cut -d, -f1,3-7 "$2/results.csv")
}

# Waits for a file for at most 20 seconds.
await() {
    for _ in $(seq 2000); do
        [ ! -e "$1" ] || return 0
        sleep 0.01
    done
    return 1
}

# interrupted NAME ARGS...: linnet train ARGS --name NAME, with Ctrl-C after its first checkpoint, which is written before the
# first step. Its output goes to the files out and err. Fails if the run ends in another way.
interrupted() {
    local name=$1 pid status=0
    shift
    "$LINNET" train "$@" --name "$name" >out 2>err &
    pid=$!
    await "runs/$name/last.safetensors"
    kill -INT $pid
    wait $pid || status=$?
    [ $status -eq 130 ]
}

# numpy FILE EXPRESSION: a Python expression about `it`, the array in FILE, must be true
numpy() {
    /usr/bin/python3 -c 'import sys
try:
    import numpy
except ImportError:
    sys.exit(77)
it = numpy.load(sys.argv[1])
assert eval("(" + sys.argv[2] + ")"), it' "$1" "$2" || { [ $? -eq 77 ] && skip "no python3-numpy"; }
}
