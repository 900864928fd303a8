# The range test of learning rates.
load helper

@test "a table with the suggestion, a picture, JSON; nothing else is written" {
    tiny_data data
    run --separate-stderr linnet lr-find data --opt sgd -b 16 --threads 1 -o lr.png
    [ "$status" -eq 0 ]
    [[ $output == *"steepest"* ]]
    [[ $output == *"to use it: linnet train data -m lenet --opt sgd --lr "* ]]
    [ "$(head -c 4 lr.png | tail -c 3)" = PNG ]
    [ "$(ls)" = "$(printf 'data\nlr.png')" ]
    linnet lr-find data --opt sgd -b 16 --threads 1 --json >it.json
    json 'it["opt"] == "sgd" and it["model"] == "lenet" and it["plot"] is None' <it.json
    json '1e-4 < it["suggestion"] < it["lowest_lr"] <= it["points"][-1]["lr"]' <it.json
    json 'len(it["points"]) <= 100 and abs(it["points"][0]["lr"] / 1e-7 - 1) < 1e-6' <it.json
    # The suggestion is a rate that trains.
    rate=$(python3 -c 'import json; print(json.load(open("it.json"))["suggestion"])')
    linnet train data -q --opt sgd --lr "$rate" --epochs 4 --threads 1 --json | json_lines 'it[-1]["test_acc"] > 0.9'
}

@test "where no rate helps there is no suggestion" {
    tiny_data data
    run --separate-stderr linnet lr-find data --opt sgd --from 1e-9 --to 1e-8 --steps 10 --threads 1
    [ "$status" -eq 0 ]
    [[ $output == *"no suggestion: the loss did not fall at any learning rate"* ]]
    [[ $output != *"to use it"* ]]
}

@test "photos: the network and the optimiser that train has by default" {
    photos data
    linnet lr-find data --steps 10 --imgsz 64 --threads 1 --json | json '(it["model"], it["opt"]) == ("resnet18d", "adamw")'
}

@test "wrong usage" {
    tiny_data data
    run --separate-stderr linnet lr-find data --from 1 --to 0.1
    one_error 2 '\[lr-find-range\]'
    run --separate-stderr linnet lr-find data --steps 5
    one_error 2 'steps'
    run --separate-stderr linnet lr-find nothing
    one_error 3 'nothing'
    run --separate-stderr linnet lr-find data -m lenett
    one_error 2 'lenet'
}
