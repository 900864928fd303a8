# linnet split.
load helper

setup_file() {
    photos "$BATS_FILE_TMPDIR/photos"
    export PHOTOS=$BATS_FILE_TMPDIR/photos
}

# python_split FOLDER SEED SIZES...: prints "PART PATH" for the split that Python draws
python_split() {
    python3 - "$@" <<'PYTHON'
import os, random, sys
folder, seed, *sizes = sys.argv[1:]
names = [f"{c}/{n}" for c in sorted(os.listdir(folder)) for n in sorted(os.listdir(os.path.join(folder, c)))]
random.seed(int(seed))
random.shuffle(names)
for part, size in zip(("train", "val", "test"), map(int, sizes)):
    for name in names[:size]:
        print(part, name)
    names = names[size:]
PYTHON
}

as_python_prints() {
    tail -n +2 "$1" | sed -E 's/^([^,]*),[^,]*,(.*)$/\2 \1/'
}

@test "split: the table; the file equals Python's split, in the same order" {
    run --separate-stderr linnet split "$PHOTOS" --split 40,12,8 --seed 42 -o split.csv
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    grep -Eq '^class +train +val +test +images$' <<<"$output"
    grep -Eq '^all +40 +12 +8 +60$' <<<"$output"
    [[ ${lines[-1]} == "split written to split.csv" ]]
    [ "$(head -1 split.csv)" = path,class,part ]
    diff <(python_split "$PHOTOS" 42 40 12 8) <(as_python_prints split.csv)
}

@test "split: counts with a remainder, percentages, another seed" {
    run linnet split "$PHOTOS" --split 20,10,10
    grep -Eq '^class +train +val +test +in no part +images$' <<<"$output"
    grep -Eq '^all +20 +10 +10 +20 +60$' <<<"$output"
    linnet split "$PHOTOS" -o a.csv >/dev/null
    diff <(python_split "$PHOTOS" 0 48 6 6) <(as_python_prints a.csv)
    linnet split "$PHOTOS" --seed 1 -o b.csv >/dev/null
    ! cmp -s a.csv b.csv
}

@test "split --stratify: the same shares for every class" {
    cp -r "$PHOTOS" data
    rm data/dog/1?.png
    run linnet split data --split 60,20,20 --stratify
    grep -Eq '^cat +18 +6 +6 +30$' <<<"$output"
    grep -Eq '^dog +12 +4 +4 +20$' <<<"$output"
}

@test "split --json" {
    linnet split "$PHOTOS" --split 20,10,10 --stratify -o s.csv --json |
        json 'it["file"] == "s.csv" and it["classes"][0] == {"name": "cat", "none": 10, "train": 10, "val": 5, "test": 5}'
}

@test "split --skip-bad: unreadable images are in no part and reported" {
    cp -r "$PHOTOS" data
    echo rubbish >data/cat/0.png
    run --separate-stderr linnet split data --split 39,10,10 --skip-bad -o s.csv
    [ "$status" -eq 0 ]
    [[ $stderr == *"1 of 60 images are unreadable and are left out"* ]]
    ! grep -q '^cat/0.png' s.csv
    [ "$(wc -l <s.csv)" -eq 60 ]
}

@test "a split file decides the parts in train and eval" {
    linnet split "$PHOTOS" --split 40,12,8 --seed 7 -o s.csv >/dev/null
    linnet train "$PHOTOS" -q --epochs 1 --imgsz 32 --split-file s.csv >/dev/null
    cmp s.csv runs/train/split.csv
    linnet eval runs/train --json | json 'it["count"] == 8'
    linnet eval runs/train --part val --json | json 'it["count"] == 12'
    linnet eval runs/train/best.safetensors "$PHOTOS" --split-file s.csv --part train --json | json 'it["count"] == 40'
    json 'it["split_file"].endswith("/s.csv")' <runs/train/args.json
}

@test "a run is tested on its own test part, even if the folder has changed" {
    cp -r "$PHOTOS" data
    linnet train data -q --epochs 1 --imgsz 32 --seed 3 >/dev/null
    a=$(linnet eval runs/train --json)
    cp data/cat/1.png data/cat/00.png
    b=$(linnet eval runs/train --json)
    [ "$a" = "$b" ]
    rm data/cat/*.png
    run --separate-stderr linnet eval runs/train
    [ "$status" -eq 3 ]
    [[ $stderr == *"split.csv: line "*"there is no image 'cat/"*"[split-path]"* ]]
}

@test "a split file that does not fit the data is refused with its line" {
    printf 'path,class,part\ncat/1.png,cat,train\ncat/1.png,cat,val\n' >s.csv
    run --separate-stderr linnet split "$PHOTOS" --split-file s.csv
    one_error 3 's.csv: line 3: .cat/1.png. is already on line 2 .split-duplicate.$'
    printf 'path,class,part\ncat/1.png,dog,train\n' >s.csv
    run --separate-stderr linnet train "$PHOTOS" --split-file s.csv
    one_error 3 "s.csv: line 2: .cat/1.png. has class .dog. here but .cat. in the data"
    run --separate-stderr linnet split "$PHOTOS" --split-file s.csv --stratify
    one_error 2 '--stratify has no effect with --split-file'
}

@test "data that comes with parts is not split again" {
    mkdir data
    cp -r "$PHOTOS" data/train
    cp -r "$PHOTOS" data/val
    run linnet split data -o s.csv
    [ "$status" -eq 0 ]
    grep -Eq '^all +60 +60 +0 +120$' <<<"$output"
    run --separate-stderr linnet split data --stratify
    one_error 2 'the data is already divided into parts'
}

@test "an output that cannot be written: status 4, one line" {
    run --separate-stderr linnet split "$PHOTOS" -o no/such/s.csv
    one_error 4 'no/such/s.csv'
}
