# linnet export and linnet import.
load helper

@test "export, check, import: the same network, the same bits" {
    linnet export cifar_resnet20 -o a.onnx --check >out 2>err
    [[ $(cat out) == *"a.onnx: onnx, 1.1 MB"*"at most 0 of the largest logit" ]]
    [[ $(cat err) == "linnet: note: cifar_resnet20 has untrained weights"* ]]
    linnet import a.onnx -o b.safetensors >out
    [ "$(cat out)" = "b.safetensors: 32 x 32 RGB, 10 classes, 269,722 parameters" ]
    photos d
    linnet predict a.onnx d/cat/0.png d/dog/1.png --logits -o a.csv
    linnet predict b.safetensors d/cat/0.png d/dog/1.png --logits -o b.csv
    cmp a.csv b.csv
    linnet export b.safetensors -o c.onnx --json | json 'it["format"] == "onnx" and it["bytes"] > 1000000 and it["file"] == "c.onnx"'
    cmp <(linnet summary a.onnx) <(linnet summary c.onnx)
}

@test "export: folded, with probabilities and preprocessing, in other operator sets" {
    for flags in --fold --softmax --with-preprocess "--fold --softmax --with-preprocess --opset 13" "--opset 21"; do
        # shellcheck disable=SC2086
        run --separate-stderr linnet export cifar_resnet20 -o a.onnx --check --json $flags
        [ "$status" -eq 0 ]
        json 'it["difference"] < 1e-5' <<<"$output"
        [[ $flags != *preprocess* || $stderr == *"the file does not resize pictures: give it pictures of 32 x 32 RGB"* ]]
    done
}

@test "export: weights alone, and read back" {
    linnet export lenet5 -o w.pth
    linnet export lenet5 -o w.safetensors
    pictures p
    linnet predict lenet5 --weights w.pth p/1.png --logits -o a.csv
    linnet predict lenet5 --weights w.safetensors p/1.png --logits -o b.csv
    cmp a.csv b.csv
    run --separate-stderr linnet predict w.safetensors p/1.png
    one_error 3 "not a Linnet model file"
}

@test "export and import: wrong usage, bad files" {
    run --separate-stderr linnet export lenet5 -o m.txt
    [[ $stderr == *"m.txt: the name must end in .onnx, .safetensors, .pth, .pt or .c [export-format]" && $status -eq 2 ]]
    run --separate-stderr linnet export lenet5 -o m.pth --fold
    [[ $stderr == *"--fold applies only to files that end in .onnx"* && $status -eq 2 ]]
    run --separate-stderr linnet export lenet5
    one_error 2 "export needs -o FILE"
    run --separate-stderr linnet export lenet5 -o m.onnx --opset 12
    one_error 2 "--opset 12: must be an integer from 13 to 21"
    run --separate-stderr linnet export lenet5 -o missing/m.onnx
    [[ $status -eq 4 && $stderr == *"missing/m.onnx"* ]]
    run --separate-stderr linnet export alexnet --imgsz 100 -o m.onnx
    [[ $status -eq 3 && $stderr == *"layer avgpool (adaptive_avgpool): its windows differ in size"*"[onnx-layer]" ]]
    [ ! -e m.onnx ]
    run --separate-stderr linnet import m.onnx -o m.safetensors
    one_error 3 "m.onnx: "
    echo "no model" >m.onnx
    run --separate-stderr linnet predict m.onnx .
    one_error 3 "m.onnx: byte .*onnx-protobuf"
    run --separate-stderr linnet import m.onnx
    one_error 2 "import needs -o FILE"
}
