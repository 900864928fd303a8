# linnet explain.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    pictures "$BATS_FILE_TMPDIR/pictures"
    export RUN=$BATS_FILE_TMPDIR/runs/train PICTURES=$BATS_FILE_TMPDIR/pictures
    cd "$BATS_FILE_TMPDIR" || exit 1
    "$LINNET" train data -q --epochs 10 -b 16 --opt adam --lr 0.002 >/dev/null
}

@test "explain: a table, and a picture of each; several get a grid" {
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" "$PICTURES/7.png" -o new/why
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ ${lines[0]} =~ ^path\ +class\ +probability\ +evidence\ +picture$ ]]
    [[ ${lines[1]} =~ /3\.png\ +3.*%\ .*\ new/why/3\.png$ ]]
    [[ ${lines[2]} =~ /7\.png\ +7.*%\ .*\ new/why/7\.png$ ]]
    [ "$(ls new/why)" = "$(printf '3.png\n7.png\ngrid.png')" ]
    file new/why/3.png | grep 'PNG image data, 3[0-9][0-9] x'
}

@test "the folder is explain unless -o names one; one picture has no grid" {
    linnet explain "$RUN" "$PICTURES/3.png"
    [ "$(ls explain)" = 3.png ]
}

@test "--npy: the raw map of the layer, readable with numpy; the same in every run" {
    linnet explain "$RUN" "$PICTURES/3.png" -o a --npy --json >said
    json 'it[0]["class"][0] == it[0]["predicted"][0] == "3" and it[0]["layer"] == "relu2" and it[0]["method"] == "hirescam"' <said
    json 'it[0]["box"] == [0, 0, 28, 28] and it[0]["map"] == "a/3.npy" and it[0]["map_height"] == 8' <said
    numpy a/3.npy 'it.dtype == "float32" and it.shape == (8, 8) and it.min() == 0 and it.max() > 0'
    linnet explain "$RUN" "$PICTURES" -o b --npy
    cmp a/3.npy b/3.npy
    cmp a/3.png b/3.png
    linnet explain "$RUN" "$PICTURES/3.png" -o c --npy --method layercam --layer conv1
    numpy c/3.npy 'it.shape == (24, 24)'
    linnet explain "$RUN" "$PICTURES/3.png" -o d --npy --method occlusion
    numpy d/3.npy 'it.shape == (14, 14)'
}

@test "the same names in two folders are written apart, and none as grid" {
    mkdir one two
    cp "$PICTURES/3.png" one/a.png
    cp "$PICTURES/4.png" two/a.png
    cp "$PICTURES/5.png" two/grid.png
    linnet explain "$RUN" one two -o out
    [ "$(ls out)" = "$(printf 'a-2.png\na.png\ngrid-2.png\ngrid.png')" ]
    ! cmp -s out/a.png out/a-2.png
}

@test "a folder with the pictures is not written into" {
    mkdir -p here/below
    cp "$PICTURES/3.png" here
    before=$(sha256sum here/3.png)
    for target in here ./here/ here/below; do
        run --separate-stderr linnet explain "$RUN" here -o "$target"
        one_error 2 'the folder holds here, which could be replaced; choose a folder without pictures'
    done
    cd here
    run --separate-stderr linnet explain "$RUN" 3.png -o .
    one_error 2 'the folder holds 3.png'
    [ "$before" = "$(cd .. && sha256sum here/3.png)" ]
}

@test "--class by name and number; a wrong one gets a suggestion" {
    linnet explain "$RUN" "$PICTURES/3.png" -o out --class 7 --json | json 'it[0]["class"][0] == "7" and it[0]["predicted"][0] == "3"'
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" --class 10
    one_error 2 "unknown class '10'"
}

@test "a wrong layer gets a suggestion, or the list" {
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" --layer rellu2
    one_error 2 "unknown layer 'rellu2'; did you mean relu2\? .explain-layer.$"
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" --layer nowhere
    one_error 2 "must be one of the 6 layers with a map: conv1, relu1, maxpool1, conv2, relu2 or maxpool2"
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" --layer fc1
    one_error 2 "the output of layer fc1 has no height and width"
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" --layer conv1 --method occlusion
    one_error 2 "occlusion hides parts of the picture"
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" --method gradcamm
    one_error 2 "did you mean gradcam"
}

@test "what is no picture is reported, status 3, and the others are explained" {
    echo text >notes.png
    run --separate-stderr linnet explain "$RUN" notes.png "$PICTURES/3.png" missing.png -o out
    [ "$status" -eq 3 ]
    [ "${#stderr_lines[@]}" -eq 2 ]
    [[ ${stderr_lines[0]} =~ notes.png:.*img-format ]]
    [[ ${stderr_lines[1]} =~ missing.png:.*file-open ]]
    [ "$(ls out)" = 3.png ]
    run --separate-stderr linnet explain "$RUN" notes.png -o out
    one_error 3 'img-format'
    linnet explain "$RUN" notes.png -o out --json 2>/dev/null | json 'len(it) == 1 and "img-format" in it[0]["error"]'
}

# bats test_tags=user
@test "a folder that cannot be written: one line, status 4, nothing half written" {
    echo file >taken
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" -o taken/below
    one_error 4 'taken: cannot make the folder: Not a directory; choose another one with -o'
    [ "$(id -u)" -ne 0 ] || skip "root may write into a read-only folder"
    mkdir closed
    chmod 555 closed
    run --separate-stderr linnet explain "$RUN" "$PICTURES/3.png" -o closed
    one_error 4 '3.png: .*Permission denied.*closed/3.png is untouched'
    [ -z "$(ls closed)" ]
}

@test "Ctrl-C: ends after the current picture, status 130, every file whole, no grid" {
    mkdir many
    for i in $(seq 400); do cp "$PICTURES/3.png" many/"$i".png; done
    "$LINNET" explain "$RUN" many -o out --npy >said 2>err &
    local pid=$! status=0
    await out/1.npy
    kill -INT $pid
    wait $pid || status=$?
    [ $status -eq 130 ]
    [[ $(<err) =~ ^linnet:\ interrupted\ after\ ([0-9]+)\ of\ 400\ pictures ]]
    local done=${BASH_REMATCH[1]}
    [ "$done" -gt 0 ]
    [ "$done" -lt 400 ]
    [ ! -e out/grid.png ]
    [ "$(ls out | wc -l)" -eq $((2 * done)) ] # no temporary files
    [ "$(grep -c '^many/' said)" -eq "$done" ]
    for i in out/*.png; do tail -c 8 "$i" | grep -q IEND; done
}

@test "on a terminal: how many of how many, the pace and the time left" {
    mkdir many
    for i in $(seq 400); do cp "$PICTURES/3.png" many/"$i".png; done
    on_terminal 90 "$LINNET" explain "$RUN" many -o out >said
    grep -Eq 'explained .*[0-9]+/400  [0-9,]+/s  .* left' said
}
