# linnet train.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

@test "train: the header, a line per epoch, the result, the folder" {
    run --separate-stderr linnet train "$DATA" --epochs 3 -b 32 --seed 1
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ $output == *"10 classes, grey; 240 images to train, 60 to test"* ]]
    [[ $output == *"model   lenet, 28 x 28 grey, "*" parameters"* ]]
    [[ $output == *"3 epochs, batch 32, adamw"* ]]
    [[ $output == *"test loss"*"test acc"* ]]
    [ "$(grep -Ec '^ +[123] +[0-9.]+ +[0-9.]+% +[0-9.]+ +[0-9.]+% ' <<<"$output")" -eq 3 ]
    [[ $output =~ test\ +accuracy\ [0-9.]+%\ \(95%\ interval\ [0-9.]+%\ to\ [0-9.]+%\) ]]
    [[ $output == *"run     runs/train"* ]]
    for file in args.json env.json classes.txt split.csv results.csv results.png best.safetensors last.safetensors \
        metrics.json predictions.csv confusion_matrix.png test_pred.png; do
        [ -s "runs/train/$file" ]
        [[ $output == *"$file"* ]]
    done
    [ -z "$(find runs -name '*.tmp*')" ]
}

@test "stdout is not a terminal: no carriage return, no colour, 80 columns" {
    linnet train "$DATA" --epochs 2 >out
    run grep -c $'[\r\033]' out
    [ "$output" = 0 ]
    [ "$(grep -v '^data ' out | widest)" -le 80 ]
}

@test "on a terminal: a bar that stays within its line" {
    run on_terminal 80 "$LINNET" train "$DATA" --epochs 80 -b 8
    [ "$status" -eq 0 ]
    [[ $output == *$'\r\033[K'* ]]
    [ "$(widest <<<"$output")" -le 80 ]
}

@test "the bar is on stderr, whatever stdout is, and only if stderr is a terminal" {
    run on_terminal 80 sh -c '"$0" train "$1" --epochs 80 -b 8 >out' "$LINNET" "$DATA"
    [ "$status" -eq 0 ]
    [[ $output == *$'\r\033[K'* ]]
    ! grep -q $'[\r\033]' out
    run on_terminal 80 sh -c '"$0" train "$1" --epochs 2 -b 8 2>err' "$LINNET" "$DATA"
    [[ $output != *$'\033[K'* ]]
    [ ! -s err ]
}

@test "without a validation part the table says test, with the reason" {
    run linnet train "$DATA" --epochs 1
    [[ $output == *"no validation part"* ]]
    [[ $output == *"test acc"* ]]
    [[ $output != *"val acc"* ]]
    [[ $output == *"kept    epoch 1, the last"* ]]
}

@test "with --split there is a validation part, and the best epoch is marked" {
    run linnet train "$DATA" --epochs 2 --split 90,10
    [ "$status" -eq 0 ]
    [[ $output == *"216 images to train, 24 to validate, 60 to test"* ]]
    [[ $output == *"val acc"* ]]
    [[ $output != *"no validation part"* ]]
    grep -Eq '^ +[12] .*\*$' <<<"$output"
    [[ $output == *"best    epoch "* ]]
}

@test "a name in use: train2, train3" {
    for folder in train train2 train3; do
        linnet train "$DATA" --epochs 1 -q --limit 20
        [ -s runs/$folder/best.safetensors ]
    done
    linnet train "$DATA" --epochs 1 -q --limit 20 --project deep/er --name x
    [ -s deep/er/x/best.safetensors ]
}

@test "-q: only the result" {
    run --separate-stderr linnet train "$DATA" --epochs 2 -q
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "done    2 epochs in "* ]]
    [ "${#lines[@]}" -lt 12 ]
}

@test "--json: one object a line" {
    linnet train "$DATA" --epochs 2 --json >out
    json_lines '[o["event"] for o in it] == ["start", "memory", "epoch", "epoch", "end"]' <out
    json_lines 'it[0]["data"]["train"] == 240 and it[0]["watched"] == "test" and it[0]["train"]["batch_size"] > 0' <out
    json_lines 'it[2]["epoch"] == 1 and 0 <= it[2]["train_acc"] <= 1 and it[2]["images_per_s"] > 0' <out
    json_lines 'it[4]["test_acc_low"] <= it[4]["test_acc"] <= it[4]["test_acc_high"] and it[4]["test_count"] == 60' <out
    json_lines '"best.safetensors" in it[4]["files"]' <out
    linnet train "$DATA" --epochs 1 --json -q | json 'it["event"] == "end"'
}

