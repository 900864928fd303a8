# linnet predict.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    pictures "$BATS_FILE_TMPDIR/pictures"
    export RUN=$BATS_FILE_TMPDIR/runs/train PICTURES=$BATS_FILE_TMPDIR/pictures
    cd "$BATS_FILE_TMPDIR" || exit 1
    "$LINNET" train data -q --epochs 10 -b 16 --opt adam --lr 0.002 >/dev/null
}

@test "predict: a table of path, class, probability" {
    run --separate-stderr linnet predict "$RUN" "$PICTURES/3.png" "$PICTURES/7.png"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ ${lines[0]} =~ ^path\ +predicted\ +probability$ ]]
    [ "${#lines[@]}" -eq 3 ]
    [[ ${lines[1]} =~ /3\.png\ +3.*%$ ]]
    [[ ${lines[2]} =~ /7\.png\ +7.*%$ ]]
}

@test "a folder stands for its pictures" {
    linnet predict "$RUN" "$PICTURES" --json | json 'len(it) == 10 and all(o["path"].endswith(o["predicted"][0] + ".png") for o in it)'
}

@test "a folder stands for the pictures in all its sub-folders; an empty one is an error" {
    mkdir -p tree/a/b tree/.hidden nothing/in/it
    cp "$PICTURES/1.png" tree/a/b
    cp "$PICTURES/2.png" tree/a
    cp "$PICTURES/3.png" tree/.hidden
    run --separate-stderr linnet predict "$RUN" tree
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 3 ]
    [[ ${lines[1]} == "tree/a/2.png "* && ${lines[2]} == "tree/a/b/1.png "* ]]
    run --separate-stderr linnet predict "$RUN" nothing
    one_error 3 'nothing: the folder has no files .predict-empty.$'
    ln -s .. tree/a/loop
    run --separate-stderr linnet predict "$RUN" tree
    one_error 5 'does a link form a loop'
}

@test "--topk: more columns, in order" {
    run linnet predict "$RUN" "$PICTURES/0.png" --topk 3
    [ "$status" -eq 0 ]
    [ "$(grep -o % <<<"${lines[1]}" | wc -l)" -eq 3 ]
    linnet predict "$RUN" "$PICTURES/0.png" --topk 3 --json |
        json '[t["probability"] for t in it[0]["top"]] == sorted(it[0]["probabilities"], reverse=True)[:3]'
}

@test "invalid, empty and missing files: one line each, status 3, the others are predicted" {
    cp "$PICTURES"/[12].png .
    echo "not a picture" >x.png
    : >empty.png
    run --separate-stderr linnet predict "$RUN" 1.png x.png empty.png missing.png 2.png
    [ "$status" -eq 3 ]
    [ "${#stderr_lines[@]}" -eq 3 ]
    [[ ${stderr_lines[0]} == "linnet: x.png: "* ]]
    [[ ${stderr_lines[1]} == "linnet: empty.png: "* ]]
    [[ ${stderr_lines[2]} == "linnet: missing.png: "* ]]
    [ "${#lines[@]}" -eq 3 ]
    [[ ${lines[1]} =~ ^1\.png\ +1 ]]
    [[ ${lines[2]} =~ ^2\.png\ +2 ]]
}

@test "only bad files: status 3, no prediction" {
    run --separate-stderr linnet predict "$RUN" missing.png
    [ "$status" -eq 3 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $output != *missing* ]]
}

@test "-o F: leftovers of killed programs go, a link's target is replaced, a pipe is refused" {
    bash -c 'exit 0' &
    dead=$!
    wait $dead
    echo old >real.csv
    : >"real.csv.tmp-$dead"
    ln -s real.csv p.csv
    linnet predict "$RUN" "$PICTURES/4.png" -o p.csv
    [ ! -e "real.csv.tmp-$dead" ]
    [ -L p.csv ] && [ "$(wc -l <real.csv)" -eq 2 ]
    mkfifo pipe.csv
    run --separate-stderr linnet predict "$RUN" "$PICTURES/4.png" -o pipe.csv
    one_error 4 'pipe.csv: is not a regular file \[file-write\]'
    [ -p pipe.csv ]
}

@test "-o F.csv: columns without label, probabilities or logits" {
    run --separate-stderr linnet predict "$RUN" "$PICTURES/4.png" "$PICTURES/5.png" -o p.csv
    [ "$status" -eq 0 ]
    [ "$output" = "p.csv: 2 predictions" ]
    linnet predict "$RUN" "$PICTURES/4.png" "$PICTURES/5.png" -o l.csv --logits
    python3 - <<'PYTHON'
import csv, math
p, l = (list(csv.reader(open(f, newline=""))) for f in ("p.csv", "l.csv"))
assert p[0][:4] == ["path", "label", "predicted", "probability"] and len(p[0]) == 14 and len(p) == 3, p
for row, raw in zip(p[1:], l[1:]):
    values, logits = [float(x) for x in row[4:]], [float(x) for x in raw[4:]]
    assert row[1] == "" and abs(sum(values) - 1) < 1e-4 and float(row[3]) == max(values)
    assert p[0][4 + values.index(max(values))] == row[2]
    total = sum(map(math.exp, logits))
    assert all(abs(math.exp(x) / total - v) < 1e-4 for x, v in zip(logits, values))
PYTHON
}

