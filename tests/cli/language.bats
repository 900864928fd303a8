# Messages and help in Korean. The tests need the catalogue beside the program (gettext), but no installed locale.
load helper

# korean COMMAND...: linnet with the environment of a Korean user.
korean() {
    LC_ALL='' LC_MESSAGES='' LANG=ko_KR.UTF-8 LANGUAGE='' "$LINNET" "$@"
}

setup_file() {
    [ -e "$(dirname "$LINNET")/locale/ko" ] || skip "gettext is not installed"
}

@test "Korean: the help of every command, at most 80 columns wide" {
    [[ $(korean --help) == *"사용법: linnet COMMAND"* ]]
    while read -r command; do
        run korean "$command" --help
        [ "$status" -eq 0 ]
        [[ $output == *"이 도움말"* ]]
        [ "$(widest <<<"$output")" -le 80 ]
    done < <(sed -n 's/^LN_COMMAND(\(.*\))$/\1/p' "$here/../../cli/command_list.h" | tr _ -)
    [[ $(korean train --help) == *"학습률"* ]]
}

@test "Korean: errors, with the same status" {
    run --separate-stderr korean trian
    one_error 2 "알 수 없는 명령 trian"
    run --separate-stderr korean eval lenet nowhere --opp
    one_error 2 "알 수 없는 옵션 --opp"
}

@test "Korean: LC_ALL and LANGUAGE decide as in other programs, C is English" {
    [[ $(LC_ALL=ko_KR.UTF-8 "$LINNET" --help) == *"사용법"* ]]
    for english in C C.UTF-8 POSIX en_US.UTF-8; do
        [ "$(LC_ALL=$english "$LINNET" --help)" = "$(linnet --help)" ]
    done
    [[ $(LC_ALL='' LANG=ko_KR.UTF-8 LANGUAGE=en "$LINNET" --help) == *"usage: linnet COMMAND"* ]]
}

@test "Korean: the library's errors and warnings, with what was given" {
    run korean train missing
    [ "$status" -eq 3 ]
    [[ $output == *"missing: "*없* && $output == *"[data-missing]"* ]]
    photos drawn
    run korean train drawn -m alexnet --imgsz 8 --epochs 1
    [ "$status" -eq 2 ]
    [[ $output == *alexnet*[가-힣]* ]]
}

@test "Korean: what programs read stays as it is" {
    [ "$(korean help --json)" = "$(linnet help --json)" ]
    [ "$(korean models --json)" = "$(linnet models --json)" ]
    [ "$(korean completion zsh)" = "$(linnet completion zsh)" ]
    pictures drawn
    echo none >drawn/bad.png
    korean predict lenet5 drawn -o korean.csv || [ $? -eq 3 ]
    linnet predict lenet5 drawn -o english.csv || [ $? -eq 3 ]
    cmp korean.csv english.csv
    photos shots
    echo none >shots/cat/3.png
    korean train shots -m lenet5 --epochs 1 --split 50,50,0 --name korean -q
    linnet train shots -m lenet5 --epochs 1 --split 50,50,0 --name english -q
    grep 3.png runs/korean/skipped.csv
    cmp runs/korean/skipped.csv runs/english/skipped.csv
}
