# Help and version.
load helper

@test "without arguments: short help, status 2, nothing on stdout" {
    run --separate-stderr linnet
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ $stderr == usage:* ]]
    for command in train eval predict summary models bench; do
        [[ $stderr == *"  $command "* ]]
    done
}

@test "--help and help: all commands in groups, three examples" {
    run --separate-stderr linnet --help
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "$(grep -c '^  linnet ' <<<"$output")" -eq 3 ]
    all=$output
    run linnet help
    [ "$output" = "$all" ]
    run linnet -h
    [ "$output" = "$all" ]
}

@test "every command has help, in three spellings, at most 80 columns wide" {
    while read -r command; do
        run --separate-stderr linnet help "$command"
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [[ $output == "linnet $command: "* ]]
        [[ $output == *"usage: linnet $command"* ]]
        [[ $output == *"--help"* ]]
        [ "$(widest <<<"$output")" -le 80 ]
        help=$output
        run linnet "$command" --help
        [ "$status" -eq 0 ]
        [ "$output" = "$help" ]
        run linnet "$command" -h
        [ "$output" = "$help" ]
    done < <(sed -n 's/^LN_COMMAND(\(.*\))$/\1/p' "$here/../../cli/command_list.h" | tr _ -)
}

@test "the list of commands: a summary in a column of its own, each heading once" {
    run linnet --help
    while read -r command; do
        grep -Eq "^  $command {2,}[a-z]" <<<"$output"
    done < <(sed -n 's/^LN_COMMAND(\(.*\))$/\1/p' "$here/../../cli/command_list.h" | tr _ -)
    [ -z "$(grep -E '^[a-z]' <<<"$output" | sort | uniq -d)" ]
}

@test "the help is at most 80 columns wide" {
    run linnet --help
    [ "$(widest <<<"$output")" -le 80 ]
}

@test "--version names our version and oneDNN's" {
    run --separate-stderr linnet --version
    [ "$status" -eq 0 ]
    [[ $output =~ ^linnet\ [0-9]+\.[0-9]+\.[0-9]+\ \(oneDNN\ [0-9.]+\)$ ]]
    [ "$(linnet version)" = "$output" ]
}

@test "colour only on a terminal, and not with NO_COLOR" {
    run linnet --help
    [[ $output != *$'\033'* ]]
    run on_terminal 80 "$LINNET" --help
    [[ $output == *$'\033[1m'* ]]
    NO_COLOR=1 run on_terminal 80 "$LINNET" --help
    [[ $output != *$'\033'* ]]
}
