# Unreadable images are named, skipped, counted and listed; --strict stops at the first.
load helper

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || exit 1
    photos data
}

train() {
    linnet train data --imgsz 32 --epochs 2 -q "$@"
}

# damage FILE...: truncates each file
damage() {
    for file in "$@"; do truncate -s 3000 "$file"; done
}

@test "named with their row on stderr, counted, in skipped.csv; the run continues" {
    damage data/cat/3.png data/dog/17.png
    : >data/cat/8.png
    printf 'hello' >'data/dog/a "name", odd.jpg'
    run --separate-stderr train
    [ "$status" -eq 0 ]
    [ "${#stderr_lines[@]}" -eq 4 ]
    grep -Eq '^linnet: cat/3.png: PNG ends at row [0-9]+ of 80; skipped, [1-4] of 61 so far \[img-truncated\]$' <<<"$stderr"
    grep -Eq '^linnet: cat/8.png: the file is empty; skipped, [1-4] of 61 so far \[img-empty\]$' <<<"$stderr"
    [[ ${stderr_lines[3]} == *"skipped, 4 of 61 so far"* ]]
    [[ $output == *"skipped 4 images that could not be read, see skipped.csv"* ]]
    python3 - <<'END'
import csv
rows = list(csv.reader(open("runs/train/skipped.csv", newline="")))
assert rows[0] == ["path", "reason"], rows
reasons = dict(rows[1:])
assert len(rows) == 5 and set(reasons) == {"cat/3.png", "cat/8.png", "dog/17.png", 'dog/a "name", odd.jpg'}, rows
assert reasons["cat/8.png"] == "the file is empty [img-empty]", rows
END
}

@test "nothing to skip: no skipped.csv" {
    run --separate-stderr train
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ ! -e runs/train/skipped.csv ]
}

@test "--strict: status 3, the image named" {
    damage data/cat/3.png
    run --separate-stderr train --strict
    one_error 3 'cat/3.png: PNG ends at row [0-9]+ of 80; continue with linnet resume runs/train \[img-truncated\]$'
    train --name fine
    run --separate-stderr linnet eval runs/fine --part train --strict
    [ "$status" -eq 3 ] || run --separate-stderr linnet eval runs/fine --part val --strict
    [ "$status" -eq 3 ] || run --separate-stderr linnet eval runs/fine --part test --strict
    one_error 3 'cat/3.png: PNG ends at row'
}

# no_end FILE...: PNGs without their last chunk, which every viewer opens
no_end() {
    for file in "$@"; do truncate -s -12 "$file"; done
}

@test "damaged but readable: used, named once, counted, in damaged.csv; --strict stops" {
    no_end data/cat/3.png data/dog/17.png
    run --separate-stderr train
    [ "$status" -eq 0 ]
    [ "${#stderr_lines[@]}" -eq 2 ]
    grep -Fxq 'linnet: cat/3.png: PNG is damaged at row 80 of 80: the end is missing; used anyway, 1 of 60 so far [img-damaged]' <<<"$stderr" ||
        grep -Fxq 'linnet: cat/3.png: PNG is damaged at row 80 of 80: the end is missing; used anyway, 2 of 60 so far [img-damaged]' <<<"$stderr"
    [[ $output == *"used    2 damaged images, see damaged.csv"* && $output != *skipped* ]]
    [ "$(sort runs/train/damaged.csv | grep -c ',PNG is damaged at row 80 of 80: the end is missing \[img-damaged\]$')" -eq 2 ]
    [ "$(head -1 runs/train/damaged.csv)" = path,reason ]
    [ ! -e runs/train/skipped.csv ]
    grep -q '2 images, used anyway' runs/train/report.html

    counts=0
    for part in train val test; do
        linnet eval runs/train --part $part --json 2>err >out
        counts=$((counts + $(wc -l <err)))
        json 'it["skipped"] == 0' <out
    done
    [ "$counts" -eq 2 ]

    run --separate-stderr train --strict --name strict
    [ "$status" -eq 3 ]
    [[ $stderr =~ ^linnet:\ (cat/3|dog/17).png:\ PNG\ is\ damaged.*\[img-damaged\]$ ]]
}

