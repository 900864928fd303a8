# linnet embed.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    photos "$BATS_FILE_TMPDIR/photos"
    export RUN=$BATS_FILE_TMPDIR/runs/train PHOTOS=$BATS_FILE_TMPDIR/photos
    cd "$BATS_FILE_TMPDIR" || exit 1
    "$LINNET" train data -q --epochs 10 -b 16 --opt adam --lr 0.002 >/dev/null
}

@test "embed: features, a map and a short report; a run knows its data" {
    run --separate-stderr linnet embed "$RUN" -o new/out
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ ${lines[0]} =~ ^features\ +512\ of\ each\ of\ 300\ images\ +new/out/features\.npy ]]
    [[ ${lines[1]} =~ ^map\ +.*%\ and\ .*%\ of\ the\ variance ]]
    [ "$(ls new/out)" = "$(printf 'features.csv\nfeatures.npy\nmap.csv\nmap.png')" ]
    numpy new/out/features.npy 'it.dtype == "float32" and it.shape == (300, 512)'
    file new/out/map.png | grep 'PNG image data, 1680 x 1240'
    [ "$(head -n 1 new/out/map.csv)" = path,class,part,x,y ]
    [ "$(grep -c ',test,' new/out/map.csv)" -eq 60 ]
}

@test "the map keeps classes apart that the network has learned" {
    linnet embed "$RUN" -o out
    python3 - out/map.csv <<'END'
import csv, sys
rows = [(r["class"], float(r["x"]), float(r["y"])) for r in csv.DictReader(open(sys.argv[1]))]
centres = {}
for name in {r[0] for r in rows}:
    own = [r for r in rows if r[0] == name]
    centres[name] = (sum(r[1] for r in own) / len(own), sum(r[2] for r in own) / len(own))
right = sum(min(centres, key=lambda n: (centres[n][0] - x) ** 2 + (centres[n][1] - y) ** 2) == name for name, x, y in rows)
assert right > 0.6 * len(rows), right  # two of 512 dimensions; a random map has a tenth of ten classes right
END
}

@test "--similar: the photo itself first, then its copies, at 1.0; the picture shows them" {
    cp -r "$PHOTOS" mine
    cp mine/cat/3.png mine/dog/copy.png
    run --separate-stderr linnet embed "$RUN" mine --similar mine/cat/3.png --nearest 4 -o out
    [ "$status" -eq 0 ]
    [[ ${lines[3]} =~ ^similarity\ +class\ +path$ ]]
    [[ ${lines[4]} =~ ^\ *1\.0000\ +cat\ +cat/3\.png$ ]]
    [[ ${lines[5]} =~ ^\ *1\.0000\ +dog\ +dog/copy\.png$ ]]
    [ "${#lines[@]}" -eq 8 ]
    file out/similar.png | grep 'PNG image data'
    linnet embed "$RUN" mine --similar mine/cat/3.png --nearest 99 -o out --json >said
    json 'it["images"] == 61 == len(it["similar"]) and it["similar"][1]["path"] == "dog/copy.png" and it["skipped"] == 0' <said
}

@test "unreadable images are named, skipped and listed; --strict refuses them" {
    cp -r "$PHOTOS" mine
    echo 'no picture' >mine/cat/bad.png
    head -c 900 mine/dog/1.png >mine/dog/cut.png
    run --separate-stderr linnet embed "$RUN" mine -o out
    [ "$status" -eq 0 ]
    [[ $stderr == *cat/bad.png:\ not\ an\ image* && $stderr == *dog/cut.png* ]]
    [[ ${lines[0]} == *"60 images"* ]]
    [ "$(grep -c . out/skipped.csv)" -eq 3 ]
    ! grep -q bad.png out/features.csv
    run --separate-stderr linnet embed "$RUN" mine -o strict --strict
    one_error 3 'bad.png|cut.png'
}

@test "--part and --limit choose the images; the result is the same in every run" {
    linnet embed "$RUN" --part test -o a >said
    [[ $(cat said) == *"60 images"* ]]
    linnet embed "$RUN" --part test -o b -j 3
    cmp a/features.npy b/features.npy
    cmp a/map.png b/map.png
    linnet embed "$RUN" "$PHOTOS" --limit 2 -o c >said
    [[ $(cat said) == *"6 images"* ]]
}

@test "refusals say what to do" {
    run --separate-stderr linnet embed "$RUN" --similar missing.jpg -o out
    one_error 3 'missing.jpg: '
    run --separate-stderr linnet embed "$RUN" --similar "$PHOTOS" -o out
    one_error 2 'is a folder; name a picture'
    run --separate-stderr linnet embed "$RUN" "$PHOTOS" -o "$PHOTOS/embed"
    one_error 2 'inside the data'
    [ ! -e "$PHOTOS/embed" ]
    run --separate-stderr linnet embed resnet18 -o out
    one_error 2 'DATA is required'
    run --separate-stderr linnet embed "$RUN" no/such/data -o out
    one_error 3 'no/such/data'
    run --separate-stderr linnet embed "$RUN" --nearest 3
    one_error 2 similar
    touch plain
    run --separate-stderr linnet embed "$RUN" -o plain/out
    one_error 4 'cannot make the folder'
}

@test "Ctrl-C ends it with status 130, and no file is half written" {
    "$LINNET" embed resnet50 "$PHOTOS" -b 1 -o out 2>err &
    local pid=$! status=0
    await out
    sleep 0.5
    kill -INT $pid
    wait $pid || status=$?
    [ "$status" -eq 130 ]
    grep interrupted err
    [ -z "$(ls out)" ]
}

@test "a progress bar on a terminal, and none elsewhere" {
    on_terminal 90 "$LINNET" embed resnet18 "$PHOTOS" -b 1 -o out >said
    grep -a 'embed .*━.*/60' said
    linnet embed "$RUN" -b 1 -o out >plain 2>&1
    ! grep '━' plain
}