@test "-o F.json equals the output of --json; bad files are listed with the reason" {
    : >bad.png
    run linnet predict "$RUN" "$PICTURES/4.png" bad.png -o p.json
    [ "$status" -eq 3 ]
    json 'it[0]["predicted"][0] == "4" and it[1]["path"] == "bad.png" and it[1]["error"]' <p.json
    run --separate-stderr linnet predict "$RUN" "$PICTURES/4.png" bad.png --json
    [ "$status" -eq 3 ]
    [ "$output" = "$(cat p.json)" ]
    linnet predict "$RUN" "$PICTURES/4.png" --json --logits | json 'len(it[0]["logits"]) == 10'
}

@test "--grid: a PNG" {
    run linnet predict "$RUN" "$PICTURES" --grid g.png --cols 4
    [ "$status" -eq 0 ]
    [ "$(head -c 4 g.png | tail -c 3)" = PNG ]
}

@test "an output that cannot be written: status 4, one line, no leftovers" {
    run --separate-stderr linnet predict "$RUN" "$PICTURES/4.png" -o no/such/folder/p.csv
    one_error 4 'p.csv: create: No such file or directory'
    echo old >p.csv
    for i in {1..30}; do set -- "$@" "$PICTURES"; done
    run --separate-stderr bash -c 'ulimit -f 1; exec "$LINNET" predict "$@" -o p.csv' - "$RUN" "$@"
    one_error 4 'p.csv: .*File too large'
    [ "$(cat p.csv)" = old ]
    [ "$(ls)" = p.csv ]
}

@test "names with spaces, commas, quotes and escape sequences" {
    name=$'a, "b"\033[31m.png'
    cp "$PICTURES/6.png" "./$name"
    run linnet predict "$RUN" "./$name"
    [ "$status" -eq 0 ]
    [[ $output != *$'\033'* ]]
    linnet predict "$RUN" "./$name" -o p.csv
    python3 -c 'import csv; assert list(csv.reader(open("p.csv", newline="")))[1][0] == "./a, \"b\"\x1b[31m.png"'
    linnet predict "$RUN" "./$name" --json | json 'it[0]["path"] == "./a, \"b\"\x1b[31m.png"'
    cp "$PICTURES/6.png" ./-o
    run linnet predict "$RUN" -- -o
    [ "$status" -eq 0 ]
}

@test "an architecture's name gives untrained weights, and a note says so" {
    run --separate-stderr linnet predict lenet5 "$PICTURES/1.png"
    [ "$status" -eq 0 ]
    [[ $stderr == *"untrained weights"* ]]
}

# columns: the width of each line of stdin; wide characters have two columns
columns() {
    python3 -c 'import re, sys, unicodedata
for line in sys.stdin.read().replace("\r", "").splitlines():
    print(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line), end=" ")'
}

@test "on a terminal: names with bars, aligned for wide names too; colours unless NO_COLOR" {
    cp "$PICTURES/3.png" 사진.png
    cp "$PICTURES/4.png" four.png
    run on_terminal 70 env NO_COLOR=1 "$LINNET" predict "$RUN" 사진.png four.png
    [ "$status" -eq 0 ]
    [[ $output != *$'\033'* ]]
    [ "${#lines[@]}" -eq 6 ] # three classes of each
    [[ ${lines[0]} =~ ^사진\.png\ +3\ +━+─*\ +[0-9.]+% ]]
    [[ ${lines[1]} =~ ^\ +[0-9]\ +━*─+\ +[0-9.]+% ]]
    [[ ${lines[3]} =~ ^four\.png\ +4\ +━+ ]]
    [ "$(columns <<<"$output" | tr ' ' '\n' | sort -u | grep -c .)" -eq 1 ]
    run on_terminal 70 "$LINNET" predict "$RUN" 사진.png --topk 1
    [[ $output == *$'\033[32m━'* ]]
    [ "${#lines[@]}" -eq 1 ]
    linnet train "$BATS_FILE_TMPDIR/data" --epochs 0 --name raw >/dev/null 2>&1
    run on_terminal 70 "$LINNET" predict runs/raw 사진.png --min-conf 0.9 --topk 1
    [[ ${lines[0]} =~ unsure ]]
    [ "${#lines[@]}" -eq 2 ]
}

@test "on a terminal: a folder has a line for each picture, as long names keep their end" {
    mkdir -p "$(printf 'a%.0s' {1..60})"
    cp "$PICTURES"/[3-5].png a*/
    run on_terminal 60 env NO_COLOR=1 "$LINNET" predict "$RUN" a*
    [ "${#lines[@]}" -eq 3 ]
    [[ ${lines[0]} =~ ^\.\.\.a+/3\.png\ +3\ +━ ]]
    [ "$(widest <<<"$output")" -le 60 ]
}

@test "a pipe and a dumb terminal have the table, without escape sequences" {
    run on_terminal 70 env TERM=dumb "$LINNET" predict "$RUN" "$PICTURES/3.png"
    [[ ${lines[0]} =~ ^path\ +predicted\ +probability ]]
    [[ $output != *$'\033'* && $output != *━* ]]
    linnet predict "$RUN" "$PICTURES/3.png" >out 2>err
    [[ $(head -1 out) =~ ^path\ +predicted\ +probability ]]
    [ ! -s err ]
}
