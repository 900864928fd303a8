# Recipes, and the textbook chapter from photos to predictions.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

photos() {
    [ -d "$LINNET_PHOTOS/Cat" ] || skip "no photos in $LINNET_PHOTOS (cmake -DLINNET_PHOTOS=...)"
}

@test "a recipe fills in missing options and records them in args.json" {
    linnet train "$DATA" -q --recipe fast --epochs 1 --name fast
    json 'it["recipe"] == "fast" and it["epochs"] == 1 and it["warmup_epochs"] == 0.5' <runs/fast/args.json
    linnet train "$DATA" -q --recipe best --epochs 1 --cutmix 0 --seed 3 --name best
    json 'it["mixup"] == 0.2 and it["label_smoothing"] == 0.1 and it["augment"] == "shift"' <runs/best/args.json
    json 'it["seed"] == 3 and it["data_seed"] == 3' <runs/best/args.json
    linnet train "$DATA" -q --epochs 1 --name auto
    json 'it["recipe"] == "auto" and it["mixup"] == 0 and it["seed"] == 0' <runs/auto/args.json
}

@test "an explicit seed of 0 is kept" {
    linnet train "$DATA" -q --recipe chapter --seed 0 --split 200,40 --imgsz 28 --epochs 1
    json 'it["seed"] == 0 and it["data_seed"] == 0 and it["lr"] == 0.001 and it["weight_decay"] == 0' <runs/train/args.json
}

@test "an unknown recipe gets the nearest one suggested" {
    run --separate-stderr linnet train "$DATA" --recipe chaptr
    one_error 2 "chapter"
}

@test "--chapter-csv needs two classes, and is refused before training" {
    run --separate-stderr linnet train "$DATA" -q --epochs 1 --chapter-csv out.csv
    [ "$status" -eq 2 ]
    [[ $stderr == *"10 classes"*"[train-chapter-csv]"* ]]
    [ ! -e out.csv ]
}

@test "--chapter-csv is written by a resumed run too, from any folder" {
    python3 "$here/make_data.py" photos photos
    flags=(photos --imgsz 32 --split 70,15,15 -b 4 --epochs 60 -q)
    linnet train "${flags[@]}" --name whole --chapter-csv whole.csv
    "$LINNET" train "${flags[@]}" --name cut --chapter-csv cut.csv 3>&- &
    until [ -e runs/cut/last.safetensors ]; do sleep 0.01; done
    kill -INT $!
    status=0
    wait $! || status=$?
    [ "$status" -eq 130 ]
    [ ! -e cut.csv ]
    mkdir elsewhere
    (cd elsewhere && "$LINNET" resume ../runs/cut -q)
    [ "$(wc -l <cut.csv)" -eq 10 ]
    cmp whole.csv cut.csv
    [ "$(tail -n +2 cut.csv | cut -d, -f2)" = "$(tail -n +2 runs/cut/predictions.csv | cut -d, -f6)" ]
}

@test "train_batch.png shows the first batch, also with mixing" {
    linnet train "$DATA" -q --epochs 1 --augment strong --mixup 0.4 --cutmix 1
    [ "$(head -c 4 runs/train/train_batch.png | tail -c 3)" = PNG ]
}

@test "augmented and mixed: same seed, same bits, any number of loader threads" {
    for j in 1 3; do
        linnet train "$DATA" -q --epochs 2 --augment strong --mixup 0.4 --cutmix 1 --seed 3 -j $j --name $j
    done
    python3 "$here/same_weights.py" runs/1/best.safetensors runs/3/best.safetensors
}

@test "the chapter, from photos to predictions" {
    photos
    run --separate-stderr linnet train "$LINNET_PHOTOS" -m lenet --recipe chapter --epochs 2 --chapter-csv out.csv
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ $output == *"400 images to train, 92 to validate, 10 to test"* ]]
    [[ $output == *"2 epochs, batch 32, sgd, lr 0.001 constant, momentum 0.9"* ]]
    [[ $output == *"augment light"*"seed 42"* ]]
    grep -Eq '^fc1 +Linear +\[1, 512\] +46,023,168' <<<"$output"
    grep -Eq '^total +46,038,242' <<<"$output"
    [ "$(grep -Ec '^ +[12] +[0-9.]+ +[0-9.]+% +[0-9.]+ +[0-9.]+% ' <<<"$output")" -eq 2 ]
    [[ $output == *"best    epoch "*"validation accuracy"* ]]
    for file in test_pred top_losses most_confident train_batch results confusion_matrix; do
        [ -s "runs/train/$file.png" ] || [ $file = most_confident ]
    done
    # the test photos, in the order that Python's shuffle gives, and their probability of dog in both files
    tail -n +2 out.csv | cut -d, -f1 | paste -sd' ' >ids
    [ "$(cat ids)" = "145 211 162 200 210 224 213 109 15 167" ]
    [ "$(head -1 out.csv)" = id,label ]
    [ "$(tail -n +2 out.csv | cut -d, -f2)" = "$(tail -n +2 runs/train/predictions.csv | cut -d, -f6)" ]
    [ "$(head -1 runs/train/predictions.csv)" = path,label,predicted,probability,Cat,Dog ]
    [ "$(grep -c ,train runs/train/split.csv)" -eq 400 ]
}