@test "it learns, with every optimiser" {
    for opt in sgd nesterov adam adamw rmsprop; do
        linnet train "$DATA" --epochs 8 -b 16 --opt $opt --lr 0.002 --name $opt --json -q | json 'it["test_acc"] > 0.9'
    done
}

@test "flags take effect: results.csv has the epochs, args.json the options" {
    linnet train "$DATA" -q --epochs 3 --lr-scheduler step --lr-step-size 1 --lr 0.01 --warmup-epochs 0 --momentum 0.8 \
        --weight-decay 0 --label-smoothing 0.1 --threads 1 -j 1 --seed 5 --conv direct
    [ "$(wc -l <runs/train/results.csv)" -eq 4 ]
    head -1 runs/train/results.csv | grep -q '^epoch,time_s,lr,train_loss,train_acc,val_loss,val_acc,images_per_s'
    json 'it["conv"] == "direct"' <runs/train/args.json
    grep -q 0.01 runs/train/args.json
}

@test "--lr-scheduler onecycle rises and falls; plateau lowers the rate if the loss does not fall; --patience ends the run" {
    linnet train "$DATA" -q --epochs 10 --lr-scheduler onecycle --lr 0.02 --limit 60 --name one
    [ "$(tail -n +2 runs/one/results.csv | sort -t, -k3 -g | tail -1 | cut -d, -f1)" -eq 3 ]
    linnet train "$DATA" -q --split 80,20 --epochs 4 --lr-scheduler plateau --lr-step-size 1 --lr 1e-11 --opt sgd --limit 60 --name flat
    [ "$(cut -d, -f3 runs/flat/results.csv | tail -1)" = 1e-12 ]
    linnet train "$DATA" --split 80,20 --epochs 9 --patience 2 --lr 1e-12 --opt sgd --limit 60 --name few >out
    grep -q 'no better epoch in the last 2: stopped after epoch 3 of 9' out
    [ "$(wc -l <runs/few/results.csv)" -eq 4 ]
    linnet resume runs/few -q
    [ "$(wc -l <runs/few/results.csv)" -eq 4 ]
    run linnet train "$DATA" --patience 2
    [ "$status" -eq 2 ]
    [[ $output == *"patience 2 needs a validation part"* ]]
}

@test "a run that has not left chance says so after its first epochs, and what to change" {
    run --separate-stderr linnet train "$DATA" -q -m lenet5 --epochs 4 --opt sgd --lr 1e-12 --limit 60
    [[ $stderr == *"after 3 epochs the training accuracy is"*"or a network with batch normalisation"* ]]
    run --separate-stderr linnet train "$DATA" -q -m cifar_resnet20 --epochs 4 --opt sgd --lr 1e-12 --limit 60 --name normed
    [[ $stderr == *"after 3 epochs the training accuracy is"*"--opt adamw or more epochs may help"* ]]
    run --separate-stderr linnet train "$DATA" -q -m lenet5 --epochs 4 --opt adamw --lr 0.002 --limit 240 --name learns
    [[ $stderr != *"training accuracy is"* ]]
}

@test "--val-every evaluates the first, every Nth and the last epoch" {
    linnet train "$DATA" --split 80,20 --epochs 5 --val-every 3 --limit 60 --seed 1 --name some >out
    [ "$(grep -cE '^ +[245] .* - +- ' out)" -eq 2 ] # epochs 2 and 4
    [ "$(grep -c ',nan,nan,' runs/some/results.csv)" -eq 2 ]
    json 'it["val_every"] == 3' <runs/some/args.json
}

@test "--time starts no epoch that would end too late; --model-ema keeps an average; both are in args.json" {
    linnet train "$DATA" --epochs 100000 --time 2s --limit 60 --model-ema --model-ema-decay 0.9 >out
    grep -q 'another epoch would exceed 2.0s: stopped after epoch [0-9]* of 100000' out
    json 'it["time_s"] == 2 and it["model_ema"] is True and it["model_ema_decay"] == 0.9' <runs/train/args.json
    linnet train "$DATA" -q --epochs 1 --limit 60 --model-ema --name average
    linnet train "$DATA" -q --epochs 1 --limit 60 --name plain
    ! cmp -s runs/average/best.safetensors runs/plain/best.safetensors
    linnet eval runs/average
    run linnet train "$DATA" --opt adam --momentum 0.5
    [ "$status" -eq 2 ]
    [[ $output == *"--momentum requires --opt sgd, nesterov or rmsprop"* ]]
}

