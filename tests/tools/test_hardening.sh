#!/bin/sh
# The built program and library have the hardening of SECURITY.md: position-independent, addresses read-only after the start,
# no executable stack, stack canaries, checked string functions, and on x86 marked targets of indirect jumps.
set -eu
program=${LINNET_BUILD:?}/linnet library=$LINNET_BUILD/liblinnet.so
command -v readelf >/dev/null && command -v objdump >/dev/null || { echo "skipped: no binutils"; exit 77; }
fail() { echo "test_hardening: $*" >&2; exit 1; }

# has FILE READELF-OPTION PATTERN
has() {
    readelf "$2" -W "$1" | grep -Eq -- "$3" || fail "$1: readelf $2 shows no '$3'"
}

has "$program" -h 'Type: +DYN'
has "$program" -d 'FLAGS_1.* PIE'
for file in "$program" "$library"; do
    has "$file" -l 'GNU_RELRO'
    has "$file" -d 'FLAGS.*(BIND_NOW|NOW)'
    has "$file" -l 'GNU_STACK +[0-9a-fx ]+ RW '
    has "$file" --dyn-syms '__stack_chk_fail'
    has "$file" --dyn-syms '__(memcpy|snprintf|vsnprintf|strcpy|strcat|read)_chk'
    if readelf -dW "$file" | grep -q TEXTREL; then fail "$file has TEXTREL"; fi
done
case $(uname -m) in
x86_64)
    objdump -d --no-show-raw-insn --disassemble=main "$program" | grep -A1 '<main>:' | grep -q endbr64 || fail "main does not begin with endbr64"
    ;;
esac
echo "the program and the library are hardened"
