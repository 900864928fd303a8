# Hostile names: of class folders and photos, in every file of a run and on the terminal.
load helper

# named NAME...: a data set in data/ with one class folder of each name, in bytes ($'caf\xe9')
named() {
    photos base
    mkdir data
    local i=0
    for name in "$@"; do
        mkdir "data/$name"
        cp base/"$([ $((i++ % 2)) -eq 0 ] && echo cat || echo dog)"/*.png "data/$name/"
    done
}

# used: trains on data/, evaluates and predicts with the model. The output goes to said.txt and must be printable and free of errors.
used() {
    {
        linnet train data -m lenet --imgsz 28 --epochs 1 --seed 1 --name it
        linnet eval runs/it
        linnet eval runs/it data
        linnet eval runs/it data --part val
        linnet predict runs/it data
        linnet check data
    } >said.txt 2>&1 || { cat -v said.txt; return 1; }
    ! grep -q '^linnet: ' said.txt || { cat -v said.txt; return 1; }
    printable said.txt
}

# printable FILE: valid UTF-8 without control characters other than line feeds
printable() {
    python3 -c 'import sys, unicodedata
text = open(sys.argv[1], "rb").read().decode()
bad = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]
assert not bad, bad' "$1"
}

# rows FILE PYTHON: an expression about `it`, the rows of the CSV as dictionaries with names in bytes
rows() {
    python3 -c 'import csv, sys
it = list(csv.DictReader(open(sys.argv[1], newline="", errors="surrogateescape")))
assert it and eval("(" + sys.argv[2] + ")"), it[:3]' "$1" "$2"
}

@test "a class folder that is not UTF-8, or holds a line break or an escape sequence" {
    named $'caf\xe9' $'two\nlines' $'\e]0;owned\a\e[31mred'
    used
    [ "$(cat runs/it/classes.txt)" = $'\\x1b]0;owned\\x07\\x1b[31mred\ncaf\\xe9\ntwo\\x0alines' ]
    rows runs/it/predictions.csv 'set(row["label"] for row in it) ==
        {"caf\\xe9", "two\\x0alines", "\\x1b]0;owned\\x07\\x1b[31mred"}'
    rows runs/it/split.csv 'any(row["path"].startswith("caf\udce9/") for row in it)'
    rows runs/it/split.csv 'any(row["path"].startswith("two\nlines/") for row in it)'
    linnet train data -m lenet --imgsz 28 --epochs 1 --name next --split-file runs/it/split.csv -q
    cmp runs/it/split.csv runs/next/split.csv
    linnet predict runs/it data --move-to sorted
    ls sorted >folders.txt
    printable folders.txt
}

@test "file names that are not UTF-8, or hold line breaks, quotes, commas and escape sequences" {
    photos data
    for f in data/*/*.png; do mv "$f" "${f%/*}"/$'a\nb\e[31m\xe9",='"${f##*/}"; done
    used
    rows runs/it/predictions.csv 'all("/a\nb\x1b[31m\udce9\",=" in row["path"] for row in it)'
    linnet predict runs/it data -o out.csv
    rows out.csv 'len(it) == 60 and all("a\nb\x1b[31m\udce9\",=" in row["path"] for row in it)'
    on_terminal 80 "$LINNET" predict runs/it data --json | tr -d '\r' >out.json
    printable out.json
    linnet compare runs/it runs/it >said.txt
    printable said.txt
}

@test "names that a spreadsheet would run as formulas" {
    named '=HYPERLINK("http:||x","y")' '@SUM(1)' '-1' "'=x"
    used
    rows runs/it/split.csv 'set(row["class"] for row in it) ==
        {"\x27=HYPERLINK(\"http:||x\",\"y\")", "\x27@SUM(1)", "-1", "\x27\x27=x"}'
    rows runs/it/split.csv 'all(row["path"][0] in "-\x27" for row in it)'
    rows runs/it/predictions.csv 'all(row[name][0] in "-\x27" for row in it for name in ("path", "label", "predicted"))'
    rows runs/it/predictions.csv '"\x27@SUM(1)" in it[0] and "-1" in it[0]'
    (cd data && linnet predict ../runs/it "=HYPERLINK(\"http:||x\",\"y\")/0.png" -o ../out.csv)
    rows out.csv 'it[0]["path"][:2] == "\x27="'
    linnet train data -m lenet --imgsz 28 --epochs 1 --name next --split-file runs/it/split.csv -q
    cmp runs/it/split.csv runs/next/split.csv
    printf '%s,1\n' '"=HYPERLINK(""http:||x"",""y"")"' "'@SUM(1)" -1 "''=x" >weights.csv
    linnet train data -m lenet --imgsz 28 --epochs 1 --name weighed --class-weights weights.csv -q
}

@test "the longest names" {
    named "$(printf 'L%.0s' {1..255})" "$(printf 'é%.0s' {1..127})"
    for f in data/*/*.png; do mv "$f" "${f%/*}/$(printf 'n%.0s' {1..240})${f##*/}"; done
    long=$(printf 'd%.0s' {1..255})
    for class in data/*; do
        mkdir -p "deep/$long/$long"
        mv "$class"/*.png "deep/$long/$long" && mv "deep/$long" "$class"
    done
    used
    rows runs/it/predictions.csv 'all(len(row["path"]) > 700 and row["path"].endswith(".png") for row in it)'
    linnet compare runs/it runs/it --json | json 'it["mcnemar"][0]["count"] == 6'
}