@test "report.html: one small page that loads nothing and escapes names; the same sample over all classes in every run" {
    cp -r "$DATA" 'a<b>&"c'
    linnet train 'a<b>&"c' -q --epochs 1 --name one
    linnet train 'a<b>&"c' -q --epochs 2 --seed 7 --name two
    python3 "$here/report_page.py" runs/one/report.html runs/two/report.html
}

@test "report.html of photos: each mistake beside its map; hostile names of classes and files stay text" {
    photos photos
    mv photos/cat 'photos/<script>alert(1)<'
    mv photos/dog $'photos/"><img src=x>\u202e'
    for i in photos/*/*.png; do mv "$i" "${i%.png}<i>&.png"; done
    linnet train photos -m lenet --imgsz 32 -q --epochs 1 --name one
    python3 "$here/report_page.py" runs/one/report.html
    grep -q 'class="views two"' runs/one/report.html
    grep -q '&lt;i&gt;&amp;.png' runs/one/report.html
}

@test "report.html without a test part: the validation result, and a warning" {
    photos photos
    linnet train photos -m lenet --imgsz 32 -q --epochs 1 --split 80,20,0
    grep -q 'There is no test part' runs/train/report.html
    grep -q 'Validation accuracy, 12 images' runs/train/report.html
}

@test "--epochs 0 saves untrained weights" {
    run --separate-stderr linnet train "$DATA" --epochs 0
    [ "$status" -eq 0 ]
    [[ $output == *"untrained weights saved"* ]]
    [[ $output != *"time    about"* ]]
    [ -s runs/train/best.safetensors ]
}

@test "same seed, same bits, any number of loader threads" {
    linnet train "$DATA" -q --epochs 2 --seed 3 -j 1 --name a
    linnet train "$DATA" -q --epochs 2 --seed 3 -j 3 --name b
    linnet train "$DATA" -q --epochs 2 --seed 4 -j 1 --name c
    python3 "$here/same_weights.py" runs/a/best.safetensors runs/b/best.safetensors
    run python3 "$here/same_weights.py" runs/a/best.safetensors runs/c/best.safetensors
    [ "$status" -ne 0 ]
}

@test "another model and another size" {
    run linnet train "$DATA" -m lenet5 --epochs 1 --imgsz 32
    [ "$status" -eq 0 ]
    [[ $output == *"model   lenet5, 32 x 32 grey"* ]]
}

# idx_data FOLDER TRAIN TEST: grey 8 x 8 pictures of two classes, a dark and a bright one, as IDX files.
idx_data() {
    mkdir -p "$1"
    /usr/bin/python3 - "$@" <<'PY'
import pathlib, random, struct, sys
folder, rng = pathlib.Path(sys.argv[1]), random.Random(1)
for part, count in ("train", int(sys.argv[2])), ("t10k", int(sys.argv[3])):
    labels = [rng.randrange(2) for _ in range(count)]
    pixels = b"".join(bytes(rng.randrange(100) + 100 * label for _ in range(64)) for label in labels)
    (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 2051, count, 8, 8) + pixels)
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, count) + bytes(labels))
PY
}

@test "of 1,000 training images and more, some are held out for the temperature, and the last epoch is kept" {
    idx_data idx 1200 200
    run linnet train idx -m lenet5 --imgsz 32 --epochs 3
    [ "$status" -eq 0 ]
    [[ $output == *"1,140 images to train, 60 to validate, 200 to test"* ]]
    [[ $output == *"60 training images were held out"* ]]
    [[ $output == *"kept    epoch 3, the last"* ]]
    [ "$(grep -c ',val$' runs/train/split.csv)" -eq 60 ]
    grep -q '"hold_out": 5' runs/train/args.json
    # Another command finds the same parts.
    linnet eval runs/train --part val -o val
    [ "$(grep -c '^train-' val/predictions.csv)" -eq 60 ]
}

@test "nothing is held out if the data has a validation part, or with --hold-out 0" {
    idx_data idx 1200 200
    run linnet train idx -m lenet5 --imgsz 32 --epochs 1 --hold-out 0
    [[ $output == *"no validation part: each epoch shows the test part"* ]]
    grep -q '"hold_out": 0' runs/train/args.json
    run linnet train idx -m lenet5 --imgsz 32 --epochs 1 --split 90,10
    [[ $output == *"1,080 images to train, 120 to validate, 200 to test"* ]]
    [[ $output == *"best    epoch 1"* ]]
    run linnet train idx --hold-out 60
    [ "$status" -eq 2 ]
}
