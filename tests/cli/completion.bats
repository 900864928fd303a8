# linnet completion: each script is loaded into its shell, which is then asked what it offers.
load helper

# bash_offers WORD...: what bash offers for the last word, one per line, then a line with the options given to compopt.
bash_offers() {
    [ -e script ] || linnet completion bash >script
    # shellcheck disable=SC2016
    bash -u -c 'compopt() { options=$*; }; options=; source ./script
        COMP_WORDS=(linnet "$@"); COMP_CWORD=$#; COMPREPLY=(old); _linnet
        printf "%s\n" "${COMPREPLY[@]}" "$options"' bash "$@"
}

# fish_offers LINE: what fish offers at the end of the line, without descriptions.
fish_offers() {
    [ -e script ] || linnet completion fish >script
    fish --no-config -c 'source script; complete -C $argv[1]' "$1" | cut -f 1 | sed 's/=$//' | sort -u
}

need() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# flags COMMAND: the flags in the table of options, one per line.
flags() {
    linnet help --json | python3 -c 'import json, sys
for command in json.load(sys.stdin):
    if command["command"] == sys.argv[1]:
        print("\n".join(["--" + flag["flag"] for flag in command["flags"]] + ["--help"]))' "$1"
}

@test "completion: an unknown shell, and none" {
    run --separate-stderr linnet completion tcsh
    one_error 2 "unknown shell 'tcsh'; expected bash, zsh or fish"
    run --separate-stderr linnet completion
    one_error 2 "an argument is missing"
}

@test "bash: commands" {
    [ "$(bash_offers tr)" = train ]
    names=$(bash_offers "")
    while read -r command; do
        grep -qx -- "$command" <<<"$names"
    done < <(sed -n 's/^LN_COMMAND(\(.*\))$/\1/p' "$here/../../cli/command_list.h" | tr _ -)
    [ "$(bash_offers --ver)" = --version ]
}

@test "bash: every flag of every command" {
    for command in train eval bench models; do
        [ "$(bash_offers "$command" -- | sed '/^$/d' | sort)" = "$(flags "$command" | sort)" ]
    done
}

@test "bash: values of flags" {
    [ "$(bash_offers train --opt adam | xargs)" = "adam adamw" ]
    [ "$(bash_offers train --opt = | xargs)" = "sgd nesterov adam adamw rmsprop" ]
    [ "$(bash_offers train photos --opt = r)" = rmsprop ]
    [ "$(bash_offers train -m lenet | xargs)" = "lenet5 lenet" ]
    [ -z "$(bash_offers train --seed "")" ]
    [ "$(bash_offers predict --tta = f)" = flip ]
}

@test "bash: files, folders, networks, words" {
    touch lenet.safetensors
    mkdir lenet.run
    [ "$(bash_offers train --split-file "" | xargs)" = "-o filenames -o default" ]
    [ "$(bash_offers train --project len | xargs)" = "lenet.run -o filenames" ]
    [ "$(bash_offers train --weights im | xargs)" = "imagenet -o filenames -o default" ]
    [ "$(bash_offers predict len | sort | xargs)" = "-o filenames -o default lenet lenet.run lenet.safetensors lenet5" ]
    [ "$(bash_offers train "" | xargs)" = "-o filenames -o default" ]
    [ "$(bash_offers predict --tta len | sort | xargs)" = "-o filenames -o default lenet lenet.run lenet.safetensors lenet5" ]
    [ "$(bash_offers help sp)" = split ]
    [ "$(bash_offers completion z)" = zsh ]
    [ "$(bash_offers weights resnet15)" = resnet152 ]
    [ -z "$(bash_offers version "")" ]
}

@test "bash: on a terminal" {
    linnet completion bash >script
    touch "photos of cats.csv"
    PS1='$ ' python3 "$here/press_tab.py" "source ./script" "linnet train --recipe " chapter fast best -- bash --norc --noprofile -i
    PS1='$ ' python3 "$here/press_tab.py" "source ./script" "linnet train pho" 'photos\ of\ cats.csv' -- bash --norc --noprofile -i
}

@test "zsh: on a terminal" {
    need zsh
    linnet completion zsh >_linnet
    touch photos.csv
    setup="PS1='$ '; fpath=(\$PWD \$fpath); autoload -Uz compinit; compinit -u -d \$PWD/dump"
    zsh=(zsh -f -i)
    python3 "$here/press_tab.py" "$setup" "linnet " "train a network on a data set" lr-find -- "${zsh[@]}"
    python3 "$here/press_tab.py" "$setup" "linnet train --opt=n" "opt=nesterov" -- "${zsh[@]}"
    python3 "$here/press_tab.py" "$setup" "linnet train --lr-s" "how the learning rate changes" -- "${zsh[@]}"
    python3 "$here/press_tab.py" "$setup" "linnet summary resnet1" resnet18d_half resnet101 -- "${zsh[@]}"
    python3 "$here/press_tab.py" "$setup" "linnet check pho" photos.csv -- "${zsh[@]}"
    python3 "$here/press_tab.py" "autoload -Uz compinit; compinit -u -d \$PWD/dump2; source ./_linnet" \
        "linnet predict --tta=f" tta=flip -- "${zsh[@]}"
}

@test "fish: commands, flags, values, paths" {
    need fish
    touch photos.csv
    mkdir photos.run
    [ "$(fish_offers "linnet tr")" = train ]
    for command in train eval bench models; do
        [ "$(fish_offers "linnet $command --")" = "$(flags "$command" | sort)" ]
    done
    [ "$(fish_offers "linnet train --opt=adamw")" = --opt=adamw ]
    [ "$(fish_offers "linnet train --recipe " | xargs)" = "auto best chapter fast" ]
    [ "$(fish_offers "linnet predict --tta=f")" = --tta=flip ]
    [ "$(fish_offers "linnet train -m lenet" | xargs)" = "lenet lenet5" ]
    [ -z "$(fish_offers "linnet train --seed ")" ]
    [ "$(fish_offers "linnet train pho" | xargs)" = "photos.csv photos.run/" ]
    [ "$(fish_offers "linnet train --project pho")" = photos.run/ ]
    [ "$(fish_offers "linnet train --weights im")" = imagenet ]
    [ "$(fish_offers "linnet help ver")" = version ]
    [ -z "$(fish_offers "linnet version pho")" ]
}
