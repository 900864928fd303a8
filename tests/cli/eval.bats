# linnet eval.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data RUN=$BATS_FILE_TMPDIR/runs/train
    cd "$BATS_FILE_TMPDIR" || exit 1
    "$LINNET" train data -q --epochs 8 -b 16 --opt adam --lr 0.002 --split 90,10 --seed 2 >train.out
}

@test "eval of a run folder: its own data, loss, accuracy, per-class table, confusion matrix" {
    run --separate-stderr linnet eval "$RUN"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ $output == *"test part, 60 images"* ]]
    [[ $output =~ accuracy\ +[0-9.]+%\ \(95%\ interval ]]
    [[ $output == *"top-5"* ]]
    grep -Eq '^class +precision +recall +F1 +images$' <<<"$output"
    grep -Eq '^true +0 +1 .* 9  predicted$' <<<"$output"
    [ "$(widest <<<"$output")" -le 80 ]
}

@test "the figures of training, of eval, and of the confusion matrix agree" {
    said=$(sed -n 's/^test    accuracy \([0-9.]*\)%.*/\1/p' "$RUN/../../train.out")
    linnet eval "$RUN" --json >it.json
    json "'%.2f' % (100 * it['acc']) == '$said'" <it.json
    json 'sum(map(sum, it["confusion"])) == it["count"] == 60' <it.json
    json 'abs(sum(row[i] for i, row in enumerate(it["confusion"])) / 60 - it["acc"]) < 1e-9' <it.json
    json 'it["acc_low"] <= it["acc"] <= it["acc_high"] and it["acc"] <= it["top5"]' <it.json
    json 'all(c["count"] == sum(row) for c, row in zip(it["classes"], it["confusion"]))' <it.json
}

@test "eval uses the parts of the run" {
    linnet eval "$RUN" --part val --json | json 'it["part"] == "val" and it["count"] == 24'
    linnet eval "$RUN" --part train --json | json 'it["count"] == 216'
    linnet eval "$RUN" "$DATA/" --part train --json | json 'it["count"] == 216'
    linnet eval "$RUN" --limit 7 --json | json 'it["count"] == 7'
}

@test "a model file gives the same results as its run folder" {
    a=$(linnet eval "$RUN" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["loss"])')
    b=$(linnet eval "$RUN/best.safetensors" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["loss"])')
    [ "$a" = "$b" ]
    cp "$RUN/best.safetensors" alone.safetensors
    linnet eval alone.safetensors "$DATA" --json | json "it['loss'] == $a"
    run --separate-stderr linnet eval alone.safetensors
    one_error 2 'DATA is required'
}

@test "batch size and threads do not change the results" {
    linnet eval "$RUN" --json >a.json
    linnet eval "$RUN" --json -b 7 --threads 1 -j 1 >b.json
    python3 -c 'import json
a, b = (json.load(open(f)) for f in ("a.json", "b.json"))
assert a["confusion"] == b["confusion"] and abs(a["loss"] - b["loss"]) < 1e-5, (a["loss"], b["loss"])'
}

@test "an architecture's name: untrained weights, and DATA is needed" {
    run linnet eval lenet "$DATA"
    [ "$status" -eq 0 ]
    run --separate-stderr linnet eval lenet
    one_error 2 'DATA is required'
}

@test "-o: the files, with probabilities or logits" {
    run linnet eval "$RUN" -o there
    [ "$status" -eq 0 ]
    for file in metrics.json predictions.csv confusion_matrix.png test_pred.png; do [ -s there/$file ]; done
    linnet eval "$RUN" -o raw --logits >/dev/null
    [ "$(head -1 raw/predictions.csv)" = "path,label,predicted,probability,0,1,2,3,4,5,6,7,8,9" ]
    [ "$(wc -l <raw/predictions.csv)" -eq 61 ]
    python3 "$here/figures.py" there/metrics.json raw/predictions.csv there/predictions.csv
}

@test "balanced accuracy, largest class, calibration error and temperature are those of the logits" {
    linnet train "$DATA" -q --epochs 1 --opt adam --lr 0.0003 --split 70,30 --name poor
    linnet eval runs/poor -o val --logits --json >it.json
    json 'it["temperature"] != 1' <it.json
    python3 "$here/figures.py" it.json val/predictions.csv
    linnet eval runs/poor >text
    grep -Eq '^balanced +[0-9.]+% ' text
    grep -Eq '^majority +[0-9.]+% \(always predicting [0-9]\)$' text
    grep -Eq '^ECE +0\.[0-9]{4} .*without the temperature of' text
    run ! grep -q AUC text
}

@test "two classes: the area under the ROC curve" {
    photos photos
    linnet train photos -q --epochs 1 --imgsz 32 --split 30,10,20 --name two
    linnet eval runs/two -o raw --logits --json >it.json
    python3 "$here/figures.py" it.json raw/predictions.csv
    linnet eval runs/two | grep -Eq '^AUC +[01]\.[0-9]{4}'
}

@test "missing models, data and parts" {
    run --separate-stderr linnet eval runs/nothing
    one_error 3 'runs/nothing'
    run --separate-stderr linnet eval "$RUN" /no/such/data
    one_error 3 '/no/such/data'
    mkdir empty
    run --separate-stderr linnet eval lenet empty
    one_error 3 'empty'
}

@test "a file that is not a model" {
    head -c 4096 /dev/urandom >m.safetensors
    run --separate-stderr linnet eval m.safetensors "$DATA"
    one_error 3 'm.safetensors: .*\[st-'
    : >e.safetensors
    run --separate-stderr linnet summary e.safetensors
    one_error 3 'e.safetensors'
    head -c 1000 "$RUN/best.safetensors" >cut.safetensors
    run --separate-stderr linnet predict cut.safetensors x.png
    one_error 3 'cut.safetensors: .*\[st-'
}