@test "the data gone in the middle of a run: it stops, status 4" {
    linnet train data --imgsz 32 --epochs 100000 --cache-mb 0 >out 2>err &
    pid=$!
    for _ in {1..300}; do
        grep -Eq '^ +2 +[0-9.]+ ' out && break
        sleep 0.1
    done
    mv data gone
    status=0
    wait $pid || status=$?
    [ "$status" -eq 4 ]
    [[ $(tail -1 err) =~ ^linnet:\ .*data:\ .*can\ no\ longer\ be\ read.*\[data-lost\]$ ]]
    [ "$(wc -l <err)" -le 21 ]
    [ -s runs/train/last.safetensors ]
}

@test "the same bits for any number of loader threads and any cache" {
    damage data/cat/3.png data/dog/4.png data/dog/5.png
    for how in "-j 1 --cache-mb 0" "-j 1" "-j 3 --cache-mb 0" "-j 4 --cache-mb 1"; do
        # shellcheck disable=SC2086 # words
        train --name a $how
        [ ! -e runs/b ] || python3 "$here/same_weights.py" runs/a/last.safetensors runs/b/last.safetensors
        rm -rf runs/b
        mv runs/a runs/b
    done
}

@test "eval: fewer images, and it says so" {
    train
    damage data/cat/3.png data/cat/4.png data/dog/4.png data/dog/5.png
    counts=0
    for part in train val test; do
        linnet eval runs/train --part $part --json -o $part 2>err >out
        counts=$((counts + $(python3 -c 'import json; print(json.load(open("out"))["skipped"])')))
        [ "$(wc -l <err)" -eq "$(python3 -c 'import json; print(json.load(open("out"))["skipped"])')" ]
        json 'sum(map(sum, it["confusion"])) == it["count"]' <out
    done
    [ "$counts" -eq 4 ]
    [ "$(cat */skipped.csv | grep -c img-truncated)" -eq 4 ]
}

@test "many: twenty lines, then a total" {
    damage data/cat/{1,2}?.png data/dog/1?.png
    run --separate-stderr train
    [ "$status" -eq 0 ]
    [ "${#stderr_lines[@]}" -eq 21 ]
    [[ ${stderr_lines[20]} == "linnet: 30 images could not be read and were skipped; they are listed in runs/train/skipped.csv" ]]
    [ "$(wc -l <runs/train/skipped.csv)" -eq 31 ]
}

@test "no readable image: status 3" {
    damage data/*/*.png
    run --separate-stderr train
    [ "$status" -eq 3 ]
    [[ ${stderr_lines[-1]} =~ ^linnet:\ data:\ none\ of\ 48\ images\ can\ be\ read.*\[data-unreadable\]$ ]]
    [ -s runs/train/skipped.csv ] || [ "${#stderr_lines[@]}" -eq 1 ]
}

# bats test_tags=user
@test "no permission: skipped and reported" {
    [ "$(id -u)" -ne 0 ] || skip "root may read everything"
    chmod 000 data/cat/3.png
    run --separate-stderr train
    [ "$status" -eq 0 ]
    [[ $stderr == *"cat/3.png: Permission denied; skipped, 1 of 60 so far [file-access]"* ]]
}

@test "a file replaced by a folder, a loop of links: skipped and reported" {
    rm data/cat/1.png data/cat/2.png
    ln -s 2.png data/cat/2.png
    ln -s gone.png data/cat/1.png
    run --separate-stderr train
    [ "$status" -eq 0 ]
    [[ $stderr == *"cat/2.png: "*"skipped"* && $stderr == *"cat/1.png: No such file or directory; skipped"* ]]
}
