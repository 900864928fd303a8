# linnet quantize, and what takes its files.
load helper

# model FILE: a trained lenet on tiny_data, in fp32
model() {
    tiny_data data
    linnet train data -m lenet --epochs 3 --name fp32 -q >/dev/null
    cp runs/fp32/best.safetensors "$1"
}

@test "quantize: a file of 8-bit weights that eval, predict, bench and explain take" {
    model f32.safetensors
    linnet quantize f32.safetensors --calibrate data -o int8.safetensors --images 64 >report
    grep -q '^layers    4 of 4 in 8 bits$' report
    grep -q '^accuracy  ' report
    [ "$(stat -c %s int8.safetensors)" -lt $(($(stat -c %s f32.safetensors) / 3)) ]
    linnet eval int8.safetensors data --reference f32.safetensors --json >eval.json
    json 'it["acc"] > 0.9 and abs(it["gain"]) < 0.05 and it["gain_low"] <= it["gain"] <= it["gain_high"]' <eval.json
    linnet eval int8.safetensors data | grep -q '^8 bits    '
    pictures pictures
    linnet predict int8.safetensors pictures/3.png | grep -q 3
    linnet predict int8.safetensors pictures/3.png --dtype f32 | grep -q 3
    linnet bench int8.safetensors --mode infer --seconds 0.01 --json | json 'it[0]["dtype"] == "int8"'
    linnet summary int8.safetensors --plan | grep -q ':[us]8'
    linnet explain int8.safetensors pictures/3.png >/dev/null
    linnet quantize f32.safetensors --calibrate data -o again.safetensors --images 64 >/dev/null
    cmp int8.safetensors again.safetensors
}

@test "quantize: layers one by one, names that stay fp32, a bound" {
    model f32.safetensors
    linnet quantize f32.safetensors --calibrate data -o int8.safetensors --images 32 --per-layer --keep first,fc1 --json >q.json
    json 'it["layers_int8"] == 2 and [r["layer"] for r in it["per_layer"]] == ["conv2", "fc2"] and
          all(r["sqnr"] > 10 and r["type"] == "int8" for r in it["per_layer"])' <q.json
    linnet quantize f32.safetensors --calibrate data -o int8.safetensors --images 32 --max-drop 1 --method kl --json >q.json
    json 'it["method"] == "kl" and it["gain"] >= -0.01' <q.json
}

@test "quantize: what is refused" {
    model f32.safetensors
    run --separate-stderr linnet quantize f32.safetensors --calibrate data
    one_error 2 'quantize needs -o FILE'
    run --separate-stderr linnet quantize f32.safetensors -o int8.safetensors
    one_error 2 'quantize needs --calibrate DATA'
    run --separate-stderr linnet quantize f32.safetensors --calibrate data -o int8.safetensors --keep conv9
    one_error 2 "'conv9' is not a convolution or linear layer"
    run --separate-stderr linnet eval f32.safetensors data --dtype int8
    one_error 2 'not in 8 bits; linnet quantize'
    linnet quantize f32.safetensors --calibrate data -o int8.safetensors --images 32 >/dev/null
    run --separate-stderr linnet quantize int8.safetensors --calibrate data -o other.safetensors
    one_error 2 'in 8 bits already'
    [ ! -e other.safetensors ]
}

@test "quantize: scales that are no scales are refused" {
    model f32.safetensors
    linnet quantize f32.safetensors --calibrate data -o int8.safetensors --images 32 >/dev/null
    for edit in nan zero negative missing short values-missing values-unknown values-zero metadata; do
        python3 "$here/edit_scales.py" int8.safetensors "$edit" bad.safetensors
        run --separate-stderr linnet eval bad.safetensors data
        one_error 3 'bad.safetensors: '
    done
}

@test "quantize: ONNX with QuantizeLinear, which import names" {
    model f32.safetensors
    linnet quantize f32.safetensors --calibrate data -o int8.safetensors --images 32 >/dev/null
    linnet export int8.safetensors -o int8.onnx >/dev/null
    [ "$(grep -c -a DequantizeLinear int8.onnx)" -gt 0 ]
    [ "$(stat -c %s int8.onnx)" -lt $(($(stat -c %s f32.safetensors) / 3)) ]
    run --separate-stderr linnet import int8.onnx -o again.safetensors
    one_error 3 'QuantizeLinear'
    run --separate-stderr linnet export int8.safetensors -o int8.onnx --check
    one_error 2 'check cannot read the file of a model in 8 bits'
}
