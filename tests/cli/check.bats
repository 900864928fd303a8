# linnet check.
load helper

setup_file() {
    photos "$BATS_FILE_TMPDIR/photos"
    export PHOTOS=$BATS_FILE_TMPDIR/photos
}

# copied: a copy of the photos with a duplicate in each class, one in both classes, and three bad files
messy() {
    cp -r "$PHOTOS" data
    cp data/cat/3.png data/cat/again.png
    cp data/cat/7.png data/dog/cat7.png
    : >data/cat/empty.jpg
    head -c 300 data/dog/9.png >data/dog/cut.png
    echo hello >data/dog/text.png
}

@test "check: counts and sizes of a flawless data set" {
    run --separate-stderr linnet check "$PHOTOS"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ ${lines[0]} == *"photos: 60 images, 2 classes" ]]
    [[ $output == *"no problem found"* ]]
    grep -Eq '^cat +30 +50.00%$' <<<"$output"
    grep -Eq '^all +60 +100.00%$' <<<"$output"
    grep -Eq '^width +80 +80 +80$' <<<"$output"
    [[ $output == *"formats  60 PNG"* ]]
    [[ $output != *LEAK* ]]
}

@test "check: problems come first, the worst one at the top" {
    messy
    run --separate-stderr linnet check data
    [ "$status" -eq 0 ]
    [[ $output == *"TWO LABELS: 1 picture"*"UNREADABLE: 3 images"*"duplicates: 1 picture"*$'\nclass'* ]]
    [[ $output == *"cat/7.png"*"dog/cat7.png"* ]]
    [[ $output == *"cat/again.png  (identical)"* ]]
    [[ $output == *"cat/empty.jpg: the file is empty [img-empty]"* ]]
    [[ $output == *"dog/cut.png: PNG ends at row "*"[img-truncated]"* ]]
    [[ $output == *"dog/text.png: not an image"*"[img-format]"* ]]
    [ "$(widest <<<"$output")" -le 120 ]
}

@test "check: changes no file" {
    messy
    before=$(find data -type f -printf '%p %s %T@\n' | sort)
    linnet check data >/dev/null
    [ "$before" = "$(find data -type f -printf '%p %s %T@\n' | sort)" ]
    [ "$(ls)" = data ]
}

@test "check --strict: status 3 if there is a problem, otherwise 0" {
    run linnet check "$PHOTOS" --strict
    [ "$status" -eq 0 ]
    messy
    run linnet check data --strict
    [ "$status" -eq 3 ]
    [[ $output == *"UNREADABLE"* ]]
}

@test "check: a leak between parts is reported first, with the part of each image" {
    mkdir -p data/train data/test
    cp -r "$PHOTOS"/* data/train
    mkdir data/test/cat data/test/dog
    mv data/train/cat/[12]*.png data/test/cat
    mv data/train/dog/[12]*.png data/test/dog
    run linnet check data
    [[ $output != *LEAK* ]]
    cp data/train/cat/5.png data/test/cat/new.png
    run linnet check data
    [ "$status" -eq 0 ]
    [[ ${lines[1]} == "LEAK: 1 test image also in the training part" ]]
    [[ $output == *"train/cat/5.png  train"*"test/cat/new.png  test"* ]]
    grep -Eq '^class +train +test +images +share$' <<<"$output"
    linnet check data --json | json 'it["leaked"] == {"val": 0, "test": 1} and it["has_parts"] and it["problems"] == 1'
}

@test "check: --split draws the parts" {
    cp -r "$PHOTOS" data
    for i in {0..9}; do cp "data/cat/$i.png" "data/cat/twin$i.png"; done
    run linnet check data
    [[ $output == *"duplicates: 10 pictures"* && $output != *LEAK* ]]
    run linnet check data --split 60,20,20
    [[ $output == *LEAK* ]]
    linnet split data --split 60,20,20 --group-near -o split.csv >/dev/null
    run linnet check data --split-file split.csv
    [[ $output != *LEAK* && $output == *"duplicates: 10 pictures"* ]]
}

@test "check --json: the keys" {
    messy
    run --separate-stderr linnet check data --json
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    json 'it["images"] == 65 and it["readable"] == 62 and it["problems"] == 4' <<<"$output"
    json '[c["images"] for c in it["classes"]] == [32, 33] and [c["name"] for c in it["classes"]] == ["cat", "dog"]' <<<"$output"
    json 'set(it) == {"data", "images", "readable", "problems", "has_parts", "classes", "imbalance", "missing", "width", "height", "aspect", "bytes", "formats", "unreadable", "blank", "duplicates", "redundant", "leaked"}' <<<"$output"
    json '[u["path"] for u in it["unreadable"]] == ["cat/empty.jpg", "dog/cut.png", "dog/text.png"]' <<<"$output"
    json '[u["code"] for u in it["unreadable"]] == ["img-empty", "img-truncated", "img-format"]' <<<"$output"
    json 'it["duplicates"][0]["across_classes"] and it["duplicates"][0]["identical"] and len(it["duplicates"]) == 2' <<<"$output"
    json '[i["path"] for i in it["duplicates"][1]["images"]] == ["cat/3.png", "cat/again.png"]' <<<"$output"
    json 'it["formats"] == {"PNG": 62} and it["width"] == {"min": 80, "median": 80, "max": 80}' <<<"$output"
}

@test "check: an IDX set" {
    tiny_data idx
    run --separate-stderr linnet check idx
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "idx: 300 images, 10 classes" ]]
    grep -Eq '^all +240 +60 +300 +100.00%$' <<<"$output"
}

@test "check: a class missing from a part, and a small class" {
    cp -r "$PHOTOS" data
    rm data/dog/[1-9]*.png
    run linnet check data
    [[ $output == *"imbalance: 30 to 1, cat with 30 images, dog with 1"* ]]
    run linnet check data --split 60,20,20
    [[ $output == *"MISSING"*"dog has no images in "* ]]
}

@test "check: long lists are cut, --all shows them" {
    cp -r "$PHOTOS" data
    for i in {1..25}; do : >"data/cat/bad$i.jpg"; done
    run linnet check data
    [ "$(grep -c 'img-empty' <<<"$output")" -eq 10 ]
    [[ $output == *"and 15 more such images; --all shows them"* ]]
    run linnet check data --all
    [ "$(grep -c 'img-empty' <<<"$output")" -eq 25 ]
}

@test "check: data that cannot be opened" {
    run --separate-stderr linnet check nowhere
    one_error 3 'nowhere: no such file or folder'
    run --separate-stderr linnet check "$PHOTOS" --split 9,9,99
    one_error 2 'asks for 117 images, but there are only 60'
    run --separate-stderr linnet check "$PHOTOS" --split 80,10,10 --split-file x.csv
    one_error 2 'has no effect with --split-file'
}
