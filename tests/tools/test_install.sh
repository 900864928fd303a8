#!/bin/sh
# The files of `make install` are enough for a user: installed under DESTDIR and then moved elsewhere, a program compiles and
# links through pkg-config against the shared and the static library, runs, and the examples compile too.
set -eu
build=${LINNET_BUILD:?}
source=${LINNET_SOURCE:?}
cc=${CC:-cc}
# Debian's pkg-config, not another one that comes first in PATH.
pkg_config=/usr/bin/pkg-config
[ -x $pkg_config ] || pkg_config=pkg-config
command -v $pkg_config >/dev/null || { echo "skipped: no pkg-config"; exit 77; }

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
fail() { echo "test_install: $*" >&2; exit 1; }

DESTDIR=$temp/dest cmake --install "$build" --prefix /opt/linnet >"$temp/log" || fail "$(cat "$temp/log")"
for file in bin/linnet include/linnet/linnet.h lib/liblinnet.a lib/liblinnet.so.0 lib/liblinnet.so \
    lib/pkgconfig/linnet.pc share/man/man1/linnet.1 share/man/man1/linnet-train.1 share/bash-completion/completions/linnet \
    share/zsh/site-functions/_linnet share/fish/vendor_completions.d/linnet.fish; do
    [ -e "$temp/dest/opt/linnet/$file" ] || fail "$file was not installed"
done
mv "$temp/dest/opt/linnet" "$temp/moved"
"$temp/moved/bin/linnet" --version >/dev/null || fail "the installed program does not run"
objdump -p "$temp/moved/lib/liblinnet.so" | grep -q 'SONAME *liblinnet.so.0$' || fail "wrong soname"

export PKG_CONFIG_PATH="$temp/moved/lib/pkgconfig"
cat >"$temp/user.c" <<'END'
#include <linnet/linnet.h>
#include <stdio.h>

int main(void) {
    linnet_model *model = NULL;
    int status = linnet_model_create(&model, "lenet", NULL, NULL);
    printf("%s: %d\n", linnet_version(), linnet_model_classes(model));
    linnet_model_destroy(model);
    return status ? 1 : 0;
}
END

# compile NAME SOURCE FLAG...: compiles and links SOURCE with the flags of pkg-config.
compile() {
    name=$1 from=$2
    shift 2
    # shellcheck disable=SC2046 # the flags are words on purpose
    $cc -std=c17 -Wall -Werror $($pkg_config --cflags linnet) -o "$temp/$name" "$from" $("$pkg_config" "$@" --libs linnet) ||
        fail "$from does not link ($*)"
}

compile shared "$temp/user.c"
LD_LIBRARY_PATH=$temp/moved/lib "$temp/shared" >"$temp/shared.out" || fail "the program with liblinnet.so does not run"
readelf -d "$temp/shared" | grep -q 'NEEDED.*liblinnet.so.0' || fail "it does not use liblinnet.so"

# Only the static library is left, so the linker must use it.
mkdir "$temp/so"
mv "$temp"/moved/lib/liblinnet.so* "$temp/so"
compile static "$temp/user.c" --static
"$temp/static" >"$temp/static.out" || fail "the program with liblinnet.a does not run"
cmp "$temp/shared.out" "$temp/static.out" || fail "the two libraries differ"

for example in "$source"/examples/*.c; do
    [ -e "$example" ] || continue
    compile example "$example" --static
done
echo "installed, moved, linked both ways: $(cat "$temp/static.out")"
